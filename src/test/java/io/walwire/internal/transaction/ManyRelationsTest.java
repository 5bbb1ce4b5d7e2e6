package io.walwire.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.internal.codec.BinaryForm;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.lanes.LaneKeys;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.undecided.Undecided;
import io.walwire.testing.Typed;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stream that describes very many tables, each once, as of an application that creates and drops them. */
class ManyRelationsTest {
    private static final int TABLES = 100_000;
    private static final int FIRST = 16_384;
    private static final int SPAN = 90_000;
    private static final int MOOD = 77_777;

    /** Of the description, which two stages keep, and what belongs to it. */
    private static final int MAX_BYTES_PER_TABLE = 450;

    /** Of the tables at hand, which have 262,144 columns at most, and of those that other stages remember. */
    private static final long MAX_BYTES_BESIDE = 60 << 20;

    private static final PgType INT4 = PgType.scalar(23, "int4", TypeKind.INT4);

    @TempDir
    static Path folder = Path.of("");

    private final SchemaHistory schemas = new SchemaHistory();
    private final TransactionAssembler assembler =
            new TransactionAssembler(new StreamFacts("shop", "0", false, schemas), new Tables.Chosen(), 1 << 20);
    private final LaneKeys lanes = new LaneKeys();
    private final List<TransactionPart> parts = new ArrayList<>();
    private final Undecided undecided = new Undecided(1 << 20, folder);
    private long commit;
    private boolean known;

    @AfterEach
    void close() {
        undecided.close();
    }

    @Test
    void describedOnce_eachIsTheSameWhenItComesBack_andTakesFewBytes() {
        List<String> first = new ArrayList<>();
        long before = usedBytes();
        for (int i = 0; i < TABLES; i++) {
            type(MOOD, "mood");
            take(relation(MessageBytes.kind('R'), FIRST + i));
            Event event = change(FIRST + i);
            if (i % 1_000 == 0) {
                first.add(shown(event));
            }
        }
        assertThat(usedBytes() - before).isLessThan(MAX_BYTES_BESIDE + (long) MAX_BYTES_PER_TABLE * TABLES);

        known = true;
        type(MOOD, "renamed");
        for (int i = 0; i < TABLES; i += 1_000) {
            assertThat(shown(change(FIRST + i))).isEqualTo(first.get(i / 1_000));
        }
    }

    /** As partitions are that are published as their root's: no change of theirs ever comes. */
    @Test
    void describedAndNeverChanged_takeFewBytes() {
        long before = usedBytes();
        for (int i = 0; i < TABLES; i++) {
            take(relation(MessageBytes.kind('R'), FIRST + i));
        }
        assertThat(usedBytes() - before).isLessThan((long) MAX_BYTES_PER_TABLE * TABLES);
        assertThat(change(FIRST + 7).toJson()).contains("\"t" + (FIRST + 7) + "\"");
    }

    @Test
    void describedInTransactionsThatAreStreamed_takeNoMemoryUntilTheyCommit() {
        long before = usedBytes();
        for (int xid = 1; xid <= 10; xid++) {
            take(MessageBytes.kind('S').int32(xid).int8(1));
            for (int i = 0; i < TABLES / 10; i++) {
                int oid = FIRST + xid * TABLES + i;
                take(relation(MessageBytes.kind('R').int32(xid), oid));
                take(row(MessageBytes.kind('I').int32(xid), oid));
            }
            take(MessageBytes.kind('E'));
        }
        assertThat(usedBytes() - before).isLessThan(4 << 20);

        int events = 0;
        for (int xid = 1; xid <= 10; xid++) {
            commit += 10;
            take(end(MessageBytes.kind('c').int32(xid)));
            events += parts.stream().mapToInt(part -> part.events().size()).sum();
            parts.clear();
        }
        assertThat(events).isEqualTo(TABLES);
        known = true;
        assertThat(change(FIRST + TABLES).toJson()).contains("\"t" + (FIRST + TABLES) + "\"");
    }

    private static MessageBytes relation(MessageBytes head, int oid) {
        return head.int32(oid)
                .string("public")
                .string("t" + oid)
                .int8('d')
                .int16(4)
                .column(1, "id", 23, -1)
                .column(0, "of" + oid, SPAN, -1)
                .column(0, "tags", 1007, -1)
                .column(0, "mood", MOOD, -1);
    }

    private static MessageBytes row(MessageBytes head, int oid) {
        return head.int32(oid).int8('N').tuple(Cell.of("7"), Cell.of("[1,2)"), Cell.of("{a,b}"), Cell.of("x"));
    }

    private MessageBytes end(MessageBytes head) {
        return head.int8(0).int64(commit).int64(commit + 1).int64(0);
    }

    private void type(int oid, String name) {
        take(MessageBytes.kind('Y').int32(oid).string("public").string(name));
    }

    private Event change(int oid) {
        commit += 10;
        take(MessageBytes.kind('B').int64(commit).int64(0).int32(7));
        take(row(MessageBytes.kind('I'), oid));
        take(end(MessageBytes.kind('C')));
        Event event = parts.get(0).events().get(0);
        parts.clear();
        lanes.of((ReceivedChange) event);
        return event;
    }

    private static String shown(Event event) {
        Table table = ((ReceivedChange) event).table();
        return Objects.requireNonNull(Typed.row(event).afterRow()).toMap() + " "
                + Typed.row(event).key() + " " + table.schemaNow() + " " + table.typesByColumn();
    }

    private void take(MessageBytes frame) {
        PgOutputMessage message = undecided.accept(ByteBuffer.wrap(frame.toArray()));
        while (message != null) {
            if (message instanceof Relation relation) {
                assembler.announce(relation);
            } else {
                define(assembler.undefined(message));
                TransactionPart part = assembler.accept(message);
                if (part != null) {
                    parts.add(part);
                }
            }
            message = undecided.replayed();
        }
    }

    /** The catalog gives new objects each time, and knows nothing of one type. */
    private void define(@Nullable Relation undefined) {
        if (undefined == null) {
            return;
        }
        assertThat(known).as("the catalog is asked again").isFalse();
        PgType span = PgType.of(SPAN, "span", TypeKind.TEXT, BinaryForm.RANGE, List.of(INT4));
        PgType texts = PgType.array(1007, PgType.text(25, "text"));
        assembler.define(
                undefined, new TableFacts(Map.of(23, INT4, SPAN, span, 1007, texts), List.of("id"), false, false));
    }

    private static long usedBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
