package io.walwire.internal.connection.publication;

import io.walwire.internal.connection.catalog.OwnedTables;
import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The tables that patterns take in and a managed publication lacks. Anybody can create such a table, so that one which cannot be
 * published is no reason to stop: it is left out, with a warning.
 *
 * @param added tables that the role can add without harm
 * @param notOwned tables that it does not own
 * @param refused tables whose updates or deletes the server would then refuse
 */
public record PatternTables(Set<TableName> added, Set<TableName> notOwned, List<RefusedChanges> refused) {
    private static final PatternTables NONE = new PatternTables(Set.of(), Set.of(), List.of());

    /**
     * The tables of today that patterns with a wildcard mean; of a partitioned one the root.
     *
     * @param connection a plain connection
     * @param patterns the subscriptions
     * @param every whether the publication gets what {@code *} means, too
     * @return tables that a publication could have
     * @throws SQLException if the catalog cannot be read
     */
    public static Set<TableName> of(Connection connection, List<TablePattern> patterns, boolean every)
            throws SQLException {
        Set<TableName> tables = new LinkedHashSet<>();
        for (TablePattern pattern : patterns) {
            String schema = pattern.schema();
            if (pattern.tableName().isEmpty() && (schema != null || every)) {
                Collection<TableName> all = schema == null
                        ? Publishable.without(connection, List.of())
                        : Publications.tablesOf(connection, schema);
                all.stream()
                        .filter(each -> pattern.matches(each.schema(), each.table()))
                        .forEach(tables::add);
            }
        }
        return tables;
    }

    /**
     * What a start would do about a publication, which it may have to create.
     *
     * @param connection a plain connection
     * @param publication raw name
     * @param patterns the subscriptions
     * @param named tables that are wanted by their names
     * @param published the tables that are published
     * @return nothing for a publication that is not altered
     * @throws SQLException if the catalog cannot be read
     */
    public static PatternTables atStart(
            Connection connection,
            String publication,
            List<TablePattern> patterns,
            Set<TableName> named,
            Set<TableName> published)
            throws SQLException {
        boolean exists = Publications.all(connection).contains(publication);
        if (exists && !Publications.isTableList(connection, publication)) {
            return NONE;
        }
        boolean every = exists
                ? PublicationComment.read(connection, publication).isOfEveryTable()
                : patterns.contains(TablePattern.ALL);
        Set<TableName> tables = of(connection, patterns, every);
        tables.removeAll(named);
        return missing(connection, publication, tables, published);
    }

    /**
     * Of the given tables, those that a publication lacks.
     *
     * @param connection a plain connection
     * @param publication raw name
     * @param tables that it should have
     * @param published the tables that are published
     * @return what can be added, and what is left out
     * @throws SQLException if the catalog cannot be read
     */
    static PatternTables missing(
            Connection connection, String publication, Set<TableName> tables, Set<TableName> published)
            throws SQLException {
        Set<TableName> added = new LinkedHashSet<>(tables);
        added.removeAll(published);
        added.removeAll(Partitions.members(connection, publication, added));
        Set<TableName> notOwned = OwnedTables.notOwned(connection, added);
        added.removeAll(notOwned);
        List<RefusedChanges> refused =
                added.isEmpty() ? List.of() : RefusedChanges.ifAdded(connection, publication, added);
        if (!refused.isEmpty()) {
            added.retainAll(Publishable.without(connection, refused));
        }
        return new PatternTables(added, notOwned, refused);
    }

    /**
     * For people: which tables are left out, why, and what to do.
     *
     * @param publication raw name
     * @return a text for each reason
     */
    public List<String> leftOut(String publication) {
        List<String> texts = new ArrayList<>();
        if (!notOwned.isEmpty()) {
            texts.add("These tables are left out, and their changes do not come, because this role does not own them: "
                    + ShortList.of(notOwned) + ". As a superuser run: ALTER PUBLICATION "
                    + SqlIdentifiers.quote(publication)
                    + " ADD TABLE ...; or subscribe to tables by their names.");
        }
        if (!refused.isEmpty()) {
            texts.add("These tables are left out, and their changes do not come, because PostgreSQL would refuse their"
                    + " updates and deletes if they were published: " + RefusedChanges.named(refused)
                    + ". Give each a primary key that is not deferrable, and start again.");
        }
        return texts;
    }
}
