package io.walwire.internal.checkpoint;

import io.walwire.internal.dispatch.CallBoundary;
import io.walwire.internal.dispatch.UnitLostException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Savepoint;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One transaction in the user's database, of one thread: what handlers write there, and the position with it. */
final class Unit implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Unit.class);

    private final Connection connection;
    private final boolean wasAutoCommit;
    private final Lent.Loan loan;
    private @Nullable Call call;

    private @Nullable SQLException lost;

    /** Once somebody has the connection, he may use it in any call without asking for it again. */
    private boolean lent;

    Unit(Connection connection) throws SQLException {
        this.connection = connection;
        this.wasAutoCommit = connection.getAutoCommit();
        connection.setAutoCommit(false);
        this.loan = Lent.lend(connection);
    }

    Connection connection() {
        return connection;
    }

    /** For a handler. */
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
        if (lent) {
            next.save();
        }
        call = next;
        return next;
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
            } catch (SQLException e) {
                throw new UnitLostException(e);
            }
        }
    }

    void commit() throws SQLException {
        connection.commit();
    }

    /** Whatever was not committed is rolled back. */
    @Override
    public void close() {
        loan.end().run();
        try (Connection closing = connection) {
            closing.rollback();
            closing.setAutoCommit(wasAutoCommit);
        } catch (SQLException e) {
            // the server rolls back what its client has left
            LOG.debug("The checkpoint's connection was lost", e);
        }
    }
}
