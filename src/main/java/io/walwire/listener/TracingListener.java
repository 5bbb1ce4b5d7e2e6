package io.walwire.listener;

import org.jspecify.annotations.Nullable;

/**
 * A listener that is called before and after each call of a handler's code, for tracing. Add it with {@code WalwireBuilder.listener},
 * like any other listener. It cannot change or prevent the call. As any {@link WalwireListener}, it must return at once, and it is
 * removed if it throws.
 */
public interface TracingListener extends WalwireListener {
    /**
     * A call of a handler's code is about to be made, on this thread. Each attempt is a call. Other
     * threads may make calls at the same time.
     *
     * @param call what is called; valid until this method returns
     * @return its {@link Tracing#end} is called after the call; null if there is nothing to end
     */
    @Nullable
    Tracing onCallStart(StartedCall call);

    /** The tracing of one call. */
    @FunctionalInterface
    interface Tracing {
        /**
         * The callback has returned a stage that has not completed yet, or has thrown. Called on the thread that made the call. Close here
         * what belongs to that thread, such as a scope. {@link #end} follows on another thread. Not called if the call ends on its own
         * thread.
         */
        default void returned() {}

        /**
         * The call has ended, well or not. Called before {@link WalwireListener#onCall}, on the thread that made the call, or on
         * another one after {@link #returned}. Several tracings of one call end in reverse order. If its
         * events become a dead letter, the call ends after the letter is stored. Not called if the instance is closed before the stage
         * of the call completes.
         *
         * @param call what was called, and how it ended; valid until this method returns
         */
        void end(HandlerCall call);
    }
}
