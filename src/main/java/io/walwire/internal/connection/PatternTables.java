package io.walwire.internal.connection;

import io.walwire.internal.log.Logs;
import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;

/**
 * The tables that patterns take in. Anybody can create such a table, so that one which cannot be published is no reason to stop:
 * it is left out, with a warning.
 */
final class PatternTables {
    private static final Logger LOG = Logs.of(PatternTables.class);

    private PatternTables() {}

    /**
     * The tables of today that patterns with a wildcard mean; of a partitioned one the root.
     *
     * @param connection a plain connection
     * @param patterns the subscriptions
     * @param every whether the publication gets what {@code *} means, too
     * @return tables that a publication could have
     * @throws SQLException if the catalog cannot be read
     */
    static Set<TableName> of(Connection connection, List<TablePattern> patterns, boolean every) throws SQLException {
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
     * Those of some tables that this role can add to a publication without harm. Warns of the others.
     *
     * @param connection a plain connection
     * @param publication raw name
     * @param tables that are not in it
     * @return tables to add
     * @throws SQLException if the catalog cannot be read
     */
    static Set<TableName> addable(Connection connection, String publication, Set<TableName> tables)
            throws SQLException {
        Set<TableName> addable = new LinkedHashSet<>(tables);
        Set<TableName> notOwned = OwnedTables.notOwned(connection, tables);
        if (!notOwned.isEmpty()) {
            LOG.warn(
                    "Not published, so that their changes do not come, because this role does not own them: {}. As a superuser"
                            + " run: ALTER PUBLICATION {} ADD TABLE ...; or subscribe to tables by their names.",
                    ShortList.of(notOwned),
                    SqlIdentifiers.quote(publication));
            addable.removeAll(notOwned);
        }
        List<RefusedChanges> refused = addable.isEmpty()
                ? List.of()
                : RefusedChanges.after(connection, Alteration.adding(publication, addable));
        if (!refused.isEmpty()) {
            LOG.warn(
                    "Not published, so that their changes do not come, because PostgreSQL would then refuse their updates and"
                            + " deletes: {}. Give each a primary key that is not deferrable, and start again.",
                    RefusedChanges.named(refused));
            addable.retainAll(Publishable.without(connection, refused));
        }
        return addable;
    }
}
