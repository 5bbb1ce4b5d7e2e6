package io.walwire.internal.connection.server;

import io.walwire.internal.log.Logs;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;

/** Who holds the lock that a statement waited for in vain, without what they run: a query may show values. */
public final class LockHolders {
    private static final Logger LOG = Logs.of(LockHolders.class);

    private static final int MAX_NAMED = 3;

    private static final String HOLDER = """
            SELECT DISTINCT l.pid, l.mode, coalesce(a.usename, ''),
                   coalesce(pg_catalog.to_char(a.query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || 'Z', '')
            FROM pg_catalog.pg_locks l
            LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
            WHERE l.granted AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
              AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
            """;

    private static final String OF_TABLE = HOLDER + """
              AND l.locktype = 'relation' AND l.mode <> ALL (?)
              AND l.relation IN (SELECT c.oid
                                 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                                 WHERE n.nspname = ? AND c.relname = ?)""";

    private static final String ADVISORY = HOLDER + """
              AND l.locktype = 'advisory' AND l.objsubid = 1
              AND l.objid::pg_catalog.int8 = (pg_catalog.hashtext(?)::pg_catalog.int8 & 4294967295)""";

    /** Which locks do not hold a statement up. */
    public enum Harmless {
        /** Locks of a session that reads or writes rows. */
        OF_WRITERS,

        /** Locks of a session that only reads. */
        OF_READERS,

        /** No lock is harmless. */
        NONE;

        private List<String> modes() {
            return switch (this) {
                case OF_WRITERS -> List.of("AccessShareLock", "RowShareLock", "RowExclusiveLock");
                case OF_READERS -> List.of("AccessShareLock", "RowShareLock");
                case NONE -> List.of();
            };
        }
    }

    private LockHolders() {}

    /**
     * Names the holders of locks on tables, if that is what a failure is about.
     *
     * @param e what failed
     * @param connection to ask on, without a transaction
     * @param tables that were to be locked
     * @param harmless locks that are not named
     * @return the failure, or one that names the holders too
     */
    public static SQLException named(
            SQLException e, Connection connection, Collection<TableName> tables, Harmless harmless) {
        if (!ServerErrors.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
            return e;
        }
        List<String> found = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(OF_TABLE)) {
            for (TableName table : tables) {
                query.setArray(
                        1, connection.createArrayOf("text", harmless.modes().toArray()));
                query.setString(2, table.schema());
                query.setString(3, table.table());
                read(query).forEach(holder -> found.add("table " + table + " is locked by " + holder));
            }
        } catch (SQLException asked) {
            LOG.debug("Who holds the lock could not be asked for", asked);
        }
        return with(e, found);
    }

    /** The same of an advisory lock whose key is a text's hash. */
    public static SQLException named(SQLException e, Connection connection, String what, String key) {
        if (!ServerErrors.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
            return e;
        }
        List<String> found = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(ADVISORY)) {
            query.setString(1, key);
            read(query).forEach(holder -> found.add(what + " is locked by " + holder));
        } catch (SQLException asked) {
            LOG.debug("Who holds the lock could not be asked for", asked);
        }
        return with(e, found);
    }

    private static List<String> read(PreparedStatement query) throws SQLException {
        List<String> holders = new ArrayList<>();
        try (ResultSet row = query.executeQuery()) {
            while (row.next()) {
                int pid = row.getInt(1);
                String process = row.wasNull() ? "a prepared transaction" : "PID " + pid;
                String role = row.getString(3);
                String since = row.getString(4);
                holders.add(process + " (" + (role.isEmpty() ? "" : "role " + role + ", ") + row.getString(2)
                        + (since.isEmpty() ? "" : ", last query began at " + since) + ")");
            }
        }
        return holders;
    }

    private static SQLException with(SQLException e, List<String> found) {
        if (found.isEmpty()) {
            return e;
        }
        String more = found.size() > MAX_NAMED ? ", and " + (found.size() - MAX_NAMED) + " more" : "";
        String named = String.join("; ", found.subList(0, Math.min(found.size(), MAX_NAMED)));
        return new SQLException(ServerErrors.line(e) + " " + capitalized(named) + more + ".", e.getSQLState(), e);
    }

    private static String capitalized(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
