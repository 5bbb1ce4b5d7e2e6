package io.walwire.internal.transaction;

import io.walwire.internal.codec.PgType;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tables of one stream by their OIDs. Every change looks its table up, for which a map of boxed OIDs would make an object
 * each time.
 *
 * <p>The server describes a table once, however long the stream lasts, and the catalog may have forgotten it. So none is
 * forgotten here either: each takes some hundred bytes, the frame that described it and a share in what the catalog said. The
 * objects that a change needs are at hand for the tables that were used lately, and are made again for others.
 */
final class DescribedTables {
    /** What the tables at hand may take of the heap, as a share of the most that it may become. */
    private static final int SHARE_OF_HEAP = 16;

    private static final int BYTES_PER_COLUMN = 160;

    /** In the smallest heaps, too. */
    private static final int MIN_COLUMNS_AT_HAND = 65_536;

    /** In the largest heaps, too, since each instance has its own. */
    private static final int MOST_COLUMNS_AT_HAND = 262_144;

    /** How many columns the tables at hand may have together. Where changes go to more tables in turn, each change makes its table again. */
    private static final long MAX_COLUMNS_AT_HAND = Math.max(
            MIN_COLUMNS_AT_HAND,
            Math.min(MOST_COLUMNS_AT_HAND, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP / BYTES_PER_COLUMN));

    /** What a table takes beside its columns, in columns. */
    private static final int COLUMNS_PER_TABLE = 8;

    /** Of what many tables have in common, this much is remembered, to have it once. */
    private static final int MAX_SHARED = 4_096;

    private final StreamFacts stream;
    private final long maxColumns;

    /** Half of them at most are taken, so that a search is short; a power of two. */
    private @Nullable DescribedTable[] slots = new DescribedTable[64];

    private int size;
    private int undefined;
    private long columnsAtHand;

    /** How many tables were put at hand so far; serves as the clock for lastUse. And when room was made last. */
    private int held;

    private int madeRoom;

    private final Map<Object, Object> shared = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Object> eldest) {
            return size() > MAX_SHARED;
        }
    };

    DescribedTables(StreamFacts stream) {
        this(stream, MAX_COLUMNS_AT_HAND);
    }

    DescribedTables(StreamFacts stream, long maxColumns) {
        this.stream = stream;
        this.maxColumns = maxColumns;
    }

    /** A table that was defined; null if there is none. */
    @Nullable
    DescribedTable get(int oid) {
        DescribedTable there = slots[slot(oid)];
        if (there == null) {
            return null;
        }
        there.lastUse = held;
        return there.table != null ? there : restored(there);
    }

    /** A table that was described; null if there is none. */
    @Nullable
    DescribedTable find(int oid) {
        return slots[slot(oid)];
    }

    /** The description of a table that was not defined since; null if there is none. */
    @Nullable
    Relation undefined(int oid) {
        DescribedTable there = undefined == 0 ? null : slots[slot(oid)];
        return there == null || there.facts != null ? null : there.relation();
    }

    /** Takes note of a description. */
    void announce(Relation relation) {
        DescribedTable table = described(relation);
        putAway(table);
        undefined += table.facts == null ? 0 : 1;
        table.facts = null;
    }

    /** Takes note of what the catalog knows of a table beside its description. */
    void define(Relation relation, TableFacts facts) {
        DescribedTable table = described(relation);
        putAway(table);
        undefined -= table.facts == null ? 1 : 0;
        table.facts = shared(complete(relation, facts));
        table.version = -1;
        table.compared = false;
        hold(table, Table.of(relation, table.facts, stream));
    }

    private DescribedTable described(Relation relation) {
        DescribedTable known = slots[slot(relation.oid())];
        if (known != null) {
            known.describe(relation);
            return known;
        }
        DescribedTable added = new DescribedTable(relation);
        if (2 * (size + 1) > slots.length) {
            grow();
        }
        slots[slot(added.oid)] = added;
        size++;
        undefined++;
        return added;
    }

    /** With a type for each column, also where the catalog has none: the stream may give its name to another one later. */
    private TableFacts complete(Relation relation, TableFacts facts) {
        Map<Integer, PgType> types = new HashMap<>();
        for (RelationColumn column : relation.columns()) {
            int oid = column.typeOid();
            PgType type = facts.types().get(oid);
            types.put(
                    oid, shared(type != null ? type : PgType.text(Integer.toUnsignedLong(oid), stream.typeName(oid))));
        }
        return new TableFacts(
                Map.copyOf(types), facts.primaryKey(), facts.fullOfPartialRows(), facts.mayBePartitioned());
    }

    @SuppressWarnings("unchecked") // what equals it is of its class
    private <T> T shared(T value) {
        Object known = shared.putIfAbsent(value, value);
        return known == null ? value : (T) known;
    }

    private @Nullable DescribedTable restored(DescribedTable described) {
        TableFacts facts = described.facts;
        if (facts == null) {
            return null;
        }
        hold(described, Table.of(described.relation(), facts, stream));
        return described;
    }

    private void hold(DescribedTable described, Table table) {
        described.table = described.partitionsDiffer ? table.withPartitionsThatDiffer() : table;
        described.counted = false;
        described.lastUse = ++held;
        columnsAtHand += columns(table);
        if (columnsAtHand > maxColumns) {
            makeRoom(described);
        }
    }

    private static int columns(Table table) {
        return COLUMNS_PER_TABLE + table.columns().size();
    }

    private void putAway(DescribedTable described) {
        Table table = described.table;
        if (table != null) {
            described.table = null;
            columnsAtHand -= columns(table);
        }
    }

    /** Keeps the tables that were used lately if that makes enough room, otherwise only the one that is needed. */
    private void makeRoom(DescribedTable needed) {
        putAwayAllBefore(held - (held - madeRoom) / 2, needed);
        if (columnsAtHand > maxColumns * 3 / 4) {
            putAwayAllBefore(held + 1, needed);
        }
        madeRoom = held;
    }

    private void putAwayAllBefore(int use, DescribedTable needed) {
        for (DescribedTable each : slots) {
            if (each != null && each != needed && each.lastUse - use < 0) {
                putAway(each);
            }
        }
    }

    /** Where the table of an OID stands, or would. */
    private int slot(int oid) {
        int mask = slots.length - 1;
        // spread by Fibonacci's multiplier, since OIDs may lie at regular distances; its highest bits are the best
        int slot = oid * 0x9E3779B9 >>> Integer.numberOfLeadingZeros(mask);
        DescribedTable there = slots[slot];
        while (there != null && there.oid != oid) {
            slot = slot + 1 & mask;
            there = slots[slot];
        }
        return slot;
    }

    private void grow() {
        @Nullable DescribedTable[] before = slots;
        slots = new DescribedTable[before.length * 2];
        for (DescribedTable table : before) {
            if (table != null) {
                slots[slot(table.oid)] = table;
            }
        }
    }
}
