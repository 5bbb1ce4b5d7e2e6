package io.walwire.internal.connection.catalog;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A table as the catalog has it.
 *
 * @param exists whether there is such a table; if not, the rest is empty but for the publications
 * @param isPublished whether it is in one of the publications, or has the triggers that capture its changes
 * @param publications the publications that are read; none where changes come by triggers
 * @param published the tables of the publications, or those that have the triggers, where this one does not exist
 * @param columns the published columns, in the table's order
 * @param unpublished the other columns
 * @param key the columns that identify rows in events: the replica identity's, or the primary key's; empty if none
 * @param identity the columns whose old values an update or delete sends
 * @param sendsWholeOldRows whether the replica identity is FULL, of a partitioned table that of each partition, too
 */
public record TableShape(
        boolean exists,
        boolean isPublished,
        List<String> publications,
        List<String> published,
        Map<String, ShapeColumn> columns,
        Set<String> unpublished,
        List<String> key,
        Set<String> identity,
        boolean sendsWholeOldRows) {
    /**
     * A column.
     *
     * @param type the type's name; an array is {@code element[]}
     * @param baseType the type's OID, of a domain that of its base type
     */
    public record ShapeColumn(String type, long baseType) {}
}
