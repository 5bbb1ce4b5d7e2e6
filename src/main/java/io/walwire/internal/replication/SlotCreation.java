package io.walwire.internal.replication;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.text.SqlIdentifiers;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * Creates the slot of a stream on its connection. The driver would quote no name, and would always export a snapshot, which holds the
 * catalog's horizon back.
 */
final class SlotCreation implements SnapshotUse.Creation, AutoCloseable {
    /** The first version whose options are in parentheses. */
    private static final int PARENTHESES_SINCE = 15;

    private final Statement statement;
    private final SlotRequest slot;
    private final boolean twoPhase;
    private boolean isLimited;

    SlotCreation(Statement statement, SlotRequest slot, boolean twoPhase) {
        this.statement = statement;
        this.slot = slot;
        this.twoPhase = twoPhase;
    }

    @Override
    public Lsn plain() throws SQLException {
        close();
        try (ResultSet created = statement.executeQuery(sql(false))) {
            created.next();
            return Lsn.parse(created.getString("consistent_point"));
        }
    }

    /** The server waits for the lock of each transaction, which no other time-out ends while it creates a slot. */
    @Override
    public SnapshotSlot.Made exported(Duration atMost) throws SQLException, SnapshotSlot.TimeoutException {
        statement.execute("SET lock_timeout = " + atMost.toMillis());
        isLimited = true;
        try (ResultSet created = statement.executeQuery(sql(true))) {
            created.next();
            return new SnapshotSlot.Made(
                    Lsn.parse(created.getString("consistent_point")), created.getString("snapshot_name"));
        } catch (SQLException e) {
            if (ServerErrors.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                throw new SnapshotSlot.TimeoutException(e);
            }
            throw e;
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

    /** The stream waits for locks without a limit. Ends the snapshot. */
    @Override
    public void close() throws SQLException {
        if (isLimited) {
            isLimited = false;
            statement.execute("SET lock_timeout = 0");
        }
    }
}
