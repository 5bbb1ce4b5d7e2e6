package io.walwire.internal.connection;

import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table of which PostgreSQL does not send whole old rows. REPLICA IDENTITY FULL would change that; but under it PostgreSQL
 * refuses updates of a table of which a publication leaves out columns.
 *
 * @param table the table
 * @param refused what PostgreSQL would refuse then; null if nothing
 */
public record PartialIdentity(TableName table, @Nullable RefusedChanges refused) {
    private static final String WITHOUT_FULL = """
            SELECT n.nspname, c.relname
            FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) WITH ORDINALITY w (schema, name, place)
            JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
            JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
            WHERE c.relkind IN ('r', 'p') AND c.relreplident <> 'f'
            ORDER BY w.place""";

    /**
     * Those of some tables whose replica identity is not FULL.
     *
     * @param connection a plain connection
     * @param tables tables whose old values somebody reads
     * @return those whose old values mostly are not sent
     * @throws SQLException if the catalog cannot be read
     */
    public static List<PartialIdentity> of(Connection connection, Collection<TableName> tables) throws SQLException {
        List<TableName> without = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(WITHOUT_FULL)) {
            TableArrays.set(query, 1, tables);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    without.add(new TableName(rows.getString(1), rows.getString(2)));
                }
            }
        }
        List<RefusedChanges> refused =
                without.isEmpty() ? List.of() : RefusedChanges.after(connection, Alteration.full(without));
        return without.stream()
                .map(table -> new PartialIdentity(
                        table,
                        refused.stream()
                                .filter(each -> each.table().equals(table))
                                .findFirst()
                                .orElse(null)))
                .toList();
    }

    /** What to run so that whole old rows are sent; null if PostgreSQL would then refuse updates or deletes. */
    public @Nullable String sql() {
        return refused == null ? PublicationSql.full(table) : null;
    }

    /**
     * For people: what to run, or why nothing is said to be run.
     *
     * @param purpose what it is good for, such as {@code "To have them"}
     * @return a sentence that ends with the SQL, if there is any
     */
    public String advice(String purpose) {
        return refused == null
                ? purpose + ", run: " + sql()
                : "REPLICA IDENTITY FULL is no help: PostgreSQL would then refuse its updates or deletes, to everybody, because "
                        + refused.why() + ".";
    }
}
