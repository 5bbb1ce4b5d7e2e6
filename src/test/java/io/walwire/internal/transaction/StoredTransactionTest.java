package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.cells;
import static io.walwire.internal.transaction.Tables.delete;
import static io.walwire.internal.transaction.Tables.facts;
import static io.walwire.internal.transaction.Tables.full;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.relation;
import static io.walwire.internal.transaction.Tables.simple;
import static io.walwire.internal.transaction.Tables.transaction;
import static io.walwire.internal.transaction.Tables.truncate;
import static io.walwire.internal.transaction.Tables.update;
import static io.walwire.internal.transaction.Tables.v;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.RowEvent;
import io.walwire.event.Transaction;
import io.walwire.event.TruncateEvent;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.transaction.Tables.Chosen;
import io.walwire.testing.Typed;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredTransactionTest {
    private static final int USER = 16384;
    private static final int TODO = 16390;
    private static final int TAGS = 16396;
    private static final long MAX_BYTES_ALLOCATED = 1_000_000;

    private static TransactionAssembler assembler(long partBytes) {
        TransactionAssembler assembler = new TransactionAssembler(Tables.stream(true), new Chosen(), partBytes);
        assembler.define(simple(USER, "user"), facts("id"));
        assembler.define(full(TODO, "to \"do\""), Tables.partialFacts("id"));
        assembler.define(
                relation(TAGS, "tags", ReplicaIdentity.NOTHING, Tables.column(false, "tags", Tables.TEXT_ARRAY)),
                facts());
        return assembler;
    }

    /** Every kind of event and of old row. */
    private static TransactionPart whole() {
        return transaction(
                assembler(Long.MAX_VALUE),
                MessageBytes.kind('O').int64(9).string("größe"),
                message("walwire.context", "{\"user\": 7}"),
                message("app", "größe"),
                insert(USER, v("1"), Cell.NULL),
                update(USER, v("1"), Cell.UNCHANGED),
                update(USER, 'K', cells(v("1"), Cell.NULL), cells(v("2"), v("größe 😀"))),
                update(TODO, 'O', cells(v("1"), v("a")), cells(v("1"), Cell.UNCHANGED)),
                insert(TAGS, v("{a,NULL,\"b c\"}")),
                insert(TAGS, Cell.binary("000000010000000000000019" + "0000000100000001" + "0000000161")),
                update(
                        TODO,
                        'O',
                        cells(Cell.binary("00000001"), Cell.binary("61")),
                        cells(Cell.binary("00000002"), Cell.NULL)),
                delete(USER, 'K', v("2"), Cell.NULL),
                delete(TODO, 'O', v("1"), Cell.NULL),
                truncate(3, USER, TODO));
    }

    private static MessageBytes message(String prefix, String content) {
        byte[] utf8 = content.getBytes(StandardCharsets.UTF_8);
        return MessageBytes.kind('M')
                .int8(1)
                .int64(0x77)
                .string(prefix)
                .int32(utf8.length)
                .raw(utf8);
    }

    @Test
    void read_whatWasWritten() {
        TransactionPart written = whole();
        Transaction read = StoredTransaction.read(written.toBytes());
        assertThat(read)
                .usingRecursiveComparison()
                .comparingOnlyFields("part", "last", "header")
                .isEqualTo(written);
        assertThat(read.origin()).isEqualTo("größe");
        assertThat(read.isLast()).isTrue();
        assertThat(read.events()).hasSize(13);
        for (int i = 0; i < read.events().size(); i++) {
            Event before = written.events().get(i);
            Event after = read.events().get(i);
            assertThat(after.toJson()).isEqualTo(before.toJson());
            assertThat(after.id()).isEqualTo(before.id());
            assertThat(after).hasSameClassAs(before);
            if (after instanceof RowEvent<?> row) {
                assertThat(row.unavailable()).isEqualTo(Typed.row(before).unavailable());
            } else if (after instanceof TruncateEvent<?> truncate) {
                assertThat(truncate.cascade()).isEqualTo(Typed.truncate(before).cascade());
                assertThat(truncate.restartIdentity())
                        .isEqualTo(Typed.truncate(before).restartIdentity());
            }
        }
        assertThat(read.toBytes()).isEqualTo(written.toBytes());
    }

    @Test
    void read_schemaChange() {
        TransactionAssembler assembler = assembler(Long.MAX_VALUE);
        assembler.accept(Tables.begin());
        assembler.accept(insert(USER, v("1"), v("a")).decode());
        assembler.define(
                relation(USER, "users", ReplicaIdentity.FULL, Tables.column(true, "größe", Tables.INT4)), facts());
        assembler.accept(insert(USER, v("2")).decode());
        TransactionPart written = Objects.requireNonNull(assembler.accept(Tables.commit()));
        Transaction read = StoredTransaction.read(written.toBytes());
        Event before = written.events().get(1);
        Event after = read.events().get(1);
        assertThat(Typed.schema(after).before())
                .isNotNull()
                .isEqualTo(Typed.schema(before).before());
        assertThat(Typed.schema(after).after()).isEqualTo(Typed.schema(before).after());
        assertThat(after.id()).isEqualTo(before.id()).isEqualTo(new EventId(Tables.COMMIT, -2));
        assertThat(after.id().index()).isEqualTo(-2);
        assertThat(after.toJson()).isEqualTo(before.toJson());
        assertThat(read.toBytes()).isEqualTo(written.toBytes());
    }

    @Test
    void read_parts() {
        TransactionAssembler small = assembler(1);
        small.accept(Tables.begin());
        small.accept(insert(USER, v("1"), v("a")).decode());
        TransactionPart second =
                Objects.requireNonNull(small.accept(insert(USER, v("2"), v("b")).decode()));
        Transaction read = StoredTransaction.read(second.toBytes());
        assertThat(read.part()).isEqualTo(1);
        assertThat(read.isLast()).isFalse();
        assertThat(read.endLsn()).isNull();
        assertThat(read.origin()).isNull();
        assertThat(read.events()).extracting(event -> event.id().index()).containsExactly(1L);
        Transaction last = StoredTransaction.read(
                Objects.requireNonNull(small.accept(Tables.commit())).toBytes());
        assertThat(last.part()).isEqualTo(2);
        assertThat(last.isLast()).isTrue();
        assertThat(last.endLsn()).isEqualTo(Tables.END);
        assertThat(last.events()).isEmpty();
    }

    @Test
    void read_everyTruncation() {
        byte[] stored = whole().toBytes();
        for (int length = 0; length < stored.length; length++) {
            refused(Arrays.copyOf(stored, length));
        }
    }

    @Test
    void read_trailingByte() {
        byte[] stored = whole().toBytes();
        refused(Arrays.copyOf(stored, stored.length + 1));
    }

    @Test
    void read_anotherFormat() {
        byte[] stored = whole().toBytes();
        stored[3]++;
        assertThatThrownBy(() -> StoredTransaction.read(stored))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("of a format that");
    }

    /** Each four bytes in turn, so that every length and count is met. */
    @ParameterizedTest
    @ValueSource(ints = {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0x00FF_FFFF})
    void read_hostileLengths(int hostile) {
        byte[] stored = whole().toBytes();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int at = 4; at <= stored.length - 4; at++) {
            byte[] damaged = stored.clone();
            for (int i = 0; i < 4; i++) {
                damaged[at + i] = (byte) (hostile >>> (24 - 8 * i));
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            readAll(damaged);
            assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                    .as("bytes allocated for %x at %d", hostile, at)
                    .isLessThan(MAX_BYTES_ALLOCATED);
        }
    }

    @Test
    void read_randomDamage() {
        long seed = new Random().nextLong();
        System.out.println("StoredTransactionTest: seed " + seed);
        Random random = new Random(seed);
        byte[] stored = whole().toBytes();
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = stored.clone();
            for (int mutations = 1 + random.nextInt(3); mutations > 0; mutations--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            readAll(damaged);
        }
    }

    /** Types of types of types: as deep as the bytes are many. */
    @Test
    void read_typesWithoutEnd() {
        byte[] stored =
                transaction(assembler(Long.MAX_VALUE), insert(TAGS, v("{}"))).toBytes();
        String hex = HexFormat.of().formatHex(stored);
        String array = HexFormat.of().formatHex("\0\0\0\5ARRAY\0,\1".getBytes(StandardCharsets.UTF_8));
        int after = hex.indexOf(array) + array.length();
        assertThat(after).isGreaterThan(array.length());
        String level = "0000000000000001" + "00000000" + array;
        refused(HexFormat.of().parseHex(hex.substring(0, after) + level.repeat(50_000) + hex.substring(after)));
    }

    @Test
    void read_contextThatIsNoLongerJson() {
        byte[] stored = whole().toBytes();
        byte[] context = "{\"user\": 7}".getBytes(StandardCharsets.UTF_8);
        String hex = HexFormat.of().formatHex(stored);
        stored[hex.indexOf(HexFormat.of().formatHex(context)) / 2] = 'x';
        refused(stored);
    }

    /** Damage is refused at once, or what is read can be used as any other. */
    private static void readAll(byte[] damaged) {
        Transaction read;
        try {
            read = StoredTransaction.read(damaged);
        } catch (IllegalArgumentException expected) {
            return;
        }
        for (Event event : read.events()) {
            assertThat(event.toJson()).isNotEmpty();
            assertThat(Typed.transaction(event).context())
                    .isEqualTo(Typed.transaction(read.events().get(0)).context());
        }
    }

    private static void refused(byte[] damaged) {
        assertThatThrownBy(() -> StoredTransaction.read(damaged)).isInstanceOf(IllegalArgumentException.class);
    }
}
