package io.walwire.internal.transaction;

import io.walwire.event.Column;
import io.walwire.event.Kind;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.Source;
import io.walwire.event.TableSchema;
import io.walwire.internal.codec.JsonOutput;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A table as of the changes that refer to it. Immutable; shared by its events. */
public final class Table {
    private final long oid;
    private final Source source;
    private final ReplicaIdentity replicaIdentity;
    private final List<Column> columns;
    private final List<String> columnNames;
    private final String[] names;
    private final List<PgType> types;
    private final List<Column> key;
    private final Map<String, Integer> positions;
    private final boolean oldRecordInJson;
    private final boolean partitionsDiffer;
    private final int[] keyPositions;
    private final boolean shownByItsRows;
    private final Map<Kind, byte[]> jsonHeads = new ConcurrentHashMap<>();
    private volatile byte @Nullable [][] jsonNames;
    private volatile @Nullable String keyIdentity;
    private @Nullable String qualifiedName;

    Table(
            long oid,
            Source source,
            ReplicaIdentity replicaIdentity,
            List<Column> columns,
            List<PgType> types,
            List<Column> key,
            boolean oldRecordInJson,
            boolean partitionsDiffer) {
        this.oid = oid;
        this.source = source;
        this.replicaIdentity = replicaIdentity;
        this.columns = columns;
        this.columnNames = columns.stream().map(Column::name).toList();
        this.names = columnNames.toArray(String[]::new);
        this.types = types;
        this.key = key;
        this.oldRecordInJson = oldRecordInJson;
        this.partitionsDiffer = partitionsDiffer;
        this.shownByItsRows = types.stream().anyMatch(PgType::isShownByItsValues);
        this.positions = new HashMap<>(columns.size() * 2);
        for (int i = 0; i < columns.size(); i++) {
            positions.put(columns.get(i).name(), i);
        }
        this.keyPositions =
                key.stream().map(Column::name).sorted().mapToInt(positions::get).toArray();
    }

    /** The same, with a partition whose replica identity is another. */
    Table withPartitionsThatDiffer() {
        return new Table(oid, source, replicaIdentity, columns, types, key, oldRecordInJson, true);
    }

    /** Joins what pgoutput sent with what the catalog knows. */
    static Table of(Relation relation, TableFacts facts, StreamFacts stream) {
        List<Column> columns = new ArrayList<>();
        List<PgType> types = new ArrayList<>();
        Map<String, String> typeNames = new LinkedHashMap<>();
        for (RelationColumn sent : relation.columns()) {
            PgType type = facts.types().get(sent.typeOid());
            if (type == null) {
                type = PgType.text(Integer.toUnsignedLong(sent.typeOid()), stream.typeName(sent.typeOid()));
            }
            String name = sent.name().intern(); // the same String as a literal
            types.add(type);
            typeNames.put(name, type.name());
            columns.add(new Column(name, type.name(), type.oid(), sent.typeModifier(), sent.identity()));
        }
        Source source = new Source(
                "Walwire",
                stream.version(),
                stream.database(),
                relation.schema(),
                relation.name(),
                Collections.unmodifiableMap(typeNames));
        List<Column> key = key(relation.replicaIdentity(), columns, facts.primaryKey());
        return new Table(
                Integer.toUnsignedLong(relation.oid()),
                source,
                relation.replicaIdentity(),
                List.copyOf(columns),
                List.copyOf(types),
                key,
                stream.oldRecordInJson(),
                facts.fullOfPartialRows());
    }

    /**
     * Under FULL every column is flagged, so that only the catalog has the primary key. Of a key whose columns are not all
     * published nothing is known: a part of it names no row.
     */
    private static List<Column> key(ReplicaIdentity identity, List<Column> columns, List<String> primaryKey) {
        Set<String> published = columns.stream().map(Column::name).collect(Collectors.toSet());
        if (identity == ReplicaIdentity.DEFAULT || identity == ReplicaIdentity.INDEX) {
            List<Column> flagged = columns.stream().filter(Column::identity).toList();
            boolean isPart = !published.containsAll(primaryKey)
                    && flagged.stream().allMatch(column -> primaryKey.contains(column.name()));
            return isPart ? List.of() : flagged;
        }
        return published.containsAll(primaryKey)
                ? columns.stream()
                        .filter(column -> primaryKey.contains(column.name()))
                        .toList()
                : List.of();
    }

    long oid() {
        return oid;
    }

    /** The definition, for users. */
    TableSchema schemaNow() {
        return new TableSchema(oid, source.schema(), source.table(), replicaIdentity, columns);
    }

    Source source() {
        return source;
    }

    /** The begin of the JSON of each event of a kind; two threads that ask at once may both make it. */
    byte[] jsonHead(Kind kind) {
        byte[] head = jsonHeads.get(kind);
        if (head == null) {
            head = EventJson.head(this, kind);
            jsonHeads.put(kind, head);
        }
        return head;
    }

    /** The name of the column at a position, as it is in JSON; two threads that ask at once may both make them. */
    byte[] jsonName(int position) {
        byte[][] names = jsonNames;
        if (names == null) {
            names = columnNames.stream().map(JsonOutput::encodedName).toArray(byte[][]::new);
            jsonNames = names;
        }
        return names[position];
    }

    /** What of an old row is written; of a partitioned table the root's, which a partition may not share. */
    ReplicaIdentity replicaIdentity() {
        return replicaIdentity;
    }

    /** The names of the columns that are sent, in their order. */
    public List<String> columnNames() {
        return columnNames;
    }

    List<Column> columns() {
        return columns;
    }

    List<PgType> types() {
        return types;
    }

    PgType type(int position) {
        return types.get(position);
    }

    /** The key's columns; empty if there is none. */
    public List<Column> key() {
        return key;
    }

    /** Where the key's columns stand, in the order of their names. */
    int[] keyPositions() {
        return keyPositions;
    }

    /** One text for all tables of this name with these key columns; two threads that ask at once may both make it. */
    String keyIdentity() {
        String text = keyIdentity;
        if (text == null) {
            StringBuilder made = new StringBuilder();
            appendWithLength(made, source.db());
            appendWithLength(made, source.schema());
            appendWithLength(made, source.table());
            for (int position : keyPositions) {
                appendWithLength(made, columns.get(position).name());
            }
            text = made.toString();
            keyIdentity = text;
        }
        return text;
    }

    /** The length says where the text ends, whatever characters it has. */
    static void appendWithLength(StringBuilder out, String text) {
        out.append(text.length()).append(':').append(text);
    }

    /**
     * Whether an update sends the old key if it changed it, so that an update without an old row changed no column of the key.
     * Where a partition has another replica identity than its root, a missing old row says nothing.
     */
    public boolean sendsChangedKeys() {
        return !partitionsDiffer
                && (replicaIdentity == ReplicaIdentity.DEFAULT || replicaIdentity == ReplicaIdentity.INDEX);
    }

    /** Whether a column is part of the replica identity's key; false if there is no such column. */
    public boolean isIdentity(String column) {
        Integer position = positions.get(column);
        return position != null && columns.get(position).identity();
    }

    /** The type of a column; null if there is no such column. */
    public @Nullable PgType type(String column) {
        Integer position = positions.get(column);
        return position == null ? null : types.get(position);
    }

    boolean oldRecordInJson() {
        return oldRecordInJson;
    }

    /**
     * Whether it is a partitioned table with a partition of another replica identity: what an old row lacks is then not known
     * to be NULL, and an update without an old row may have changed the key.
     */
    boolean partitionsDiffer() {
        return partitionsDiffer;
    }

    /** What to do to have all of the old rows, for people; empty if nothing can be done. */
    String howToGetOldValues() {
        if (partitionsDiffer) {
            return "To have it: ALTER TABLE ... REPLICA IDENTITY FULL for each partition too, which the table's own"
                    + " does not reach";
        }
        return replicaIdentity == ReplicaIdentity.FULL
                ? ""
                : "To have it: ALTER TABLE " + TableSql.quoted(source) + " REPLICA IDENTITY FULL; but PostgreSQL then"
                        + " refuses its updates if a publication leaves out columns of it";
    }

    /** Whether it takes a look at a row in binary to know that it can be read. */
    boolean isShownByItsRows() {
        return shownByItsRows;
    }

    /** Where a column stands, or null where the table has no such column. */
    @Nullable
    Integer position(String column) {
        return positions.get(column);
    }

    /** The same, faster for the literal or {@link Column#name()} of the column at a place or of the next one; -1 where there is none. */
    @SuppressWarnings("ReferenceEquality") // the map finds what is equal
    int position(String column, int place) {
        if (place < names.length && names[place] == column) {
            return place;
        }
        if (place + 1 < names.length && names[place + 1] == column) {
            return place + 1;
        }
        Integer position = positions.get(column);
        return position == null ? -1 : position;
    }

    /** The schema's name. */
    public String schema() {
        return source.schema();
    }

    /** The table's name. */
    public String name() {
        return source.table();
    }

    /** Schema and name, for people. */
    public String qualifiedName() {
        String name = qualifiedName;
        if (name == null) {
            name = source.qualifiedTable();
            qualifiedName = name;
        }
        return name;
    }

    /** The columns' types, by the columns' names, in the table's order. */
    public Map<String, PgType> typesByColumn() {
        Map<String, PgType> byColumn = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            byColumn.put(columns.get(i).name(), types.get(i));
        }
        return byColumn;
    }
}
