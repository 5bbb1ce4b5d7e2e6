package io.walwire.internal.transaction;

/** Which tables' events are wanted; may change while the stream runs, which {@link #version} tells. */
public interface Subscriptions {
    /** Whether a table is subscribed. */
    boolean includes(String schema, String table);

    /** Grows with each change. */
    int version();
}
