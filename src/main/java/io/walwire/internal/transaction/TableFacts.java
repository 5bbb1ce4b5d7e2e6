package io.walwire.internal.transaction;

import io.walwire.internal.codec.PgType;
import java.util.List;
import java.util.Map;

/**
 * What pgoutput does not send of a table and the catalog knows.
 *
 * @param types type OID to type; one that the catalog no longer has is absent
 * @param primaryKey the primary key's columns in its order; empty without one, and where the replica identity's columns are
 *     the key
 * @param fullOfPartialRows whether it is a partitioned table under REPLICA IDENTITY FULL with a partition that is not:
 *     pgoutput then sends that partition's keys as if they were whole rows, the other columns as NULL
 */
public record TableFacts(Map<Integer, PgType> types, List<String> primaryKey, boolean fullOfPartialRows) {}
