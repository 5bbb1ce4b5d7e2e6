package io.walwire.internal.triggers;

import io.walwire.internal.connection.server.LockHolders;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What one transaction of an upkeep runs.
 *
 * @param table whose triggers it makes; null if it makes other objects
 * @param spares whether the table's changes come without it, too
 * @param statements in their order
 */
record UpkeepStep(@Nullable TableTriggers table, boolean spares, List<String> statements) {
    private static final Logger LOG = Logs.of(UpkeepStep.class);

    interface Runner {
        void run(UpkeepStep step, Connection connection, UpkeepTurn.Check check) throws SQLException;
    }

    static UpkeepStep ofObjects(List<String> statements) {
        return new UpkeepStep(null, false, statements);
    }

    static UpkeepStep of(TableTriggers table, TriggerSql triggers, boolean always) {
        return new UpkeepStep(table, table.works() && table.always() == always, triggers.repair(table));
    }

    /** Runs it, or nothing of it; a failure for want of a lock names those who hold it. */
    void run(Connection connection, UpkeepTurn.Check check) throws SQLException {
        try {
            UpkeepTurn.run(connection, statements, check);
        } catch (SQLException e) {
            if (table == null) {
                throw e;
            }
            // DROP TRIGGER waits for readers, too
            LockHolders.Harmless harmless = table.has() ? LockHolders.Harmless.NONE : LockHolders.Harmless.OF_READERS;
            throw LockHolders.named(e, connection, List.of(table.table()), harmless);
        }
    }

    /** Runs it if the table is free, and says so if it is not. */
    boolean tryRun(Connection connection, UpkeepTurn.Check check) throws SQLException {
        try {
            run(connection, check);
            return true;
        } catch (SQLException e) {
            if (table == null || !ServerErrors.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                throw e;
            }
            LOG.warn(
                    "Walwire's triggers of table {} could not be replaced. They stay, and changes come: {}"
                            + " Run bin/walwire triggers install when the table is used less, or raise"
                            + " walwire.triggers.lock-timeout.",
                    table.table(),
                    ServerErrors.line(e));
            return false;
        }
    }
}
