package io.walwire.internal.checkpoint;

import io.walwire.checkpoint.TransactionRunner;
import io.walwire.error.WalwireException;
import io.walwire.internal.dispatch.CallBoundary;
import io.walwire.internal.dispatch.UnitLostException;
import io.walwire.internal.log.Logs;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** One transaction in the user's database, of one thread: what handlers write there, and the position with it. */
final class Unit implements AutoCloseable {
    private static final Logger LOG = Logs.of(Unit.class);

    /** No transaction, or none with this savepoint: somebody has ended it. */
    private static final Set<String> ENDED = Set.of("25P01", "3B001");

    /** The first version of PostgreSQL with transaction_timeout. */
    private static final int TRANSACTION_TIMEOUT_SINCE = 17;

    private final Connection connection;
    private final String checkpoint;
    private final @Nullable TransactionRunner runner;
    private final @Nullable Begun begun;
    private final Lent.Loan loan;
    private @Nullable Call call;

    private @Nullable SQLException lost;

    /** Once somebody has the connection, he may use it in any call without asking for it again. */
    private boolean lent;

    /** Whether a call has just ended within no other, so that nothing is held in memory. */
    private boolean flushed;

    /**
     * A transaction that has begun.
     *
     * @param connection of it
     * @param checkpoint its name
     * @param runner the application's, whose handlers find the connection by themselves; null if they ask for it
     * @param kept whether something is written
     */
    Unit(Connection connection, String checkpoint, @Nullable TransactionRunner runner, boolean kept)
            throws SQLException {
        this.checkpoint = checkpoint;
        this.connection = connection;
        this.runner = runner;
        this.lent = runner != null;
        prepare(connection);
        this.begun = runner == null ? null : Begun.look(connection, kept);
        this.loan = Lent.lend(connection);
    }

    /**
     * What defaults of a role or a database must not do to this transaction: it writes, it lasts for as long as handlers work,
     * and what it commits must be there after a crash, since the slot moves on. All of it ends with the transaction.
     */
    private static void prepare(Connection connection) throws SQLException {
        DatabaseMetaData product = connection.getMetaData();
        if (!product.getDatabaseProductName().equals("PostgreSQL")) {
            return;
        }
        String sql = "SET TRANSACTION READ WRITE; SET LOCAL idle_in_transaction_session_timeout = 0"
                + (product.getDatabaseMajorVersion() < TRANSACTION_TIMEOUT_SINCE
                        ? ""
                        : "; SET LOCAL transaction_timeout = 0")
                + "; SELECT pg_catalog.set_config('synchronous_commit', 'on', true)"
                + " WHERE pg_catalog.current_setting('synchronous_commit') OPERATOR(pg_catalog.=) 'off'";
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Which transaction this is; null where the application has no part in it. */
    @Nullable
    Begun begun() {
        return begun;
    }

    Connection connection() {
        return connection;
    }

    /** The connection, for a handler. */
    Connection lend() {
        if (!lent) {
            lent = true;
            if (call != null) {
                call.save();
            }
        }
        return loan.connection();
    }

    CallBoundary.Mark begin() {
        Call next = new Call(call);
        flushBefore();
        if (lent) {
            next.save();
        }
        call = next;
        return next;
    }

    /** What code around calls holds in memory is none of a call that fails. */
    private void flushBefore() {
        if (runner == null || flushed) {
            flushed = false;
            return;
        }
        try {
            runner.flush();
        } catch (RuntimeException e) {
            throw new UnitLostException(e);
        }
    }

    /** A call of a handler; what it writes from its savepoint on is its own. */
    private final class Call implements CallBoundary.Mark {
        private final @Nullable Call outer;
        private @Nullable Savepoint before;

        Call(@Nullable Call outer) {
            this.outer = outer;
        }

        void save() {
            try {
                before = connection.setSavepoint();
            } catch (SQLException e) {
                // a handler that asked for the connection sees it too, and may keep it to itself
                lost = e;
                throw new UnitLostException(e);
            }
        }

        @Override
        public void keep() throws SQLException {
            if (runner != null) {
                runner.flush();
                flushed = outer == null;
            }
            if (before != null) {
                try {
                    connection.releaseSavepoint(before);
                } catch (SQLFeatureNotSupportedException e) {
                    LOG.trace("This database releases savepoints with their transaction", e);
                }
            }
            call = outer;
        }

        @Override
        public void undo() {
            call = outer;
            if (lost != null) {
                throw new UnitLostException(lost);
            }
            try {
                if (before != null) {
                    connection.rollback(before);
                }
                if (runner != null) {
                    runner.discard();
                    flushed = outer == null;
                }
            } catch (SQLException e) {
                if (runner != null && ENDED.contains(String.valueOf(e.getSQLState()))) {
                    WalwireException ended = RunnerFault.ENDED_INSIDE.of(checkpoint);
                    ended.addSuppressed(e);
                    throw ended;
                }
                throw new UnitLostException(e);
            } catch (RuntimeException e) {
                throw new UnitLostException(e);
            }
        }
    }

    /** The transaction ends: what was lent is of no use any more. */
    @Override
    public void close() {
        loan.end().run();
    }
}
