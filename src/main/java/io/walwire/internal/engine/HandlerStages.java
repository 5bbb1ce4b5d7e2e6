package io.walwire.internal.engine;

import io.walwire.handler.Interceptor;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.watch.Watches;

/**
 * What a piece of work passes on its way through the handler thread, in this order.
 *
 * @param admission holds the piece back until user code may see it
 * @param boundary stands around the handlers' work
 * @param interceptor the user's; {@link UserCode#NO_INTERCEPTOR} if there is none
 * @param dispatcher calls the handlers
 * @param watches get the events when the handlers are done with them
 * @param handled counts the piece and confirms its position
 */
record HandlerStages(
        Admission admission,
        WorkBoundary boundary,
        Interceptor interceptor,
        Dispatcher dispatcher,
        Watches watches,
        Handled handled) {}
