package io.walwire.cli;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The runs in the table {@code walwire_backfill}, as another process than the one that reads sees and steers them. It needs SELECT on
 * the table, UPDATE of the column {@code wanted}, and INSERT to ask for runs.
 */
final class BackfillRows {
    /**
     * Any role may own a table of this name. Reading and writing it must not run code of another role. Types of its owner may
     * have casts, and constraints, indexes and generated columns may call functions.
     */
    private static final String FIND = """
            SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
                   c.relkind OPERATOR(pg_catalog.=) 'r' AND NOT c.relrowsecurity AND NOT c.relhasrules AND NOT c.relhassubclass AND NOT EXISTS (
                     SELECT FROM pg_catalog.pg_trigger t
                     WHERE t.tgrelid OPERATOR(pg_catalog.=) c.oid AND NOT t.tgisinternal) AND NOT EXISTS (
                     SELECT FROM pg_catalog.pg_constraint k
                     WHERE k.conrelid OPERATOR(pg_catalog.=) c.oid AND k.contype OPERATOR(pg_catalog.=) 'c') AND NOT EXISTS (
                     SELECT FROM pg_catalog.pg_index x
                     WHERE x.indrelid OPERATOR(pg_catalog.=) c.oid AND (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL))
                     AND NOT EXISTS (
                     SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) a.atttypid
                     WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
                       AND (a.attgenerated OPERATOR(pg_catalog.<>) '' OR y.typnamespace OPERATOR(pg_catalog.<>)
                            (SELECT s.oid FROM pg_catalog.pg_namespace s WHERE s.nspname OPERATOR(pg_catalog.=) 'pg_catalog')))
                   AS plain
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
            WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass('walwire_backfill')::pg_catalog.oid""";

    private static final String RUNS = """
            SELECT r.system_id, r.slot, r.run, r.table_name, r.condition_sql, r.handlers, r.wanted, r.state, r.problem,
                   r.updated_at::pg_catalog.text AS updated_at,
                   coalesce(l.rows_read, 0) AS rows_read, coalesce(l.bytes_read, 0) AS bytes_read,
                   coalesce(l.bytes_total, 0) AS bytes_total
            FROM {table} r
            LEFT JOIN (SELECT p.system_id, p.slot, p.run, pg_catalog.sum(p.rows_read)::pg_catalog.int8 AS rows_read,
                              pg_catalog.sum(p.bytes_read)::pg_catalog.int8 AS bytes_read,
                              pg_catalog.sum(p.bytes_total)::pg_catalog.int8 AS bytes_total
                       FROM {table} p WHERE p.leaf OPERATOR(pg_catalog.<>) 0 GROUP BY 1, 2, 3) l
              ON l.system_id::pg_catalog.text OPERATOR(pg_catalog.=) r.system_id::pg_catalog.text
                 AND l.slot::pg_catalog.text OPERATOR(pg_catalog.=) r.slot::pg_catalog.text
                 AND l.run::pg_catalog.text OPERATOR(pg_catalog.=) r.run::pg_catalog.text
            WHERE r.leaf OPERATOR(pg_catalog.=) 0 ORDER BY r.system_id, r.slot, r.run""";

    private static final String ADD = """
            INSERT INTO {table} (system_id, slot, run, leaf, table_name, condition_sql, handlers, wanted, state, timeline, done_to,
                                 file_node, rows_read, bytes_read, bytes_total, updated_at)
            VALUES (?, ?, ?, 0, ?, ?, ?, 'running', 'requested', 0, '0/0', 0, 0, 0, 0, pg_catalog.now())""";

    private static final String WANT = """
            UPDATE {table} SET wanted = ?
            WHERE system_id::pg_catalog.text OPERATOR(pg_catalog.=) ? AND slot::pg_catalog.text OPERATOR(pg_catalog.=) ? AND run::pg_catalog.text OPERATOR(pg_catalog.=) ?
              AND leaf OPERATOR(pg_catalog.=) 0""";

    private final Connection connection;
    private final String table;

    /**
     * A run.
     *
     * @param systemId the identifier of the server that has the slot
     * @param table with its schema
     * @param where the condition; null for all rows
     * @param handlers a JSON array of names; null for all
     * @param wanted running, paused or cancelled
     * @param problem why it failed, or null
     * @param updatedAt by the database's clock
     * @param totalBytes the size of what was begun, on disk
     * @param active whether an instance streams from the slot; null if that cannot be seen
     */
    record Run(
            String systemId,
            String slot,
            String id,
            String table,
            @Nullable String where,
            @Nullable String handlers,
            String wanted,
            String state,
            @Nullable String problem,
            String updatedAt,
            long rows,
            long bytes,
            long totalBytes,
            @Nullable Boolean active) {
        /** Whether it has neither been read to the end nor been given up. */
        boolean goesOn() {
            return state.equals("running") || state.equals("requested");
        }

        /** What a person calls its state. */
        String shownState() {
            if (!goesOn()) {
                return state;
            }
            return wanted.equals("running") ? isIdle() ? "waits for the slot" : state : wanted;
        }

        /** Whether no instance streams from the slot. */
        boolean isIdle() {
            return Boolean.FALSE.equals(active);
        }
    }

    private BackfillRows(Connection connection, String table) {
        this.connection = connection;
        this.table = table;
    }

    /** The table, found by the role's search path. */
    static BackfillRows find(Connection onRolesPath) throws SQLException {
        try (PreparedStatement query = onRolesPath.prepareStatement(FIND);
                ResultSet row = query.executeQuery()) {
            if (!row.next()) {
                throw new WalwireException(
                        ErrorCode.CHECKPOINT,
                        "There is no table walwire_backfill on the role's search path.",
                        "The role that streams creates it with sql/backfill.sql. Another role needs: GRANT SELECT, UPDATE (wanted) ON"
                                + " walwire_backfill TO …; Where the instance has a JdbcCheckpoint in another database, the table is"
                                + " there: name that database with --progress-url.");
            }
            String name = row.getString(1);
            if (!row.getBoolean(2)) {
                throw new WalwireException(
                        ErrorCode.CHECKPOINT,
                        "Table " + name
                                + " is not safe to use: it is no plain table as in sql/backfill.sql. Triggers, rules, row"
                                + " security, partitions, constraints, indexes or types of its owner could run code with the"
                                + " rights of the current role.");
            }
            return new BackfillRows(onRolesPath, name);
        }
    }

    /** Fails on a standby, whose tables cannot be written. */
    void requirePrimary() throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT pg_catalog.pg_is_in_recovery()");
                ResultSet row = query.executeQuery()) {
            if (row.next() && row.getBoolean(1)) {
                throw new WalwireException(
                        ErrorCode.SERVER,
                        "The server is a standby, whose walwire_backfill cannot be written.",
                        "Name the primary with --url, and a slot of the primary. If a JdbcCheckpoint keeps the table in another"
                                + " database, name that with --progress-url.");
            }
        }
    }

    /** All runs, or those of one slot. */
    List<Run> runs(@Nullable String slot, BackfillSlots slots) throws SQLException {
        List<Run> runs = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(RUNS.replace("{table}", table));
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                if (slot == null || slot.equals(row.getString("slot"))) {
                    runs.add(run(row, slots.isActive(row.getString("system_id"), row.getString("slot"))));
                }
            }
        }
        return runs;
    }

    private static Run run(ResultSet row, @Nullable Boolean active) throws SQLException {
        return new Run(
                row.getString("system_id"),
                row.getString("slot"),
                row.getString("run"),
                row.getString("table_name"),
                row.getString("condition_sql"),
                row.getString("handlers"),
                row.getString("wanted"),
                row.getString("state"),
                row.getString("problem"),
                row.getString("updated_at"),
                row.getLong("rows_read"),
                row.getLong("bytes_read"),
                row.getLong("bytes_total"),
                active);
    }

    /**
     * A run that is asked for.
     *
     * @param where which rows, as an SQL condition; null for all
     * @param handlers a JSON array of names; null for all
     */
    record Request(
            String systemId,
            String slot,
            String run,
            String table,
            @Nullable String where,
            @Nullable String handlers) {}

    /** Asks for runs, for all or for none; the instance that streams from the slot takes them up. */
    void add(List<Request> requests) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement insert = connection.prepareStatement(ADD.replace("{table}", table))) {
            for (Request request : requests) {
                insert.setString(1, request.systemId());
                insert.setString(2, request.slot());
                insert.setString(3, request.run());
                insert.setString(4, request.table());
                insert.setString(5, request.where());
                insert.setString(6, request.handlers());
                insert.executeUpdate();
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    /** Says what is wanted of a run; the instance that streams from its slot takes it up. False if its row is gone. */
    boolean want(Run run, String wanted) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(WANT.replace("{table}", table))) {
            update.setString(1, wanted);
            update.setString(2, run.systemId());
            update.setString(3, run.slot());
            update.setString(4, run.id());
            return update.executeUpdate() > 0;
        }
    }
}
