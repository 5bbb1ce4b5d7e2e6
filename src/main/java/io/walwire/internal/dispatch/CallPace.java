package io.walwire.internal.dispatch;

/**
 * How many calls of a route are timed together: as many as take some 50 microseconds. After a slow call, the next ones are timed one by
 * one, because a group with two slow ones would look like one that is slower still. It only decides how exact times are, so that threads
 * may overwrite each other's values.
 */
final class CallPace {
    private static final long GROUP_NANOS = 50_000;
    private static final long SLOW_NANOS = 8 * GROUP_NANOS;

    /** A handler that becomes slow is seen after so many calls. */
    private static final int MAX_CALLS = 64;

    private static final int ALONE_AFTER_SLOW = 64;

    private int calls = 1;
    private int alone;
    private long each;

    /** How many calls the next group may have. */
    int calls() {
        return calls;
    }

    /** About how many nanoseconds a call takes, by the last group. */
    long each() {
        return each;
    }

    /** A group has ended. */
    void took(int count, long nanos) {
        each = nanos / count;
        if (nanos > SLOW_NANOS) {
            calls = 1;
            alone = ALONE_AFTER_SLOW;
        } else if (alone > 0) {
            alone -= count;
        } else if (nanos > GROUP_NANOS) {
            calls = Math.max(1, calls / 2);
        } else if (count >= calls && 2 * nanos <= GROUP_NANOS) {
            calls = Math.min(2 * calls, MAX_CALLS);
        }
    }
}
