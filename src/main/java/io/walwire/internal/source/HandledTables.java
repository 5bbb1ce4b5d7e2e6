package io.walwire.internal.source;

import io.walwire.internal.text.TableName;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The tables that handlers name.
 *
 * @param named all of them
 * @param compared those of them whose old values a filter reads
 * @param comparesAll whether a filter reads the old values of every subscribed table
 */
public record HandledTables(Set<TableName> named, Set<TableName> compared, boolean comparesAll) {
    /** The tables of these handlers, and those of others. */
    public Set<TableName> namedWith(HandledTables others) {
        Set<TableName> all = new LinkedHashSet<>(named);
        all.addAll(others.named());
        return all;
    }
}
