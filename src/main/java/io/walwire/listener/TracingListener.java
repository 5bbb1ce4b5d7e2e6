package io.walwire.listener;

import org.jspecify.annotations.Nullable;

/**
 * A listener that stands around each call of a handler's code, for tracing. Added by {@code WalwireBuilder.listener} as any other.
 * It cannot change or prevent the call. As for {@link WalwireListener}: it returns at once, and is removed if it throws.
 */
public interface TracingListener extends WalwireListener {
    /**
     * A call of a handler's code is about to be made, on this thread. Each attempt is a call. What calls of other threads do
     * at the same time is not known here.
     *
     * @param call what is called; valid until this method returns
     * @return ended when the call has; null if nothing is to be ended
     */
    @Nullable
    Tracing onCallStart(StartedCall call);

    /** What was begun for one call. */
    @FunctionalInterface
    interface Tracing {
        /**
         * The callback has returned a stage that has not completed, or has thrown. Called on the thread that made the call. Close here
         * what belongs to that thread, such as a scope. {@link #end} follows on another thread. Not called if the call ends on its own
         * thread.
         */
        default void returned() {}

        /**
         * The call has ended, well or not. Called before {@link WalwireListener#onCall}, on the thread that made the call, or on another
         * one after {@link #returned}. Several tracings of one call end in reverse order. A call whose events become a dead letter ends after that is stored. A call whose stage
         * has not completed when the instance is closed is not ended.
         *
         * @param call what was called, and how it ended; valid until this method returns
         */
        void end(HandlerCall call);
    }
}
