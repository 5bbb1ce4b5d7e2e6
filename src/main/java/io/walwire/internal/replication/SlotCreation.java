package io.walwire.internal.replication;

import io.walwire.event.Lsn;
import io.walwire.internal.text.SqlIdentifiers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Creates the slot of a stream on its connection. The driver would quote no name, and would always export a snapshot, which holds the
 * catalog's horizon back.
 */
final class SlotCreation implements SnapshotUse.Creation {
    /** The first version whose options are in parentheses. */
    private static final int PARENTHESES_SINCE = 15;

    private final Statement statement;
    private final SlotRequest slot;
    private final boolean twoPhase;

    SlotCreation(Statement statement, SlotRequest slot, boolean twoPhase) {
        this.statement = statement;
        this.slot = slot;
        this.twoPhase = twoPhase;
    }

    @Override
    public Lsn plain() throws SQLException {
        statement.setQueryTimeout(0);
        try (ResultSet created = statement.executeQuery(sql(false))) {
            created.next();
            return Lsn.parse(created.getString("consistent_point"));
        }
    }

    /** The server waits for one transaction after another, and a lock_timeout would count for each of them. */
    @Override
    public SnapshotSlot.Made exported(Duration atMost) throws SQLException, SnapshotSlot.TimeoutException {
        Connection connection = statement.getConnection();
        int usual = connection.getNetworkTimeout();
        int seconds = SnapshotSlot.limit(statement, atMost);
        long since = System.nanoTime();
        try (ResultSet created = statement.executeQuery(sql(true))) {
            created.next();
            return new SnapshotSlot.Made(
                    Lsn.parse(created.getString("consistent_point")), created.getString("snapshot_name"));
        } catch (SQLException e) {
            boolean inVain = System.nanoTime() - since >= TimeUnit.SECONDS.toNanos(seconds);
            if (inVain && SnapshotSlot.CANCELLED.equals(e.getSQLState())) {
                throw new SnapshotSlot.TimeoutException(e);
            }
            throw e;
        } finally {
            if (!connection.isClosed()) {
                connection.setNetworkTimeout(Runnable::run, usual);
            }
        }
    }

    private String sql(boolean exported) throws SQLException {
        String create = "CREATE_REPLICATION_SLOT " + SqlIdentifiers.quote(slot.name())
                + (slot.temporary() ? " TEMPORARY" : "")
                + " LOGICAL pgoutput ";
        if (statement.getConnection().getMetaData().getDatabaseMajorVersion() < PARENTHESES_SINCE) {
            return create + (exported ? "EXPORT_SNAPSHOT" : "NOEXPORT_SNAPSHOT");
        }
        return create + "(SNAPSHOT " + (exported ? "'export'" : "'nothing'") + (twoPhase ? ", TWO_PHASE" : "")
                + (slot.failover() ? ", FAILOVER" : "") + ")";
    }
}
