package io.walwire.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * A server's connections that no test uses at the moment, for the next statement of a test. To begin and to end one takes the machine
 * thirty times as long as a question, and a test has many. One that is taken is as good as new: what its session had set is reset.
 * Any thread may call.
 */
final class IdleConnections {
    private static final int SECONDS_TO_ANSWER = 10;

    private final PostgresServer server;
    private final Map<String, Deque<Connection>> idle = new HashMap<>();
    private boolean keeping = true;

    IdleConnections(PostgresServer server) {
        this.server = server;
    }

    /** Asks on one. A failure ends the connection, and with it a transaction that is left open. */
    <T> T ask(String database, Question<T> question) throws SQLException {
        Connection connection = take(database);
        boolean done = false;
        try {
            T answer = question.on(connection);
            done = true;
            return answer;
        } finally {
            if (done) {
                giveBack(connection);
            } else {
                end(connection);
            }
        }
    }

    /** A superuser's connection to a database, committing by itself. {@link #giveBack} or {@link #end} takes it. */
    Connection take(String database) throws SQLException {
        for (Connection known = next(database); known != null; known = next(database)) {
            if (known.isValid(SECONDS_TO_ANSWER)) {
                return known;
            }
            end(known); // by the server
        }
        Connection fresh = server.connect(database);
        // a statement that is prepared once fails when its table changes, and has values in another format
        fresh.unwrap(PGConnection.class).setPrepareThreshold(0);
        return fresh;
    }

    private synchronized @Nullable Connection next(String database) {
        Deque<Connection> connections = idle.get(database);
        return connections == null ? null : connections.poll();
    }

    void giveBack(Connection connection) {
        if (!reset(connection) || !keep(connection)) {
            end(connection);
        }
    }

    /** Fails where the server has ended the connection, and in a transaction. */
    private static boolean reset(Connection connection) {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DISCARD ALL");
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    private synchronized boolean keep(Connection connection) {
        try {
            if (keeping) {
                idle.computeIfAbsent(connection.getCatalog(), name -> new ArrayDeque<>())
                        .push(connection);
            }
            return keeping;
        } catch (SQLException e) {
            return false;
        }
    }

    /** Ends those to a database that is to be dropped. */
    void forget(String database) {
        List<Connection> connections = new ArrayList<>();
        synchronized (this) {
            connections.addAll(Objects.requireNonNullElseGet(idle.remove(database), ArrayDeque::new));
        }
        connections.forEach(IdleConnections::end);
    }

    /** Ends all of them, and keeps none until {@link #keepAgain}: a smart stop of the server waits for every session. */
    void endAll() {
        List<Connection> connections = new ArrayList<>();
        synchronized (this) {
            keeping = false;
            idle.values().forEach(connections::addAll);
            idle.clear();
        }
        connections.forEach(IdleConnections::end);
    }

    synchronized void keepAgain() {
        keeping = true;
    }

    static void end(Connection connection) {
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
