package io.walwire.event;

/**
 * A logical message, {@code pg_logical_emit_message}. One that is transactional comes in its place in its transaction; one that is
 * not has no {@link #transaction()}, and comes between transactions.
 */
public non-sealed interface MessageEvent extends Event {
    /**
     * The message.
     *
     * @return its prefix, content and position
     */
    LogicalMessage message();
}
