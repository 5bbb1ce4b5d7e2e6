package io.walwire.internal.backfill;

import io.walwire.error.WalwireException;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;

/** What is kept of the runs of a slot outlives the slot. So a slot that is not there is known to have been read. */
public final class EarlierRuns {
    private static final Logger LOG = Logs.of(EarlierRuns.class);

    private static final String SYSTEM_ID =
            "SELECT s.system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system() s";

    private EarlierRuns() {}

    /**
     * Whether an instance has streamed from a slot of this name and has kept runs of it.
     *
     * @param database the database that is read; not a standby's, which has the rows of its primary's slots
     * @param slot the slot's name
     * @return false also if that cannot be read
     * @throws SQLException if the same attempt may succeed later
     */
    public static boolean areKept(Database database, String slot) throws SQLException {
        try (Connection connection = database.openOnRolesPath()) {
            connection.setAutoCommit(false);
            return ProgressTable.exists(connection) && areKept(connection, slot);
        } catch (WalwireException e) {
            LOG.debug("The rows of walwire_backfill cannot be looked at", e);
            return false;
        } catch (SQLException e) {
            if (ServerErrors.heals(e)) {
                throw e;
            }
            LOG.debug("The rows of walwire_backfill cannot be looked at", e);
            return false;
        }
    }

    private static boolean areKept(Connection connection, String slot) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(SYSTEM_ID)) {
            return row.next()
                    && ProgressTable.find(connection).runs(connection, new RunSlot(row.getString(1), slot)).stream()
                            .anyMatch(run -> run.state() != RunState.REQUESTED);
        }
    }
}
