package io.walwire.watch;

/**
 * The watches of an instance at a moment.
 *
 * @param subscriptions how many are live
 * @param failed how many ended because a subscriber or a predicate threw, or a buffer was full that was to end then
 */
public record WatchStatus(int subscriptions, long failed) {}
