package io.walwire.internal.connection.catalog;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.text.SqlIdentifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who could read what is written to a table that is found by its name alone, or run code with the rights of its writer. Anybody who
 * may create objects in a schema of the search path can make a table of that name first; its owner shows who did.
 *
 * @param table schema and name in quotes, as the session's search path finds it now
 * @param problem what is wrong with it and what to do, in sentences; null if nothing is
 */
public record TableAudit(String table, @Nullable String problem) {
    /**
     * All that is asked on the caller's search path. Operators of other roles are found there, too, and one of them may fit two
     * types better than PostgreSQL's own.
     */
    private static final String FIND = "SELECT pg_catalog.to_regclass(?)::pg_catalog.oid::pg_catalog.int8,"
            + " pg_catalog.current_setting('search_path')";

    private static final String UNDEFINED_TABLE = "42P01";

    private static final String ON_PATH = "SELECT pg_catalog.set_config('search_path', ?, true)";

    private static final String LOOK = RoleTrust.ROLES + """
            , found AS (
              SELECT c.oid, c.relkind, n.nspname, c.relname, c.relowner
              FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE c.oid = CAST(? AS pg_catalog.oid)),
            part (class, oid, what) AS (
              SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, t.oid, 'trigger ' || pg_catalog.quote_ident(t.tgname)
              FROM pg_catalog.pg_trigger t JOIN found f ON f.oid = t.tgrelid WHERE NOT t.tgisinternal
              UNION ALL
              SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, r.oid, 'rule ' || pg_catalog.quote_ident(r.rulename)
              FROM pg_catalog.pg_rewrite r JOIN found f ON f.oid = r.ev_class
              UNION ALL
              SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, y.oid, 'policy ' || pg_catalog.quote_ident(y.polname)
              FROM pg_catalog.pg_policy y JOIN found f ON f.oid = y.polrelid
              UNION ALL
              SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid, 'default or generated column'
              FROM pg_catalog.pg_attrdef d JOIN found f ON f.oid = d.adrelid
              UNION ALL
              SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid,
                     'constraint ' || pg_catalog.quote_ident(k.conname)
              FROM pg_catalog.pg_constraint k JOIN found f ON f.oid = k.conrelid
              UNION ALL
              SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, x.indexrelid, 'index'
              FROM pg_catalog.pg_index x JOIN found f ON f.oid = x.indrelid)
            SELECT pg_catalog.format('%I.%I', f.nspname, f.relname) AS object, o.name AS owner, o.trust <> 'NONE' AS trusted,
                   f.relkind IN ('r', 'p') AS is_table,
                   coalesce((
                    SELECT part.what || ' calls function ' || p.oid::pg_catalog.regprocedure::text || ' of role '
                           || pg_catalog.quote_ident(w.name)
                    FROM part
                    JOIN pg_catalog.pg_depend d ON d.classid = part.class AND d.objid = part.oid
                      AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                    JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid
                    JOIN owners w ON w.oid = p.proowner
                    WHERE w.trust = 'NONE' ORDER BY 1 LIMIT 1), (
                    -- a deleted row cascades to that table, whose triggers then run with the rights of the role that deletes
                    SELECT 'key is referred to by the foreign key ' || pg_catalog.quote_ident(k.conname) || ' of table '
                           || k.conrelid::pg_catalog.regclass::text || ' of role ' || pg_catalog.quote_ident(w.name)
                    FROM pg_catalog.pg_constraint k
                    JOIN pg_catalog.pg_class r ON r.oid = k.conrelid
                    JOIN owners w ON w.oid = r.relowner
                    WHERE k.confrelid = f.oid AND w.trust = 'NONE' ORDER BY 1 LIMIT 1)) AS foreign_code
            FROM found f JOIN owners o ON o.oid = f.relowner""";

    /**
     * Looks at a table.
     *
     * @param connection of the role that writes to it, in a transaction, with the search path that finds the table
     * @param name its name in SQL
     * @return empty if there is none
     * @throws SQLException if the catalog cannot be read
     */
    public static Optional<TableAudit> of(Connection connection, String name) throws SQLException {
        if (connection.getAutoCommit()) {
            throw new IllegalArgumentException("Only in a transaction can the search path be set for the look alone");
        }
        try (PreparedStatement find = connection.prepareStatement(FIND)) {
            find.setString(1, name);
            try (ResultSet row = find.executeQuery()) {
                row.next();
                long oid = row.getLong(1);
                return row.wasNull() ? Optional.empty() : look(connection, oid, row.getString(2));
            }
        }
    }

    private static Optional<TableAudit> look(Connection connection, long oid, String path) throws SQLException {
        onPath(connection, "pg_catalog, pg_temp");
        Optional<TableAudit> found;
        try (PreparedStatement query = connection.prepareStatement(LOOK)) {
            query.setLong(1, oid);
            try (ResultSet row = query.executeQuery()) {
                found = row.next()
                        ? Optional.of(new TableAudit(row.getString("object"), problem(row)))
                        : Optional.empty();
            }
        }
        onPath(connection, path);
        return found;
    }

    private static void onPath(Connection connection, String path) throws SQLException {
        try (PreparedStatement set = connection.prepareStatement(ON_PATH)) {
            set.setString(1, path);
            set.execute();
        }
    }

    /**
     * Makes sure that the checkpoint's table is nobody else's. Its name is all that is known of it, in the user's own database;
     * databases of other products have other ways to find it, and are not looked at.
     *
     * @param connection of the user's database, in a transaction
     * @param name the checkpoint's
     * @param known the table as an earlier look found it; null at the first look
     * @return the table with its schema, in quotes; null if the database is of another product
     * @throws SQLException if the catalog cannot be read, or there is no such table
     * @throws WalwireException if the table is not safe
     */
    public static @Nullable String requireSafeCheckpoint(Connection connection, String name, @Nullable String known)
            throws SQLException {
        if (!connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
            return null;
        }
        String searched = known == null ? "walwire_checkpoint" : known;
        TableAudit audit = of(connection, searched)
                .orElseThrow(() -> new SQLException("There is no table " + searched, UNDEFINED_TABLE));
        if (audit.problem() != null) {
            throw new WalwireException(
                    ErrorCode.CHECKPOINT, "The checkpoint \"" + name + "\" cannot be kept: " + audit.problem());
        }
        return audit.table();
    }

    private static @Nullable String problem(ResultSet row) throws SQLException {
        String table = row.getString("object");
        String owner = SqlIdentifiers.quote(row.getString("owner"));
        if (!row.getBoolean("trusted")) {
            return "Table " + table + " belongs to role " + owner
                    + ", which could read what is written to it and run code with the rights of the current role. It may be"
                    + " forged. Drop it, or let a superuser look at its content and triggers and run: ALTER TABLE "
                    + table
                    + " OWNER TO the current role.";
        }
        if (!row.getBoolean("is_table")) {
            return "Relation " + table + " of role " + owner + " is no table. Drop it, and create the table.";
        }
        String code = row.getString("foreign_code");
        return code == null
                ? null
                : "Table " + table + " of role " + owner + " is not safe: its " + code
                        + ", which could run code with the rights of the current role. Remove it.";
    }
}
