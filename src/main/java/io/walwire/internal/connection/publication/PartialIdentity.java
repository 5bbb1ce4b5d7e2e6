package io.walwire.internal.connection.publication;

import io.walwire.internal.connection.catalog.TableArrays;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table whose old rows PostgreSQL does not send whole. REPLICA IDENTITY FULL changes that, but then PostgreSQL refuses updates
 * if a publication leaves out columns of the table. Partitioned tables need FULL twice: a partition's identity decides what is
 * logged of its rows, and the root's decides whether the stream marks that as whole rows.
 *
 * @param table the table
 * @param lacking the table itself and its partitions, as far as their identity is not FULL
 * @param refused what PostgreSQL would refuse then; null if nothing
 */
public record PartialIdentity(
        TableName table, List<TableName> lacking, @Nullable RefusedChanges refused) {
    private static final String WITHOUT_FULL = """
            WITH RECURSIVE tree AS (
              SELECT w.place, n.nspname AS schema, c.relname AS name, c.oid, c.relkind, true AS root
              FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) WITH ORDINALITY w (schema, name, place)
              JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
              JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
              UNION ALL
              SELECT t.place, t.schema, t.name, c.oid, c.relkind, false
              FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
              WHERE t.relkind = 'p')
            SELECT t.schema, t.name, n.nspname, c.relname
            FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE (c.relkind = 'r' OR (c.relkind = 'p' AND t.root)) AND c.relreplident <> 'f'
            ORDER BY t.place, t.root DESC, 3, 4""";

    public PartialIdentity {
        lacking = List.copyOf(lacking);
    }

    /**
     * Finds the tables whose replica identity is not FULL. Locks no table.
     *
     * @param connection a plain connection
     * @param tables tables whose old values somebody reads
     * @return the tables whose old values are mostly not sent
     * @throws SQLException if the catalog cannot be read
     */
    public static List<PartialIdentity> of(Connection connection, Collection<TableName> tables) throws SQLException {
        Map<TableName, List<TableName>> without = without(connection, tables);
        Set<TableName> full = new LinkedHashSet<>();
        without.values().forEach(full::addAll);
        List<RefusedChanges> refused =
                full.isEmpty() ? List.of() : RefusedChanges.after(connection, Alteration.full(full));
        List<PartialIdentity> found = new ArrayList<>();
        without.forEach((table, own) -> found.add(new PartialIdentity(
                table,
                own,
                refused.stream()
                        .filter(each -> own.contains(each.table()))
                        .findFirst()
                        .orElse(null))));
        return found;
    }

    /** Whether the server sends whole old rows of a table. */
    static boolean isFull(Connection connection, TableName table) throws SQLException {
        return without(connection, List.of(table)).isEmpty();
    }

    private static Map<TableName, List<TableName>> without(Connection connection, Collection<TableName> tables)
            throws SQLException {
        Map<TableName, List<TableName>> without = new LinkedHashMap<>();
        try (PreparedStatement query = connection.prepareStatement(WITHOUT_FULL)) {
            TableArrays.set(query, 1, tables);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    without.computeIfAbsent(
                                    new TableName(rows.getString(1), rows.getString(2)), table -> new ArrayList<>())
                            .add(new TableName(rows.getString(3), rows.getString(4)));
                }
            }
        }
        return without;
    }

    /** Whether it is the partitions of the table that need another identity. */
    public boolean isOfPartitions() {
        return !lacking.equals(List.of(table));
    }

    /** What to run so that whole old rows are sent; null if PostgreSQL would then refuse updates or deletes. */
    public @Nullable String sql() {
        return refused == null ? PublicationSql.full(lacking) : null;
    }

    /**
     * For people: what to run, or why nothing is said to be run.
     *
     * @param purpose what it is good for, such as {@code "To have them"}
     * @return a sentence that ends with the SQL, if there is any
     */
    public String advice(String purpose) {
        return refused == null
                ? purpose
                        + (isOfPartitions()
                                ? ", give the table and each partition REPLICA IDENTITY FULL, later ones too: "
                                : ", run: ")
                        + sql()
                : "REPLICA IDENTITY FULL is no help: PostgreSQL would then refuse its updates or deletes, to everybody, because "
                        + refused.why() + ".";
    }
}
