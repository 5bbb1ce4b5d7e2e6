package io.walwire.internal.transaction;

import io.walwire.internal.codec.PgType;
import java.util.List;
import java.util.Map;

/**
 * What pgoutput does not send of a table and the catalog knows.
 *
 * @param types type OID to type; one that the catalog no longer has is absent
 * @param primaryKey the primary key's columns in its order, or under REPLICA IDENTITY USING INDEX that index's; empty
 *     without one. Where the stream tells them, they only tell whether it told all
 * @param fullOfPartialRows whether it is a partitioned table under REPLICA IDENTITY FULL with a partition that is not:
 *     pgoutput then sends that partition's keys as if they were whole rows, the other columns as NULL
 */
public record TableFacts(Map<Integer, PgType> types, List<String> primaryKey, boolean fullOfPartialRows) {}
