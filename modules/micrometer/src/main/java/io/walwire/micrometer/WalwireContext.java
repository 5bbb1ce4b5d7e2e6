package io.walwire.micrometer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes into a transaction where it comes from: the trace of the thread that writes, and who it writes for. No column is needed.
 * It is a logical message with the prefix {@code walwire.context}, which the events of the transaction have as their
 * {@code transaction().context()}: {@code {"traceparent":"00-…","by":"user 7"}}. {@link WalwireObservations} link to that trace.
 *
 * <p>Of several messages of one transaction the last one counts, so that an application which writes a context of its own puts the
 * field {@code traceparent} into that instead. With {@code walwire.source=triggers} there are no messages. Immutable, and safe
 * for several threads.
 */
public final class WalwireContext {
    /** The longest text for who did it, in characters. */
    public static final int MAX_CHARACTERS = 1000;

    private static final String EMIT = "SELECT pg_catalog.pg_logical_emit_message(true, 'walwire.context', ?)";

    private final Supplier<@Nullable String> traceparent;

    private WalwireContext(Supplier<@Nullable String> traceparent) {
        this.traceparent = traceparent;
    }

    /**
     * A context with the traces of a supplier, such as {@link CurrentTraceparent}.
     *
     * @param traceparent asked on the thread that writes: the current span in the form of W3C's header {@code traceparent}, or
     *     null if there is none
     * @return the context of a writer
     */
    public static WalwireContext of(Supplier<@Nullable String> traceparent) {
        return new WalwireContext(Objects.requireNonNull(traceparent, "traceparent"));
    }

    /**
     * Writes the current trace. To be called in the transaction, before its changes and before any savepoint. It takes one
     * statement; without a trace it does nothing.
     *
     * @param connection of the transaction
     * @return whether a message was written
     * @throws IllegalStateException if the connection is in autocommit mode, where the message would be a transaction of its own
     * @throws IllegalArgumentException if what the supplier returned is no {@code traceparent}
     * @throws SQLException if the server refuses; the transaction is then aborted, as by any other failed statement
     */
    public boolean stamp(Connection connection) throws SQLException {
        return write(connection, null);
    }

    /**
     * Writes the current trace, and who the transaction is for. It does so without a trace, too.
     *
     * @param connection of the transaction
     * @param by who, as handlers are to see it; it is part of the server's log, so give a key rather than a name
     * @return true
     * @throws IllegalStateException as {@link #stamp(Connection)}
     * @throws IllegalArgumentException as {@link #stamp(Connection)}, or if {@code by} has more than {@link #MAX_CHARACTERS}
     * @throws SQLException as {@link #stamp(Connection)}
     */
    public boolean stamp(Connection connection, String by) throws SQLException {
        if (by.length() > MAX_CHARACTERS) {
            throw new IllegalArgumentException("by has " + by.length() + " characters; at most " + MAX_CHARACTERS
                    + " fit into a transaction's context. Give a key");
        }
        return write(connection, by);
    }

    private boolean write(Connection connection, @Nullable String by) throws SQLException {
        ObjectNode context = JsonNodeFactory.instance.objectNode();
        String current = traceparent.get();
        if (current != null) {
            context.put(Traceparent.FIELD, checked(current));
        }
        if (by != null) {
            context.put("by", by);
        }
        if (connection.getAutoCommit()) {
            throw new IllegalStateException(
                    "The connection is in autocommit mode, so the context would be a transaction"
                            + " of its own. Begin a transaction first: connection.setAutoCommit(false)");
        }
        if (context.isEmpty()) {
            return false;
        }
        try (PreparedStatement statement = connection.prepareStatement(EMIT)) {
            statement.setString(1, context.toString());
            statement.execute();
        }
        return true;
    }

    private static String checked(String traceparent) {
        if (Traceparent.parse(traceparent) == null) {
            throw new IllegalArgumentException(
                    "The current trace is no traceparent, which looks like"
                            + " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01. Correct the supplier of WalwireContext.of");
        }
        return traceparent;
    }
}
