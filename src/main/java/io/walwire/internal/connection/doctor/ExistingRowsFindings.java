package io.walwire.internal.connection.doctor;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.error.WalwireException;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.catalog.TableAudit;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.text.SqlIdentifiers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What keeps existing rows from being read, or delays it, whichever source has the changes: the table of the progress, which may be in the
 * database of a checkpoint, and open transactions.
 */
public final class ExistingRowsFindings {
    private static final String PROGRESS = "walwire_backfill";

    private static final String WHERE = "table " + PROGRESS;

    private static final String RIGHTS = """
            SELECT r.name FROM pg_catalog.unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) r (name)
            WHERE NOT pg_catalog.has_table_privilege(?::pg_catalog.regclass, r.name)""";

    private static final String LAST_ADDED = "reading";

    /** What earlier versions of sql/backfill.sql did not have. */
    private static final String ADDED = "system_id, timeline, done_to, owner, " + LAST_ADDED;

    private static final String LACKING = """
            SELECT c.name FROM pg_catalog.unnest(pg_catalog.string_to_array('{added}', ', ')) c (name)
            WHERE NOT EXISTS (
              SELECT FROM pg_catalog.pg_attribute a
              WHERE a.attrelid OPERATOR(pg_catalog.=) ?::pg_catalog.regclass::pg_catalog.oid
                AND a.attname::pg_catalog.text OPERATOR(pg_catalog.=) c.name AND NOT a.attisdropped)""".replace("{added}", ADDED);

    private static final String WRITERS = """
            SELECT a.pid, a.usename AS role, a.state,
                   pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start)::pg_catalog.int8 AS seconds
            FROM pg_catalog.pg_stat_activity a
            WHERE a.backend_xid IS NOT NULL AND a.xact_start < pg_catalog.clock_timestamp() - interval '10 seconds'
            ORDER BY a.xact_start""";

    private static final String PREPARED = """
            SELECT p.gid, p.owner AS role, p.database,
                   pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - p.prepared)::pg_catalog.int8 AS seconds
            FROM pg_catalog.pg_prepared_xacts p
            WHERE p.prepared < pg_catalog.clock_timestamp() - interval '10 seconds'
            ORDER BY p.prepared""";

    private final Findings found = new Findings();

    private ExistingRowsFindings() {}

    /** What is asked of the database that has the progress. */
    @FunctionalInterface
    public interface Question {
        /** Asks in a transaction, on the search path by which the table is found. */
        List<Finding> of(Connection connection) throws SQLException;
    }

    /** The database of a checkpoint. */
    @FunctionalInterface
    public interface Place {
        /** Asks there. */
        List<Finding> ask(Question question) throws SQLException;
    }

    /**
     * The findings of a source, and what else is found where existing rows are asked for.
     *
     * @param source what the source has found
     * @param config as it was read
     * @param database the database that is read
     * @param checkpoint that has the progress; null if it is in the database that is read
     * @return without an order
     */
    public static List<Finding> with(
            List<Finding> source, WalwireConfig config, Database database, @Nullable Place checkpoint) {
        boolean isOut = source.stream()
                .anyMatch(finding -> finding.severity() == Severity.ERROR
                        && finding.where().equals(database.display())); // it would be said twice
        if (!config.backfill().automatic() || isOut) {
            return source;
        }
        List<Finding> all = new ArrayList<>(source);
        all.addAll(new ExistingRowsFindings().look(config, database, checkpoint));
        return all;
    }

    private List<Finding> look(WalwireConfig config, Database database, @Nullable Place checkpoint) {
        List<Finding> all = new ArrayList<>();
        try {
            boolean standby;
            try (Connection connection = database.open()) {
                Questions ask = new Questions(connection);
                standby = ask.row("SELECT pg_catalog.pg_is_in_recovery() AS standby")
                        .flag("standby");
                if (!standby) { // which does not show the transactions of its primary
                    writers(ask);
                    prepared(ask);
                }
            }
            if (config.slot().durable() && checkpoint == null) {
                all.addAll(standby ? unwritable() : inside(database));
            }
        } catch (SQLException e) {
            found.error(
                    database.display(),
                    ServerErrors.explain(e, "examining existing rows", database).explanation(),
                    null);
        }
        if (config.slot().durable() && checkpoint != null) {
            all.addAll(outside(checkpoint));
        }
        all.addAll(found.sorted());
        return all;
    }

    private static List<Finding> unwritable() {
        return List.of(new Finding(
                Severity.WARNING,
                "The server is a standby, where the progress of a durable slot cannot be written. Existing rows are read only"
                        + " with a JdbcCheckpoint, whose database has walwire_backfill. Otherwise use a temporary slot,"
                        + " or stream from the primary.",
                "walwire.backfill",
                null));
    }

    private static List<Finding> inside(Database database) throws SQLException {
        try (Connection connection = database.openOnRolesPath()) {
            connection.setAutoCommit(false);
            return progress(connection, "");
        }
    }

    private static List<Finding> outside(Place checkpoint) {
        String why;
        try {
            return checkpoint.ask(connection -> progress(connection, " in the database of the checkpoint"));
        } catch (SQLException e) {
            why = ServerErrors.said(e);
        } catch (WalwireException e) {
            why = e.explanation();
        }
        return List.of(new Finding(
                Severity.ERROR,
                "The database of the checkpoint, which keeps the progress of reading existing rows, cannot be asked: "
                        + why,
                WHERE,
                null));
    }

    private static List<Finding> progress(Connection connection, String where) throws SQLException {
        Findings found = new Findings();
        if (connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
            ofPostgres(connection, where, found);
        } else {
            ofAnotherProduct(connection, where, found);
        }
        return found.sorted();
    }

    private static void ofPostgres(Connection connection, String where, Findings found) throws SQLException {
        Optional<TableAudit> audit = TableAudit.of(connection, PROGRESS);
        Questions ask = new Questions(connection);
        String role =
                SqlIdentifiers.quote(ask.row("SELECT CURRENT_USER AS role").text("role"));
        if (audit.isEmpty()) {
            found.error(
                    WHERE,
                    "There is no such table" + where
                            + ", and the progress of reading existing rows is kept in it. Create it: psql -f"
                            + " sql/backfill.sql. Role " + role + " needs SELECT, INSERT, UPDATE and DELETE on it."
                            + (where.isEmpty()
                                    ? " Where an application has a JdbcCheckpoint, the table is in the database of that: let the"
                                            + " application call check()."
                                    : ""),
                    null);
            return;
        }
        String table = audit.get().table();
        String problem = audit.get().problem();
        if (problem != null) {
            found.error(WHERE, problem, null);
        }
        List<String> lacking = names(ask, LACKING, table);
        if (lacking.equals(List.of(LAST_ADDED))) {
            found.error(
                    WHERE,
                    "An earlier version of sql/backfill.sql has created it" + where + ": it lacks " + LAST_ADDED
                            + ". No instance can use it.",
                    "ALTER TABLE " + table + " ADD COLUMN " + LAST_ADDED + " varchar(32);");
        } else if (!lacking.isEmpty()) {
            found.error(
                    WHERE,
                    "An earlier version of sql/backfill.sql has created it" + where + ": it lacks "
                            + String.join(", ", lacking)
                            + ". While no instance uses it, drop it, and create it: psql -f sql/backfill.sql. Tables that"
                            + " were read are read again.",
                    null);
        }
        List<String> missing = names(ask, RIGHTS, table);
        if (!missing.isEmpty()) {
            String rights = String.join(", ", missing);
            found.error(
                    WHERE,
                    "Role " + role + " has not the rights to keep the progress of reading existing rows in it" + where
                            + ": " + rights + ".",
                    "GRANT " + rights + " ON " + table + " TO " + role + ";");
        }
    }

    private static List<String> names(Questions ask, String sql, String table) throws SQLException {
        return ask.rows(sql, table).stream().map(row -> row.text("name")).toList();
    }

    /** Products have no common catalog, so it is read as an instance reads it. */
    private static void ofAnotherProduct(Connection connection, String where, Findings found) {
        try (Statement statement = connection.createStatement()) {
            statement
                    .executeQuery("SELECT " + ADDED + " FROM " + PROGRESS + " WHERE 1 = 0")
                    .close();
        } catch (SQLException e) {
            found.error(
                    WHERE,
                    "It cannot be read" + where
                            + ", or is of an earlier version of sql/backfill.sql, and the progress of reading"
                            + " existing rows is kept in it: " + ServerErrors.said(e)
                            + " Create it with sql/backfill.sql.",
                    null);
        }
    }

    /** The sessions of other roles show this only to members of pg_read_all_stats. */
    private void writers(Questions ask) throws SQLException {
        for (Questions.Answer writer : ask.rows(WRITERS)) {
            found.warning(
                    "session " + writer.text("pid"),
                    "Its transaction has written, and is open for " + writer.number("seconds") + " seconds (role "
                            + SqlIdentifiers.quote(writer.text("role")) + ", " + writer.text("state")
                            + "). Reading of existing rows begins when it has ended. Find out what it does.",
                    null);
        }
    }

    /** Snapshots have them as running until they are committed or rolled back. */
    private void prepared(Questions ask) throws SQLException {
        for (Questions.Answer prepared : ask.rows(PREPARED)) {
            found.warning(
                    "prepared transaction " + SqlIdentifiers.quote(prepared.text("gid")),
                    "It was prepared " + prepared.number("seconds") + " seconds ago (role "
                            + SqlIdentifiers.quote(prepared.text("role")) + ", database "
                            + SqlIdentifiers.quote(prepared.text("database"))
                            + "). Reading of existing rows begins when it is committed or rolled back. Find out whose it is.",
                    null);
        }
    }
}
