package io.walwire.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * The connections of one wait of {@link Eventually}, one to each database that its condition asks. A new connection takes the
 * machine twenty times as long as a question: a condition that opens one every time keeps half a processor busy.
 */
final class PollConnections implements AutoCloseable {
    private static final ThreadLocal<@Nullable PollConnections> CURRENT = new ThreadLocal<>();

    private final @Nullable PollConnections outer;
    private final Map<TestDatabase, Connection> open = new HashMap<>();

    private PollConnections(@Nullable PollConnections outer) {
        this.outer = outer;
        CURRENT.set(this);
    }

    /** The connections of the wait that this thread is in; null if it is in none. */
    static @Nullable PollConnections current() {
        return CURRENT.get();
    }

    /** Begins a wait. A wait inside another wait has connections of its own; after it, those of the outer wait are current again. */
    static PollConnections begin() {
        return new PollConnections(CURRENT.get());
    }

    /** Asks on the connection to the database. If that has ended since it was last used, asks once more on a new one. */
    <T> T ask(TestDatabase database, Question<T> question) throws SQLException {
        Connection known = open.get(database);
        if (known != null) {
            try {
                return question.on(known);
            } catch (SQLException e) {
                // no failure if the server was restarted meanwhile
                forget(database);
            }
        }
        return question.on(fresh(database));
    }

    /** The connection to the database, for statements that must not be executed twice: a new one if the last one has ended. */
    Connection to(TestDatabase database) throws SQLException {
        Connection known = open.get(database);
        if (known != null && known.isValid(10)) {
            return known;
        }
        if (known != null) {
            forget(database);
        }
        return fresh(database);
    }

    private Connection fresh(TestDatabase database) throws SQLException {
        Connection fresh = database.connect();
        open.put(database, fresh);
        // a statement that is prepared once fails when its table changes, and has values in another format
        fresh.unwrap(PGConnection.class).setPrepareThreshold(0);
        return fresh;
    }

    private void forget(TestDatabase database) {
        end(Objects.requireNonNull(open.remove(database)));
    }

    @Override
    public void close() {
        CURRENT.set(outer);
        open.values().forEach(PollConnections::end);
    }

    private static void end(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // the server had ended it
        }
    }

    /** What is asked. */
    @FunctionalInterface
    interface Question<T> {
        T on(Connection connection) throws SQLException;
    }
}
