package io.walwire.internal.watch;

/**
 * How many events wait for a slow subscriber, and what happens to more.
 *
 * @param most at least 1
 */
record Buffering(Policy policy, int most) {
    /** What happens to an event for which there is no room. */
    enum Policy {
        DROP_OLDEST,
        LATEST_PER_KEY,
        CLOSE
    }

    static final Buffering DEFAULT = new Buffering(Policy.DROP_OLDEST, 1024);

    Buffering {
        if (most < 1) {
            throw new IllegalArgumentException("A buffer holds at least 1 event, not " + most);
        }
    }

    Buffer newBuffer() {
        return policy == Policy.LATEST_PER_KEY ? new LatestPerKeyBuffer(most) : new OrderedBuffer(most, policy == Policy.CLOSE);
    }
}
