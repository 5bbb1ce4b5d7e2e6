package io.walwire.internal.transaction;

/** Which tables' events are wanted; may change while the stream runs, but not in a transaction, which asks {@link #now}. */
public interface Subscriptions {
    /** Whether a table is subscribed. */
    boolean includes(String schema, String table);

    /** Grows with each change. */
    int version();

    /** The subscriptions of this moment, which do not change. */
    Subscriptions now();
}
