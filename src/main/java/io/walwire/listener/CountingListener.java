package io.walwire.listener;

/**
 * A listener that needs the number of calls and their time, and not each call: for metrics. Reading the clock twice takes longer than
 * a short call. So calls that take only some microseconds are timed together and reported once, by {@link #onCalls}. Calls that take
 * longer are timed one by one.
 *
 * <p>Each call is reported either by {@link #onCalls} or by {@link WalwireListener#onCall}. The latter reports calls that fail, are
 * made again, or have something else than one event. It reports all calls if the instance has another listener that is not a
 * {@code CountingListener}.
 */
public interface CountingListener extends WalwireListener {
    /**
     * Calls of a handler's code have succeeded. On the thread that made the calls, after the last of them.
     *
     * @param calls what was called, how often and how long; valid until this method returns
     */
    void onCalls(HandlerCalls calls);
}
