package io.walwire.internal.source;

import io.walwire.internal.text.TableName;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The tables that handlers name.
 *
 * @param named all of them
 * @param compared those of them whose old values a filter reads
 * @param comparesAll whether a filter reads the old values of every subscribed table
 * @param readsExisting whether one asks for the rows that a table has already; of every table where there are no handlers
 */
public record HandledTables(
        Set<TableName> named, Set<TableName> compared, boolean comparesAll, Predicate<TableName> readsExisting) {
    /** The tables of these handlers, and those of others. */
    public Set<TableName> namedWith(HandledTables others) {
        Set<TableName> all = new LinkedHashSet<>(named);
        all.addAll(others.named());
        return all;
    }
}
