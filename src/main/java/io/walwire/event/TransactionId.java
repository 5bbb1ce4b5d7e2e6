package io.walwire.event;

/**
 * The position of a transaction with {@code walwire.source=triggers}, which reads no log: PostgreSQL's 64-bit transaction id
 * ({@code xid8}), as {@code SELECT pg_current_xact_id()} returns it. A transaction stands at its id and ends one behind it.
 *
 * @param value the id, an unsigned number
 */
public record TransactionId(long value) implements Position {
    @Override
    public String toString() {
        return Lsn.text(value);
    }
}
