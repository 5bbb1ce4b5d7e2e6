package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.cells;
import static io.walwire.internal.transaction.Tables.delete;
import static io.walwire.internal.transaction.Tables.facts;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.simple;
import static io.walwire.internal.transaction.Tables.stream;
import static io.walwire.internal.transaction.Tables.truncate;
import static io.walwire.internal.transaction.Tables.update;
import static io.walwire.internal.transaction.Tables.v;

import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Transactions of random changes, key changes and truncates of two tables with a key and one without. */
public final class RandomRows {
    private static final int[] KEYED = {16384, 16390};
    private static final int KEYLESS = 16400;
    private static final int KEYS = 6;
    private static final long PART_BYTES = 4_000;

    private final Random random;
    private final TransactionAssembler assembler =
            new TransactionAssembler(stream(false), new Tables.Chosen(), PART_BYTES);
    private long lsn = 1_000;
    private int xid = 1;

    /** The same transactions for the same seed. */
    public RandomRows(long seed) {
        random = new Random(seed);
        assembler.define(simple(KEYED[0], "first"), facts("id"));
        assembler.define(simple(KEYED[1], "second"), facts("id"));
        assembler.define(
                Tables.relation(KEYLESS, "log", ReplicaIdentity.FULL, Tables.column(true, "note", Tables.TEXT)),
                facts());
    }

    /** The next transaction, mostly small, in one part or several. */
    public List<TransactionPart> next() {
        int changes = random.nextInt(20) == 0 ? 60 : 1 + random.nextInt(5);
        Lsn commit = new Lsn(lsn);
        Lsn end = new Lsn(lsn + 8);
        lsn += 16;
        List<TransactionPart> parts = new ArrayList<>();
        add(parts, assembler.accept(new Begin(commit, Tables.TIME, xid)));
        xid++;
        for (int i = 0; i < changes; i++) {
            add(parts, assembler.accept(change().decode()));
        }
        add(parts, assembler.accept(new Commit(commit, end, Tables.TIME)));
        return parts;
    }

    private static void add(List<TransactionPart> parts, @org.jspecify.annotations.Nullable TransactionPart part) {
        if (part != null) {
            parts.add(part);
        }
    }

    private MessageBytes change() {
        int table = KEYED[random.nextInt(KEYED.length)];
        Cell key = v(Integer.toString(random.nextInt(KEYS)));
        Cell other = v(Integer.toString(random.nextInt(KEYS)));
        return switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> insert(table, key, v("x"));
            case 4, 5, 6, 7, 8 -> update(table, key, v("y"));
            case 9, 10 -> update(table, 'K', cells(key, Cell.NULL), cells(other, v("z")));
            case 11, 12 -> delete(table, 'K', key, Cell.NULL);
            case 13, 14 -> insert(KEYLESS, v("note"));
            default -> random.nextInt(3) == 0 ? truncate(0, table) : insert(table, key, v("w"));
        };
    }
}
