package io.walwire.internal.triggers;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.internal.backfill.ReadableTables;
import io.walwire.internal.backfill.TableRequest;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.source.WantedTables;
import io.walwire.internal.text.TableName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What keeps existing rows from being read, where the configuration asks for them: each reason that a run would be refused for. */
final class ReadingCheck {
    private final WalwireConfig config;
    private final Database database;
    private final ReadableTables tables;
    private final List<Finding> found = new ArrayList<>();

    ReadingCheck(WalwireConfig config, Database database, ReadableTables tables) {
        this.config = config;
        this.database = database;
        this.tables = tables;
    }

    /** Looks at the tables that have triggers. */
    List<Finding> look(WantedTables wanted) {
        if (!config.backfill().automatic()) {
            return List.of();
        }
        try {
            for (TableName table : tables.published().values()) {
                if (wanted.isSubscribed(table)
                        && wanted.handled().readsExisting().test(table)) {
                    look(table);
                }
            }
        } catch (SQLException e) {
            error(
                    database.display(),
                    ServerErrors.explain(e, "examining existing rows", database).explanation());
        }
        return found;
    }

    private void look(TableName table) throws SQLException {
        List<String> problems = new ArrayList<>();
        tables.plans(List.of(new TableRequest(table, null)), problems);
        problems.forEach(problem -> error("table " + table, problem));
    }

    private void error(String where, String what) {
        found.add(new Finding(Severity.ERROR, what, where, null));
    }
}
