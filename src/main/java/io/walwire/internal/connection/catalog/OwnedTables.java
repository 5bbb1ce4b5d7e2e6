package io.walwire.internal.connection.catalog;

import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/** Which tables a role may alter: publishing a table, or giving it a trigger with a comment, takes its ownership. */
public final class OwnedTables {
    private static final String OTHERS = """
            SELECT n.nspname, c.relname
            FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) w (schema, name)
            JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
            JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
            WHERE NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')
            ORDER BY 1, 2""";

    private static final String UNTRUSTED = RoleTrust.ROLES + """
            SELECT n.nspname, c.relname
            FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) w (schema, name)
            JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
            JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
            JOIN owners o ON o.oid = c.relowner
            WHERE o.trust = 'NONE'
            ORDER BY 1, 2""";

    private OwnedTables() {}

    /**
     * The tables that the current role does not own.
     *
     * @param connection a plain connection
     * @param tables some tables
     * @return those of them that belong to a role whose rights it does not have
     * @throws SQLException if the catalog cannot be read
     */
    public static Set<TableName> notOwned(Connection connection, Collection<TableName> tables) throws SQLException {
        return read(connection, OTHERS, tables);
    }

    /**
     * The tables whose owner the current role has no reason to trust. A superuser may alter these, too.
     *
     * @param connection a plain connection
     * @param tables some tables
     * @return those of them that belong to such a role, as {@link RoleTrust} says
     * @throws SQLException if the catalog cannot be read
     */
    public static Set<TableName> ofOthers(Connection connection, Collection<TableName> tables) throws SQLException {
        return read(connection, UNTRUSTED, tables);
    }

    private static Set<TableName> read(Connection connection, String sql, Collection<TableName> tables)
            throws SQLException {
        Set<TableName> others = new LinkedHashSet<>();
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            TableArrays.set(query, 1, tables);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    others.add(new TableName(rows.getString(1), rows.getString(2)));
                }
            }
        }
        return others;
    }
}
