package io.walwire.watch;

/**
 * The watches of an instance at a moment.
 *
 * <p>Immutable. Implemented only by Walwire, and later versions may add methods.
 */
public interface WatchStatus {
    /**
     * How many are live.
     *
     * @return 0 or more
     */
    int subscriptions();

    /**
     * How many ended because a subscriber or a predicate threw, or because a buffer was full that ends its watch then.
     *
     * @return the count since the instance was started
     */
    long failed();
}
