package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.COMMIT;
import static io.walwire.internal.transaction.Tables.END;
import static io.walwire.internal.transaction.Tables.TIME;
import static io.walwire.internal.transaction.Tables.XID;
import static io.walwire.internal.transaction.Tables.begin;
import static io.walwire.internal.transaction.Tables.commit;
import static io.walwire.internal.transaction.Tables.delete;
import static io.walwire.internal.transaction.Tables.facts;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.simple;
import static io.walwire.internal.transaction.Tables.stream;
import static io.walwire.internal.transaction.Tables.transaction;
import static io.walwire.internal.transaction.Tables.truncate;
import static io.walwire.internal.transaction.Tables.update;
import static io.walwire.internal.transaction.Tables.v;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.RowEvent;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.transaction.Tables.Chosen;
import io.walwire.testing.Typed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionAssemblerTest {
    private static final int USER = 16384;
    private static final int TODO = 16390;

    private final Chosen chosen = new Chosen();
    private final TransactionAssembler assembler = assembler(Long.MAX_VALUE);

    private TransactionAssembler assembler(long partBytes) {
        TransactionAssembler made = new TransactionAssembler(stream(false), chosen, partBytes);
        made.define(simple(USER, "user"), facts("id"));
        made.define(simple(TODO, "todo"), facts("id"));
        return made;
    }

    @Test
    void accept_oneTransaction_itsFactsAndOrder() {
        TransactionPart transaction = transaction(
                assembler,
                insert(USER, v("1"), v("a")),
                insert(TODO, v("7"), Cell.NULL),
                update(USER, v("1"), v("b")),
                delete(USER, 'K', v("1"), Cell.NULL));
        assertThat(transaction.xid()).isEqualTo(XID);
        assertThat(transaction.commitLsn()).isEqualTo(COMMIT);
        assertThat(transaction.endLsn()).isEqualTo(END);
        assertThat(transaction.timestamp()).isEqualTo(TIME);
        assertThat(transaction.origin()).isNull();
        assertThat(transaction.part()).isZero();
        assertThat(transaction.isLast()).isTrue();
        assertThat(transaction.events())
                .extracting(Event::toString)
                .containsExactly(
                        "insert public.user 0/16B6C50#0",
                        "insert public.todo 0/16B6C50#1",
                        "update public.user 0/16B6C50#2",
                        "delete public.user 0/16B6C50#3");
        assertThat(assembler.isInTransaction()).isFalse();
    }

    @Test
    void accept_xidAboveTheSignedRange() {
        assembler.accept(new Begin(COMMIT, TIME, -1));
        assembler.accept(insert(USER, v("1"), v("a")).decode());
        assertThat(Typed.transaction(events(assembler.accept(commit())).get(0)).xid())
                .isEqualTo(0xFFFF_FFFFL);
    }

    @Test
    void accept_unsubscribedTable_countsInTheIndex() {
        chosen.drop("todo");
        TransactionPart transaction = transaction(
                assembler,
                insert(TODO, v("1"), v("x")),
                insert(USER, v("1"), v("a")),
                truncate(0, TODO, USER),
                insert(USER, v("2"), v("b")));
        assertThat(transaction.events())
                .extracting(Event::id)
                .containsExactly(new EventId(COMMIT, 1), new EventId(COMMIT, 3), new EventId(COMMIT, 4));
    }

    @Test
    void accept_subscriptionsChangedBetweenTransactions() {
        chosen.drop("todo");
        assertThat(transaction(assembler, insert(TODO, v("1"), v("x"))).events())
                .isEmpty();
        chosen.add("todo");
        assertThat(transaction(assembler, insert(TODO, v("1"), v("x"))).events())
                .hasSize(1);
        chosen.drop("todo");
        assertThat(transaction(assembler, insert(TODO, v("1"), v("x"))).events())
                .isEmpty();
    }

    @Test
    void accept_subscriptionsChangedInATransaction_fromTheNextOn() {
        chosen.drop("todo");
        assembler.accept(begin());
        assembler.accept(insert(TODO, v("1"), v("x")).decode());
        chosen.add("todo");
        chosen.drop("user");
        assembler.accept(insert(TODO, v("2"), v("x")).decode());
        assembler.accept(insert(USER, v("1"), v("a")).decode());
        assertThat(events(assembler.accept(commit())))
                .extracting(Event::toString)
                .containsExactly("insert public.user 0/16B6C50#2");
        assertThat(transaction(assembler, insert(TODO, v("3"), v("x")), insert(USER, v("2"), v("b")))
                        .events())
                .extracting(event -> event.source().table())
                .containsExactly("todo");
    }

    @Test
    void accept_truncate_oneEventForEachTable() {
        TransactionPart transaction = transaction(assembler, truncate(3, USER, TODO));
        assertThat(transaction.events()).hasSize(2).allSatisfy(event -> {
            assertThat(event.kind()).isEqualTo(Kind.TRUNCATE);
            assertThat(Typed.truncate(event).cascade()).isTrue();
            assertThat(Typed.truncate(event).restartIdentity()).isTrue();
            assertThat(Typed.truncate(event).key()).isNull();
        });
        assertThat(transaction.events()).extracting(event -> event.id().index()).containsExactly(0L, 1L);
    }

    @Test
    void accept_emptyTransaction() {
        TransactionPart transaction = transaction(assembler);
        assertThat(transaction.events()).isEmpty();
        assertThat(transaction.isLast()).isTrue();
        assertThat(transaction.endLsn()).isEqualTo(END);
    }

    @Test
    void accept_origin_ofItsTransactionAlone() {
        MessageBytes origin = MessageBytes.kind('O').int64(9).string("paris");
        TransactionPart first = transaction(assembler, origin, insert(USER, v("1"), v("a")));
        assertThat(first.origin()).isEqualTo("paris");
        assertThat(Typed.transaction(first.events().get(0)).origin()).isEqualTo("paris");
        assertThat(transaction(assembler, insert(USER, v("2"), v("a"))).origin())
                .isNull();
    }

    private static MessageBytes context(byte[] content) {
        return MessageBytes.kind('M')
                .int8(1)
                .int64(0x77)
                .string("walwire.context")
                .int32(content.length)
                .raw(content);
    }

    @Test
    void accept_context_ofWhatFollows() {
        TransactionPart transaction = transaction(
                assembler, context("{\"user\": 7}".getBytes(StandardCharsets.UTF_8)), insert(USER, v("1"), v("a")));
        assertThat(transaction.events().get(1).id().index()).isZero();
        assertThat(String.valueOf(Typed.transaction(transaction.events().get(1)).context()))
                .isEqualTo("{\"user\": 7}");
    }

    /** Anybody may send one, with any bytes; a reader that fails of it would fail again after each restart. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no json",
                "00000010",
                "00007b22",
                "fffe0000",
                "7b00",
                "ff",
                "22ff22",
                "22eda08022",
                "{\"n\":1e99999999999}",
                "[1e-147456]",
                "[1E+0000000000000000000000147456]"
            })
    void accept_contextThatIsNoJson(String content) {
        byte[] bytes = content.matches("[0-9a-f]+")
                ? HexFormat.of().parseHex(content)
                : content.getBytes(StandardCharsets.UTF_8);
        TransactionPart transaction = transaction(assembler, context(bytes), insert(USER, v("1"), v("a")));
        assertThat(transaction.events())
                .hasSize(2)
                .allMatch(event -> Typed.transaction(event).context() == null);
        assertThat(transaction.events()).allMatch(event -> !event.toJson().isEmpty());
    }

    @Test
    void accept_largeTransaction_inParts() {
        TransactionAssembler small = assembler(1000);
        small.accept(begin());
        small.accept(MessageBytes.kind('O').int64(9).string("paris").decode());
        List<TransactionPart> parts = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            TransactionPart part =
                    small.accept(insert(USER, v(String.valueOf(i)), v("a")).decode());
            if (part != null) {
                assertThat(part.retainedBytes()).isGreaterThanOrEqualTo(1000);
                parts.add(part);
            }
        }
        assertThat(parts).hasSizeGreaterThan(1).allSatisfy(part -> {
            assertThat(part.isLast()).isFalse();
            assertThat(part.endLsn()).isNull();
            assertThat(part.origin()).isEqualTo("paris");
            assertThat(part.events())
                    .isNotEmpty()
                    .allMatch(event -> Typed.transaction(event).endLsn() == null);
        });
        assertThat(small.isInTransaction()).isTrue();
        TransactionPart last = Objects.requireNonNull(small.accept(commit()));
        assertThat(last.isLast()).isTrue();
        assertThat(last.endLsn()).isEqualTo(END);
        assertThat(last.origin()).isEqualTo("paris");
        parts.add(last);
        assertThat(parts).extracting(TransactionPart::part).containsExactly(range(parts.size()));
        assertThat(parts.stream().flatMap(part -> part.events().stream()))
                .extracting(event -> event.id().index())
                .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(transaction(small).part()).isZero();
    }

    private static Integer[] range(int size) {
        return IntStream.range(0, size).boxed().toArray(Integer[]::new);
    }

    @Test
    void accept_truncateOfManyTables_countsEach() {
        TransactionAssembler small = assembler(1000);
        small.accept(begin());
        int[] relations = new int[10];
        Arrays.fill(relations, USER);
        TransactionPart part = Objects.requireNonNull(
                small.accept(truncate(0, relations).decode()), "ten events are more than 1000 bytes");
        assertThat(part.events()).hasSize(10);
    }

    @Test
    void accept_truncatesOfUnsubscribedTables_holdNothing() {
        chosen.drop("user");
        TransactionAssembler small = assembler(1000);
        small.accept(begin());
        for (int i = 0; i < 100; i++) {
            assertThat(small.accept(truncate(0, USER).decode())).isNull();
        }
        assertThat(Objects.requireNonNull(small.accept(commit())).retainedBytes())
                .isZero();
    }

    @Test
    void define_again_earlierEventsKeepTheirTable() {
        assembler.accept(begin());
        assembler.accept(insert(USER, v("1"), v("a")).decode());
        assembler.define(
                Tables.relation(USER, "user", ReplicaIdentity.NOTHING, Tables.column(false, "only", Tables.TEXT)),
                facts());
        assembler.accept(insert(USER, v("x")).decode());
        assertThat(events(assembler.accept(commit())))
                .extracting(event -> event instanceof RowEvent<?> row
                        ? Objects.requireNonNull(row.afterRow()).toMap().toString()
                        : event.toString())
                .containsExactly("{id=1, name=a}", "schema public.user 0/16B6C50#-2", "{only=x}");
    }

    @Test
    void define_again_whatTheSchemaChangeHoldsIsCounted() {
        TransactionAssembler small = assembler(300_000);
        small.accept(begin());
        small.accept(insert(USER, v("1"), v("a")).decode());
        RelationColumn[] columns = IntStream.range(0, 1600)
                .mapToObj(i -> Tables.column(false, "c" + i, Tables.TEXT))
                .toArray(RelationColumn[]::new);
        small.define(Tables.relation(USER, "user", ReplicaIdentity.NOTHING, columns), facts());
        Cell[] row = new Cell[columns.length];
        Arrays.fill(row, Cell.NULL);
        TransactionPart part =
                Objects.requireNonNull(small.accept(insert(USER, row).decode()));
        assertThat(part.events()).extracting(Event::kind).containsExactly(Kind.INSERT, Kind.SCHEMA, Kind.INSERT);
        small.define(Tables.relation(USER, "user", ReplicaIdentity.NOTHING, columns), facts());
        assertThat(small.accept(insert(USER, row).decode()))
                .as("nothing changed")
                .isNull();
    }

    @Test
    void define_again_ofATruncatedTable() {
        assembler.accept(begin());
        assembler.accept(insert(USER, v("1"), v("a")).decode());
        assembler.define(Tables.full(USER, "user"), facts("id"));
        assembler.accept(truncate(0, USER).decode());
        assertThat(events(assembler.accept(commit())))
                .extracting(Event::kind)
                .containsExactly(Kind.INSERT, Kind.SCHEMA, Kind.TRUNCATE);
    }

    @Test
    void accept_typeThatTheCatalogNoLongerHas_namedByTheStream() {
        assembler.accept(MessageBytes.kind('Y')
                .int32(99_999)
                .string("app")
                .string("mood")
                .decode());
        assembler.define(Tables.relation(1, "t", ReplicaIdentity.NOTHING, Tables.column(false, "m", 99_999)), facts());
        Event event = transaction(assembler, insert(1, v("happy"))).events().get(0);
        assertThat(event.source().columns()).containsEntry("m", "mood");
        assertThat(Objects.requireNonNull(Typed.row(event).afterRow()).get("m")).isEqualTo("happy");
    }

    @Test
    void accept_outsideATransaction() {
        for (MessageBytes message : List.of(
                insert(USER, v("1"), v("a")),
                update(USER, v("1"), v("a")),
                delete(USER, 'K', v("1"), Cell.NULL),
                truncate(0, USER),
                MessageBytes.kind('O').int64(9).string("paris"))) {
            violates(assembler, message, "outside a transaction");
        }
        assertThatThrownBy(() -> assembler.accept(commit())).hasMessageContaining("outside a transaction");
    }

    @Test
    void accept_beginInsideATransaction() {
        assembler.accept(begin());
        assertThatThrownBy(() -> assembler.accept(begin()))
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("inside another");
    }

    @Test
    void accept_relationThatWasNotDescribed() {
        assembler.accept(begin());
        violates(assembler, insert(-1, v("1")), "relation 4294967295");
        violates(assembler, truncate(0, 5), "relation 5");
    }

    @Test
    void accept_widthOtherThanTheTables() {
        assembler.accept(begin());
        violates(assembler, insert(USER, v("1")), "A row of 1 columns for public.user, which has 2");
        violates(
                assembler,
                update(USER, 'K', Tables.cells(v("1")), Tables.cells(v("1"), v("a"))),
                "A row of 1 columns for public.user");
        violates(assembler, delete(USER, 'K', v("1"), Cell.NULL, Cell.NULL), "A row of 3 columns");
    }

    @Test
    void accept_commitOfAnotherTransaction() {
        assembler.accept(begin());
        assertThatThrownBy(() -> assembler.accept(new Commit(Lsn.parse("0/99"), END, TIME)))
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("0/99")
                .hasMessageContaining("0/16B6C50");
    }

    private static void violates(TransactionAssembler assembler, MessageBytes message, String complaint) {
        assertThatThrownBy(() -> assembler.accept(message.decode()))
                .isInstanceOfSatisfying(WalwireException.class, thrown -> assertThat(thrown.code())
                        .isEqualTo(ErrorCode.PROTOCOL))
                .hasMessageContaining(complaint);
    }

    private static List<Event> events(@Nullable TransactionPart part) {
        return Objects.requireNonNull(part).events();
    }
}
