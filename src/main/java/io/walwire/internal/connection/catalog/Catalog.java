package io.walwire.internal.connection.catalog;

import static java.util.Objects.requireNonNull;

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
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
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
            SELECT CASE WHEN q.place = 1 THEN pg_catalog.pg_current_snapshot()::pg_catalog.text END AS snapshot,
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
            FROM (SELECT t.oid, t.by_index, t.flagged, t.place, ?::pg_catalog.xid AS xid
                  FROM ROWS FROM (
                           pg_catalog.unnest(?::pg_catalog.oid[]), pg_catalog.unnest(?::pg_catalog.bool[]),
                           pg_catalog.unnest(?::pg_catalog.bool[]))
                       WITH ORDINALITY AS t (oid, by_index, flagged, place)) AS q
            ORDER BY q.place""".replace("{age i}", TransactionAge.of("i.xmin")).replace("{age q}", TransactionAge.of("q.xid"));

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

    /** The transaction that the last look did not show. Its tables are asked about one by one, because a look then answers for one table only. */
    private int unseen;

    /** A table as described, and the columns of its key. */
    private record Keyed(Relation relation, List<String> columns, boolean mayBePartitioned) {}

    private record Found(Relation relation, TableFacts facts) {}

    /** The answer to {@link #FACTS}, in the order of the question. */
    private record Answers(Snapshot snapshot, List<Answer> tables) {}

    private record Answer(List<String> key, boolean partial, boolean partitioned) {}

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
                        && types.haveAll(typesOf(List.of(relation)))
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
        return describe(relation, List.of(), xid);
    }

    /**
     * As {@link #describe(Relation, int)}, and in the same look what of other tables can be known.
     *
     * @param relation what it does send
     * @param following tables that the same transaction describes next, as they were received: where the transaction is
     *     visible, the look answers for them, and they are {@link #known} then
     * @param xid the transaction whose changes refer to them, without the epoch
     * @return the facts of the first table; null if the catalog does not show yet what the transaction defined
     * @throws SQLException if the catalog cannot be read
     */
    public @Nullable TableFacts describe(Relation relation, List<Relation> following, int xid) throws SQLException {
        List<Relation> relations = unseen == xid ? List.of(relation) : unknown(relation, following, xid);
        return connection
                .ask(open -> Optional.ofNullable(describe(open, relations, xid)))
                .orElse(null);
    }

    /** Each table once, as it was described first. */
    private List<Relation> unknown(Relation relation, List<Relation> following, int xid) {
        Map<Integer, Relation> unknown = new LinkedHashMap<>();
        unknown.put(relation.oid(), relation);
        for (Relation next : following) {
            if (known(next, xid) == null) {
                unknown.putIfAbsent(next.oid(), next);
            }
        }
        return List.copyOf(unknown.values());
    }

    /** Of the first of these tables. */
    private @Nullable TableFacts describe(Connection open, List<Relation> relations, int xid) throws SQLException {
        Relation relation = relations.get(0);
        LOG.debug(
                "The catalog is asked about {}.{}{}",
                relation.schema(),
                relation.name(),
                relations.size() == 1 ? "" : " and " + (relations.size() - 1) + " tables after it");
        Answers answers = ask(open, relations, xid);
        boolean visible = answers.snapshot().sees(xid);
        unseen = visible ? 0 : xid;
        if (!visible) {
            if (isBeingDefined(open, relation)) {
                return null;
            }
            // read again: that it is not being defined any more may mean that it has just become visible
            answers = ask(open, relations, xid);
            visible = answers.snapshot().sees(xid);
            unseen = visible ? 0 : xid;
        }
        List<Relation> answered = visible ? relations : List.of(relation);
        Set<Long> wanted = typesOf(answered);
        types.load(open, wanted);
        if (!visible && !types.haveAll(wanted)) {
            return null;
        }
        if (!visible && !sentNames.areThoseOf(wanted, types.byOid())) {
            types.clear(); // the transaction has renamed one
            return null;
        }
        return remember(answered, answers, xid);
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
        Set<Long> wanted = typesOf(List.of(relation));
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

    private TableFacts remember(List<Relation> relations, Answers answers, int xid) {
        if (foundFor != xid || found.size() + relations.size() > MAX_KEYS) {
            found.clear();
            foundFor = xid;
        }
        List<TableFacts> facts = new ArrayList<>();
        for (Relation relation : relations) {
            Answer answer = answers.tables().get(facts.size());
            TableFacts all = new TableFacts(resolved(relation), answer.key(), answer.partial(), answer.partitioned());
            facts.add(all);
            found.put(relation.oid(), new Found(relation, all));
            if (isFlagged(relation) && !all.primaryKey().isEmpty()) {
                keys.put(relation.oid(), new Keyed(relation, all.primaryKey(), all.mayBePartitioned()));
            }
        }
        return facts.get(0);
    }

    private static boolean isFlagged(Relation relation) {
        return relation.replicaIdentity() == ReplicaIdentity.DEFAULT
                || relation.replicaIdentity() == ReplicaIdentity.INDEX;
    }

    private static Set<Long> typesOf(List<Relation> relations) {
        Set<Long> oids = new HashSet<>();
        for (Relation relation : relations) {
            for (RelationColumn column : relation.columns()) {
                oids.add(Integer.toUnsignedLong(column.typeOid()));
            }
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

    private static Answers ask(Connection open, List<Relation> relations, int xid) throws SQLException {
        try (PreparedStatement statement = open.prepareStatement(FACTS)) {
            statement.setString(1, Integer.toUnsignedString(xid));
            statement.setArray(2, array(open, "int8", relations, relation -> Integer.toUnsignedLong(relation.oid())));
            statement.setArray(
                    3, array(open, "bool", relations, relation -> relation.replicaIdentity() == ReplicaIdentity.INDEX));
            statement.setArray(4, array(open, "bool", relations, Catalog::isFlagged));
            try (ResultSet rows = statement.executeQuery()) {
                Snapshot snapshot = null;
                List<Answer> answers = new ArrayList<>();
                while (rows.next()) {
                    String text = rows.getString("snapshot");
                    snapshot = text == null ? snapshot : Snapshot.parse(text);
                    answers.add(new Answer(
                            List.of((String[]) rows.getArray("key").getArray()),
                            rows.getBoolean("partial"),
                            rows.getBoolean("partitioned")));
                }
                return new Answers(requireNonNull(snapshot), answers);
            }
        }
    }

    private static Array array(Connection open, String type, List<Relation> relations, Function<Relation, ?> of)
            throws SQLException {
        return open.createArrayOf(type, relations.stream().map(of).toArray());
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
