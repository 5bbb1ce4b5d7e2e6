package io.walwire.internal.connection.catalog;

import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.connection.server.TransactionAge;
import io.walwire.internal.log.Logs;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.transaction.TableFacts;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What the catalog knows of tables and types, read by OID when a table is first seen in a stream. Not thread-safe; one thread
 * uses it at a time.
 */
public final class Catalog {
    private static final Logger LOG = Logs.of(Catalog.class);

    /**
     * If the stream flags the key columns, the columns read here only show whether all of the key was sent. A key that is
     * younger than the change is not the key that the change has. The partitions are not read by pg_partition_tree, which waits for locks that a prepared
     * transaction may hold for long.
     */
    private static final String FACTS =
            """
            SELECT pg_catalog.pg_current_snapshot()::pg_catalog.text AS snapshot,
                   ARRAY(SELECT a.attname::pg_catalog.text
                         FROM pg_catalog.pg_index i
                         CROSS JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
                         JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                         WHERE i.indrelid = q.oid AND CASE WHEN q.by_index THEN i.indisreplident ELSE i.indisprimary END
                           AND k.place <= i.indnkeyatts
                           AND NOT (q.flagged AND {age i} < {age q})
                         ORDER BY k.place) AS key,
                   NOT q.flagged AND EXISTS (
                         WITH RECURSIVE tree (oid) AS (
                             SELECT root.oid FROM pg_catalog.pg_class root WHERE root.oid = q.oid AND root.relkind = 'p'
                             UNION ALL
                             SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid)
                         SELECT FROM tree JOIN pg_catalog.pg_class leaf ON leaf.oid = tree.oid
                         WHERE leaf.relkind <> 'p' AND leaf.relreplident <> 'f') AS partial,
                   NOT EXISTS (
                         SELECT FROM pg_catalog.pg_class c WHERE c.oid = q.oid AND c.relkind <> 'p') AS partitioned
            FROM (VALUES (?::pg_catalog.oid, ?::pg_catalog.bool, ?::pg_catalog.bool, ?::pg_catalog.xid))
                 AS q (oid, by_index, flagged, xid)""".replace("{age i}", TransactionAge.of("i.xmin")).replace("{age q}", TransactionAge.of("q.xid"));

    /** A transaction that defines a table keeps such a lock until others see it. */
    private static final String IS_BEING_DEFINED = """
            SELECT EXISTS (
                SELECT FROM pg_catalog.pg_locks l
                WHERE l.locktype = 'relation' AND l.relation = ?::pg_catalog.oid AND l.granted
                  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
                  AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock'))""";

    /** What is remembered is bounded: it is read again when it is needed again. */
    private static final int MAX_KEYS = 1_024;

    private final SharedConnection connection;
    private final CatalogTypes types = new CatalogTypes();

    private final SentTypeNames sentNames = new SentTypeNames();

    /** Tables whose key the stream describes, so that the same description again needs no connection. */
    private final Map<Integer, Keyed> keys = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Keyed> eldest) {
            return size() > MAX_KEYS;
        }
    };

    /** What was found for the changes of one transaction: pgoutput describes a root again with each of its partitions. */
    private final Map<Integer, Found> found = new HashMap<>();

    private int foundFor;

    /** A table as described, and the columns of its key. */
    private record Keyed(Relation relation, List<String> columns, boolean mayBePartitioned) {}

    private record Found(Relation relation, TableFacts facts) {}

    /** The answer to {@link #FACTS}. */
    private record Answer(Snapshot snapshot, List<String> key, boolean partial, boolean partitioned) {}

    /**
     * The catalog of a database.
     *
     * @param connection to it
     */
    public Catalog(SharedConnection connection) {
        this.connection = connection;
    }

    /**
     * Takes note of a type's name, which the stream sends before each description of a table that has it: what is known of
     * types is read again where one was renamed.
     *
     * @param type what was sent
     */
    public void hear(PgOutputMessage.Type type) {
        if (!sentNames.take(type)) {
            types.clear();
        }
    }

    /**
     * What is known already of a table, without a look at the catalog.
     *
     * @param relation as pgoutput sent it
     * @param xid the transaction whose change refers to it
     * @return null if the catalog has to be asked
     */
    public @Nullable TableFacts known(Relation relation, int xid) {
        if (foundFor == xid) {
            Found before = found.get(relation.oid());
            if (before != null && before.relation().equals(relation)) {
                return before.facts();
            }
        }
        Keyed keyed = keys.get(relation.oid());
        return isFlagged(relation)
                        && keyed != null
                        && keyed.relation().equals(relation)
                        && types.haveAll(typesOf(relation))
                ? new TableFacts(resolved(relation), keyed.columns(), false, keyed.mayBePartitioned())
                : null;
    }

    /**
     * What pgoutput does not send of a table. A walsender sends a commit before other sessions see it, and long before where
     * the commit waits for a synchronous standby. So what a transaction itself has defined is answered only when it is visible.
     *
     * @param relation what it does send
     * @param xid the transaction whose change refers to it, without the epoch
     * @return the types of its columns that still exist, and its key; null if the catalog does not show yet what the
     *     transaction defined
     * @throws SQLException if the catalog cannot be read
     */
    public @Nullable TableFacts describe(Relation relation, int xid) throws SQLException {
        return connection
                .ask(open -> Optional.ofNullable(describe(open, relation, xid)))
                .orElse(null);
    }

    private @Nullable TableFacts describe(Connection open, Relation relation, int xid) throws SQLException {
        LOG.debug("The catalog is asked about {}.{}", relation.schema(), relation.name());
        Answer answer = ask(open, relation, xid);
        boolean visible = answer.snapshot().sees(xid);
        if (!visible) {
            if (isBeingDefined(open, relation)) {
                return null;
            }
            // read again: that it is not being defined any more may mean that it has just become visible
            answer = ask(open, relation, xid);
            visible = answer.snapshot().sees(xid);
        }
        Set<Long> wanted = typesOf(relation);
        types.load(open, wanted);
        if (!visible && !types.haveAll(wanted)) {
            return null;
        }
        if (!visible && !sentNames.areThoseOf(wanted, types.byOid())) {
            types.clear(); // the transaction has renamed one
            return null;
        }
        TableFacts facts = new TableFacts(resolved(relation), answer.key(), answer.partial(), answer.partitioned());
        remember(relation, xid, facts);
        return facts;
    }

    /**
     * The types of a table's columns that are visible now, for a transaction that is not committed yet. Nothing of it is
     * remembered, because that transaction may change them.
     *
     * @param relation as the transaction has it
     * @return type OID to type
     * @throws SQLException if the catalog cannot be read
     */
    public Map<Integer, PgType> visibleTypes(Relation relation) throws SQLException {
        Set<Long> wanted = typesOf(relation);
        if (types.haveAll(wanted)) {
            return resolved(relation);
        }
        return connection.ask(open -> {
            types.load(open, wanted);
            Map<Integer, PgType> visible = resolved(relation);
            types.clear();
            return visible;
        });
    }

    private void remember(Relation relation, int xid, TableFacts facts) {
        if (foundFor != xid || found.size() >= MAX_KEYS) {
            found.clear();
            foundFor = xid;
        }
        found.put(relation.oid(), new Found(relation, facts));
        if (isFlagged(relation) && !facts.primaryKey().isEmpty()) {
            keys.put(relation.oid(), new Keyed(relation, facts.primaryKey(), facts.mayBePartitioned()));
        }
    }

    private static boolean isFlagged(Relation relation) {
        return relation.replicaIdentity() == ReplicaIdentity.DEFAULT
                || relation.replicaIdentity() == ReplicaIdentity.INDEX;
    }

    private static Set<Long> typesOf(Relation relation) {
        Set<Long> oids = new HashSet<>();
        for (RelationColumn column : relation.columns()) {
            oids.add(Integer.toUnsignedLong(column.typeOid()));
        }
        return oids;
    }

    private Map<Integer, PgType> resolved(Relation relation) {
        Map<Integer, PgType> known = new HashMap<>();
        for (RelationColumn column : relation.columns()) {
            PgType type = types.resolved(Integer.toUnsignedLong(column.typeOid()));
            if (type != null) {
                known.put(column.typeOid(), type);
            }
        }
        return known;
    }

    private static Answer ask(Connection open, Relation relation, int xid) throws SQLException {
        try (PreparedStatement statement = open.prepareStatement(FACTS)) {
            statement.setLong(1, Integer.toUnsignedLong(relation.oid()));
            statement.setBoolean(2, relation.replicaIdentity() == ReplicaIdentity.INDEX);
            statement.setBoolean(3, isFlagged(relation));
            statement.setString(4, Integer.toUnsignedString(xid));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new Answer(
                        Snapshot.parse(row.getString("snapshot")),
                        List.of((String[]) row.getArray("key").getArray()),
                        row.getBoolean("partial"),
                        row.getBoolean("partitioned"));
            }
        }
    }

    private static boolean isBeingDefined(Connection open, Relation relation) throws SQLException {
        try (PreparedStatement statement = open.prepareStatement(IS_BEING_DEFINED)) {
            statement.setLong(1, Integer.toUnsignedLong(relation.oid()));
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }
}
