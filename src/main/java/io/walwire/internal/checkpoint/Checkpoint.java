package io.walwire.internal.checkpoint;

import io.walwire.internal.dispatch.CallBoundary;
import io.walwire.internal.dispatch.UnitLostException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The user's database: transactions in which handlers are called, and the connection that is handed to them. */
public final class Checkpoint implements CallBoundary {
    private final CheckpointConnections connections;
    private final String name;

    /** Of the threads that call handlers now. */
    private final Map<Thread, Unit> current = new ConcurrentHashMap<>();

    /**
     * A checkpoint that nothing was read of yet.
     *
     * @param connections how to reach the database
     * @param name of the table's row
     */
    public Checkpoint(CheckpointConnections connections, String name) {
        this.connections = connections;
        this.name = name;
    }

    /** Its name, for messages. */
    public String name() {
        return name;
    }

    /** See {@code JdbcCheckpoint.connection}. */
    public Connection connection() {
        Unit unit = current.get(Thread.currentThread());
        if (unit == null) {
            throw new IllegalStateException("The checkpoint \"" + name + "\" has a connection only within the call of a"
                    + " handler, on the instance's handler thread. Functions declared with parallel(...) run on threads of"
                    + " their own and get none: declare a callback such as onInsert(...) instead.");
        }
        return unit.lend();
    }

    /** Whether a transaction of this thread is under way. */
    public boolean isUnderWay() {
        return current.containsKey(Thread.currentThread());
    }

    @Override
    public Mark begin() {
        Unit unit = current.get(Thread.currentThread());
        return unit == null ? Mark.NONE : unit.begin();
    }

    /** What is done in one transaction. */
    @FunctionalInterface
    interface Work {
        void with(Connection connection) throws Exception;
    }

    /**
     * Does something in a transaction of this thread, or in the one that is under way; commits it if nothing is thrown.
     *
     * @param work throws what it likes
     * @param beforeCommit called when everything is done but the commit
     * @throws UnitLostException if the database failed
     */
    void transaction(Work work, Runnable beforeCommit) throws Exception {
        Unit outer = current.get(Thread.currentThread());
        if (outer != null) {
            work.with(outer.connection());
            return;
        }
        try (Unit unit = open()) {
            current.put(Thread.currentThread(), unit);
            try {
                work.with(unit.connection());
            } finally {
                current.remove(Thread.currentThread());
            }
            beforeCommit.run();
            commit(unit);
        }
    }

    private static void commit(Unit unit) {
        try {
            unit.commit();
        } catch (SQLException e) {
            throw new UnitLostException(e);
        }
    }

    private Unit open() {
        try {
            return plain();
        } catch (SQLException e) {
            throw new UnitLostException(e);
        }
    }

    /** A transaction without handlers. */
    Unit plain() throws SQLException {
        Connection connection = connections.open();
        try {
            return new Unit(connection);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }
}
