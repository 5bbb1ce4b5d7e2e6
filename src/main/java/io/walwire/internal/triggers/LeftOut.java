package io.walwire.internal.triggers;

import io.walwire.internal.connection.OwnedTables;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/**
 * Tables that only a pattern takes in, and to which this role cannot give triggers. Anybody can create such a table, so that it
 * is no reason to stop.
 *
 * @param foreign those with a trigger of the same name that is not Walwire's
 * @param notOwned those that belong to another role
 * @param others the tables that remain
 */
record LeftOut(Set<TableName> foreign, Set<TableName> notOwned, List<TableTriggers> others) {
    private static final Logger LOG = Logs.of(LeftOut.class);
    private static final int MOST_NAMED = 10;

    /**
     * Looks at tables.
     *
     * @param connection a plain connection
     * @param wanted tables that are to have triggers
     * @param named whether somebody names a table
     * @param always how their triggers fire
     * @throws SQLException if the catalog cannot be read
     */
    static LeftOut of(Connection connection, List<TableTriggers> wanted, Predicate<TableName> named, boolean always)
            throws SQLException {
        Set<TableName> foreign = new LinkedHashSet<>();
        Set<TableName> altered = new LinkedHashSet<>();
        for (TableTriggers each : wanted) {
            if (named.test(each.table())) {
                continue;
            }
            if (each.isForeign()) {
                foreign.add(each.table());
            } else if (!each.works() || each.always() != always) {
                altered.add(each.table());
            }
        }
        Set<TableName> notOwned = altered.isEmpty() ? Set.of() : OwnedTables.notOwned(connection, altered);
        List<TableTriggers> others = wanted.stream()
                .filter(each -> !foreign.contains(each.table()) && !notOwned.contains(each.table()))
                .toList();
        return new LeftOut(foreign, notOwned, others);
    }

    /** Whether a table is wanted by its own name, and not only by a pattern. */
    static boolean isNamed(TableName table, List<TablePattern> patterns, Collection<TableName> named) {
        return named.contains(table)
                || patterns.stream()
                        .anyMatch(pattern ->
                                pattern.tableName().filter(table::equals).isPresent());
    }

    /** Says which they are, and why. */
    void warn(OutboxNames names) {
        if (!foreign.isEmpty()) {
            LOG.warn(
                    "Without triggers, so that their changes do not come, because they have a trigger {} that no comment marks"
                            + " as Walwire's: {}. Drop that trigger, or leave the tables out of walwire.subscriptions.",
                    SqlIdentifiers.quote(names.rowTrigger()),
                    named(foreign));
        }
        if (!notOwned.isEmpty()) {
            LOG.warn(
                    "Not all of Walwire's triggers are on these tables as they should be, so that changes of them may not come,"
                            + " and this role does not own them: {}. Run bin/walwire triggers install as their owner, or leave"
                            + " them out of walwire.subscriptions.",
                    named(notOwned));
        }
    }

    private static String named(Set<TableName> tables) {
        String some = tables.stream().limit(MOST_NAMED).map(TableName::toString).collect(Collectors.joining(", "));
        return tables.size() > MOST_NAMED ? some + " and " + (tables.size() - MOST_NAMED) + " more" : some;
    }
}
