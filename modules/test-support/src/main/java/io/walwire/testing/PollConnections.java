package io.walwire.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The connections of one wait of {@link Eventually}, one to each database that its condition asks, for as long as it waits. */
final class PollConnections implements AutoCloseable {
    private static final ThreadLocal<@Nullable PollConnections> CURRENT = new ThreadLocal<>();

    private final @Nullable PollConnections outer;
    private final Map<TestDatabase, Lent> open = new HashMap<>();

    private record Lent(Connection connection, IdleConnections of) {}

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
    <T> T ask(TestDatabase database, IdleConnections.Question<T> question) throws SQLException {
        Lent known = open.get(database);
        if (known != null) {
            try {
                return question.on(known.connection);
            } catch (SQLException e) {
                // no failure if the server was restarted meanwhile
                forget(database);
            }
        }
        return question.on(fresh(database));
    }

    /** The connection to the database, for statements that must not be executed twice: a new one if the last one has ended. */
    Connection to(TestDatabase database) throws SQLException {
        Lent known = open.get(database);
        if (known != null && known.connection.isValid(10)) {
            return known.connection;
        }
        if (known != null) {
            forget(database);
        }
        return fresh(database);
    }

    private Connection fresh(TestDatabase database) throws SQLException {
        IdleConnections idle = database.idleConnections();
        Connection fresh = idle.take(database.name());
        open.put(database, new Lent(fresh, idle));
        return fresh;
    }

    private void forget(TestDatabase database) {
        IdleConnections.end(Objects.requireNonNull(open.remove(database)).connection);
    }

    @Override
    public void close() {
        CURRENT.set(outer);
        open.values().forEach(lent -> lent.of.giveBack(lent.connection));
    }
}
