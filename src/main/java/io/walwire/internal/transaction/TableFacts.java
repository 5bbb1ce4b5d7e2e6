package io.walwire.internal.transaction;

import io.walwire.internal.codec.PgType;
import java.util.List;
import java.util.Map;

/**
 * What pgoutput does not send of a table and the catalog knows.
 *
 * @param types type OID to type; one that the catalog no longer has is absent
 * @param primaryKey the primary key's columns in its order, or under REPLICA IDENTITY USING INDEX that index's; empty
 *     without one. Where the stream sends them, they only show whether it sent all
 * @param fullOfPartialRows whether it is a partitioned table under REPLICA IDENTITY FULL with a partition that is not:
 *     pgoutput then sends that partition's keys as if they were whole rows, the other columns as NULL
 * @param mayBePartitioned whether it is a partitioned table, or not known not to be one. A table never becomes one or ceases to
 *     be one, so that the catalog of a later time shows it too
 */
public record TableFacts(
        Map<Integer, PgType> types, List<String> primaryKey, boolean fullOfPartialRows, boolean mayBePartitioned) {
    /** The same of a source whose rows are whole, whatever the replica identities of the table and its partitions. */
    public TableFacts ofWholeRows() {
        return new TableFacts(types, primaryKey, false, false);
    }
}
