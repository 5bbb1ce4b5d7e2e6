package io.walwire.internal.connection.catalog;

import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Tables that inherit from a table which somebody names. A query of the parent shows their rows, but PostgreSQL sends their changes
 * under their own names, and Walwire never as the parent's.
 *
 * @param parent the table that is named
 * @param children those of which nobody hears
 * @param unpublished those of them whose changes do not come at all, since no publication has them
 */
public record Inheritance(TableName parent, List<TableName> children, List<TableName> unpublished) {

    private static final String CHILDREN = """
            WITH RECURSIVE below (top, oid) AS (
              SELECT c.oid, c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname || '.' || c.relname = ANY (?) AND c.relkind = 'r' AND c.relhassubclass
              UNION
              SELECT b.top, i.inhrelid FROM below b JOIN pg_catalog.pg_inherits i ON i.inhparent = b.oid)
            SELECT pn.nspname, p.relname, cn.nspname, c.relname
            FROM below b
            JOIN pg_catalog.pg_class p ON p.oid = b.top JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
            JOIN pg_catalog.pg_class c ON c.oid = b.oid JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
            WHERE b.top <> b.oid AND c.relkind = 'r' AND c.relpersistence = 'p'
            ORDER BY 1, 2, 3, 4""";

    /**
     * What is not heard although it may seem to be.
     *
     * @param connection a plain connection
     * @param patterns the subscriptions
     * @param handled tables that handlers name
     * @param published whether a table's changes are sent
     * @return each such parent
     * @throws SQLException if the catalog cannot be read
     */
    public static List<Inheritance> unheard(
            Connection connection,
            List<TablePattern> patterns,
            Collection<TableName> handled,
            Predicate<TableName> published)
            throws SQLException {
        Set<TableName> named = TablePattern.named(patterns, handled);
        Map<TableName, List<TableName>> unheard = new LinkedHashMap<>();
        children(connection, named).forEach((parent, children) -> {
            List<TableName> missed = new ArrayList<>(children);
            missed.removeIf(child -> published.test(child)
                    && patterns.stream().anyMatch(pattern -> pattern.matches(child.schema(), child.table()))
                    && (handled.contains(child) || !handled.contains(parent)));
            if (!missed.isEmpty()) {
                unheard.put(parent, missed);
            }
        });
        return unheard.entrySet().stream()
                .map(each -> new Inheritance(
                        each.getKey(),
                        each.getValue(),
                        each.getValue().stream().filter(published.negate()).toList()))
                .toList();
    }

    private static Map<TableName, List<TableName>> children(Connection connection, Set<TableName> named)
            throws SQLException {
        Map<TableName, List<TableName>> children = new LinkedHashMap<>();
        if (named.isEmpty()) {
            return children;
        }
        Object[] names = named.stream()
                .map(table -> table.schema() + "." + table.table())
                .toArray();
        try (PreparedStatement statement = connection.prepareStatement(CHILDREN)) {
            statement.setArray(1, connection.createArrayOf("text", names));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    TableName parent = new TableName(rows.getString(1), rows.getString(2));
                    if (named.contains(parent)) {
                        children.computeIfAbsent(parent, each -> new ArrayList<>())
                                .add(new TableName(rows.getString(3), rows.getString(4)));
                    }
                }
            }
        }
        return children;
    }

    /** A sentence for messages, without the parent's name at its beginning. */
    public String sentence() {
        return sentence("publish");
    }

    /**
     * A sentence for messages, without the parent's name at its beginning.
     *
     * @param prepare what is done first to tables whose changes do not come at all, as a verb
     */
    public String sentence(String prepare) {
        return "Rows of " + ShortList.of(children)
                + ", which inherit from it, are changes of those tables and not of this one. To get them, "
                + (unpublished.isEmpty() ? "" : prepare + " those tables, ")
                + "subscribe to them and handle them by their own names.";
    }
}
