package io.walwire.testkit;

import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.backfill.KeyColumn;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.connection.catalog.TableShape;
import io.walwire.internal.connection.catalog.TableShape.ShapeColumn;
import io.walwire.internal.pgoutput.PgOutput;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.pgoutput.TupleData;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.TableFacts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table as it is described to the decoder, and what the catalog would know beside.
 *
 * @param relation as the stream describes it
 * @param facts what pgoutput leaves out
 */
record KitTable(Relation relation, TableFacts facts) {
    private static final int NO_MODIFIER = -1;

    /** The bytes of a block on a server, of which a chunk of the kit is one. */
    private static final int BLOCK = 8_192;

    /** Numbers, texts and times. */
    private static final Set<Long> EXACT = Set.of(
            16L, 17L, 19L, 20L, 21L, 23L, 25L, 26L, 700L, 701L, 1042L, 1043L, 1082L, 1083L, 1114L, 1184L, 1700L, 2950L);

    static KitTable of(
            int oid,
            String table,
            Map<String, String> columns,
            List<String> primaryKey,
            List<String> index,
            ReplicaIdentity identity,
            KitTypes types) {
        TableName name = TableName.parse(table);
        if (columns.isEmpty()) {
            throw new IllegalArgumentException("Table " + name + " has no columns: call column(name, type)");
        }
        List<String> flagged = identity == ReplicaIdentity.INDEX ? index : primaryKey;
        requireColumns(name, columns.keySet(), primaryKey);
        requireColumns(name, columns.keySet(), flagged);
        Map<Integer, PgType> known = new HashMap<>();
        List<RelationColumn> described = new ArrayList<>();
        columns.forEach((column, type) -> {
            PgType of = types.of(type);
            known.put((int) of.oid(), of);
            boolean isIdentity = identity == ReplicaIdentity.FULL
                    || (identity != ReplicaIdentity.NOTHING && flagged.contains(column));
            described.add(new RelationColumn(isIdentity, column, (int) of.oid(), NO_MODIFIER));
        });
        Relation relation = new Relation(oid, name.schema(), name.table(), identity, List.copyOf(described));
        return new KitTable(relation, new TableFacts(Map.copyOf(known), List.copyOf(flagged), false, false));
    }

    private static void requireColumns(TableName table, Set<String> columns, List<String> wanted) {
        for (String column : wanted) {
            if (!columns.contains(column)) {
                throw new IllegalArgumentException(
                        "Table " + table + " has no column " + column + "; it has " + columns);
            }
        }
    }

    /** As the decoder reads it. */
    static Relation decoded(byte[] frame) {
        return (Relation) PgOutput.decode(frame, 0, frame.length);
    }

    TableName name() {
        return new TableName(relation.schema(), relation.name());
    }

    PgType type(RelationColumn column) {
        PgType type = facts.types().get(column.typeOid());
        return type == null ? PgType.text(Integer.toUnsignedLong(column.typeOid()), "unknown") : type;
    }

    /** The messages that describe it: names of types that are not PostgreSQL's own, and the table. */
    List<byte[]> description() {
        List<byte[]> frames = new ArrayList<>();
        for (RelationColumn column : relation.columns()) {
            PgType type = type(column);
            if (KitTypes.isNamed(type)) {
                frames.add(new FrameWriter('Y')
                        .int32((int) type.oid())
                        .string("public")
                        .string(type.name())
                        .toBytes());
            }
        }
        FrameWriter out = new FrameWriter('R')
                .int32(relation.oid())
                .string(relation.schema())
                .string(relation.name())
                .int8(letter(relation.replicaIdentity()))
                .int16(relation.columns().size());
        for (RelationColumn column : relation.columns()) {
            out.int8(column.identity() ? 1 : 0)
                    .string(column.name())
                    .int32(column.typeOid())
                    .int32(column.typeModifier());
        }
        frames.add(out.toBytes());
        return frames;
    }

    private static char letter(ReplicaIdentity identity) {
        return switch (identity) {
            case DEFAULT -> 'd';
            case NOTHING -> 'n';
            case FULL -> 'f';
            case INDEX -> 'i';
        };
    }

    /** The columns whose old values are sent, in the table's order; under FULL all. */
    Set<String> identity() {
        Set<String> names = new LinkedHashSet<>();
        relation.columns().stream()
                .filter(RelationColumn::identity)
                .map(RelationColumn::name)
                .forEach(names::add);
        return names;
    }

    Set<String> columnNames() {
        Set<String> names = new LinkedHashSet<>();
        relation.columns().forEach(column -> names.add(column.name()));
        return names;
    }

    /** A row, as the stream would send it. */
    TupleData tuple(Map<String, ? extends @Nullable Object> row) {
        byte[] frame = KitTransaction.tuple(
                        new FrameWriter('I').int32(relation.oid()).int8('N'), this, row)
                .toBytes();
        return ((Insert) PgOutput.decode(frame, 0, frame.length)).newRow();
    }

    /** How its rows are read. */
    LeafPlan plan(int chunks) {
        List<String> names = List.copyOf(columnNames());
        List<KeyColumn> key = facts.primaryKey().stream()
                .map(name -> new KeyColumn(
                        name, type(column(name)).name(), names.indexOf(name), "pg_catalog", isExact(name)))
                .toList();
        return LeafPlan.ofTable(relation, key, chunks, (long) chunks * BLOCK);
    }

    /** Whether a value has one text alone. A type that is not PostgreSQL's own counts as an enum. */
    private boolean isExact(String column) {
        PgType type = type(column(column));
        return KitTypes.isNamed(type) || EXACT.contains(type.oid());
    }

    /** What a watch is checked against. */
    TableShape shape() {
        Map<String, ShapeColumn> columns = new LinkedHashMap<>();
        for (RelationColumn column : relation.columns()) {
            PgType type = type(column);
            columns.put(column.name(), new ShapeColumn(type.name(), baseType(type)));
        }
        return new TableShape(
                true,
                true,
                List.of("the test kit"),
                List.of(),
                columns,
                Set.of(),
                facts.primaryKey(),
                identity(),
                relation.replicaIdentity() == ReplicaIdentity.FULL);
    }

    /** The OID of a base type for a domain: a built-in type that is read in the same way. */
    private static long baseType(PgType type) {
        return switch (type.kind()) {
            case BOOL -> 16;
            case BYTEA -> 17;
            case INT8 -> 20;
            case INT2 -> 21;
            case INT4 -> 23;
            case OID -> 26;
            case FLOAT4 -> 700;
            case FLOAT8 -> 701;
            case DATE -> 1082;
            case TIME -> 1083;
            case TIMESTAMP -> 1114;
            case TIMESTAMPTZ -> 1184;
            case INTERVAL -> 1186;
            case TIMETZ -> 1266;
            case NUMERIC -> 1700;
            case UUID -> 2950;
            default -> type.oid();
        };
    }

    RelationColumn column(String name) {
        return relation.columns().stream()
                .filter(column -> column.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "Table " + name() + " has no column " + name + "; it has " + columnNames()));
    }

    @Override
    public String toString() {
        return Objects.toString(name());
    }
}
