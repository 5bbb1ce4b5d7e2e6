package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.INT4;
import static io.walwire.internal.transaction.Tables.TEXT;
import static io.walwire.internal.transaction.Tables.TIME_OF_DAY;
import static io.walwire.internal.transaction.Tables.cells;
import static io.walwire.internal.transaction.Tables.column;
import static io.walwire.internal.transaction.Tables.delete;
import static io.walwire.internal.transaction.Tables.event;
import static io.walwire.internal.transaction.Tables.facts;
import static io.walwire.internal.transaction.Tables.full;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.relation;
import static io.walwire.internal.transaction.Tables.simple;
import static io.walwire.internal.transaction.Tables.update;
import static io.walwire.internal.transaction.Tables.v;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.walwire.error.ErrorCode;
import io.walwire.error.ValueException;
import io.walwire.error.ValueException.Reason;
import io.walwire.event.Column;
import io.walwire.event.ColumnState;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.Row;
import io.walwire.internal.mapping.RecordMapper;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import java.time.Duration;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class TupleRowTest {
    private static final int T = 16384;

    private static Row newRow(ReceivedRow event) {
        return Objects.requireNonNull(event.afterRow());
    }

    private static Row oldRow(ReceivedRow event) {
        return Objects.requireNonNull(event.beforeRow());
    }

    @Test
    void get_valueAndNull() {
        Row row = newRow(event(simple(T, "user"), facts("id"), insert(T, v("42"), Cell.NULL)));
        assertThat(row.state("id")).isEqualTo(ColumnState.VALUE);
        assertThat(row.get("id")).isEqualTo(42);
        assertThat(row.get("id", Long.class)).isEqualTo(42L);
        assertThat(row.text("id")).isEqualTo("42");
        assertThat(row.state("name")).isEqualTo(ColumnState.NULL);
        assertThat(row.isKnown("name")).isTrue();
        assertThat(row.get("name")).isNull();
        assertThat(row.get("name", String.class)).isNull();
        assertThat(row.text("name")).isNull();
        assertThat(row.toMap()).containsEntry("id", 42).containsEntry("name", null);
        assertThat(row.columns()).extracting(Column::name).containsExactly("id", "name");
    }

    @Test
    void get_columnsInAnyOrder() {
        int columns = 1_600;
        Row row = rowOfTexts(columns, 10);
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, columns).boxed().toList());
        Collections.shuffle(order, new Random(11));
        for (int i : order) {
            assertThat(row.get("c" + i)).isEqualTo(i % 7 == 0 ? null : text(i, 10));
        }
        assertThat(row.toMap()).hasSize(columns).containsEntry("c1599", text(1599, 10));
    }

    /** A name that is no literal is not found by its identity. */
    @Test
    void get_namesThatAreMadeAtRunTime() {
        Row row = newRow(event(simple(T, "user"), facts("id"), insert(T, v("42"), v("a"))));
        for (String name : List.of("name", "id", "id", "name", String.valueOf("name".toCharArray()))) {
            assertThat(row.get(name)).isEqualTo(name.equals("id") ? 42 : "a");
            assertThat(row.get(String.valueOf(name.toCharArray()), String.class))
                    .isEqualTo(name.equals("id") ? "42" : "a");
        }
    }

    record User(String name, long id) {}

    @Test
    void record_ofTablesWithTheColumnsAtOtherPlaces() {
        RecordMapper<User> mapper = RecordMapper.of(User.class);
        RelationColumn id = column(true, "id", INT4);
        RelationColumn name = column(false, "name", TEXT);
        Relation turned = relation(T, "user", ReplicaIdentity.DEFAULT, name, id);
        for (int i = 0; i < 3; i++) {
            assertThat(user(mapper, event(simple(T, "user"), facts("id"), insert(T, v("42"), v("a")))))
                    .isEqualTo(new User("a", 42));
            assertThat(user(mapper, event(turned, facts("id"), insert(T, v("b"), v("43")))))
                    .isEqualTo(new User("b", 43));
        }
        ReceivedRow without = event(relation(T, "user", ReplicaIdentity.DEFAULT, id), facts("id"), insert(T, v("42")));
        assertThatThrownBy(() -> user(mapper, without))
                .hasMessageContaining("component name of type java.lang.String needs a column name");
    }

    private static User user(RecordMapper<User> mapper, ReceivedRow event) {
        return mapper.map(event, event.placedRow());
    }

    @Test
    void get_columnsBeyondTwoMebibytes() {
        Row row = rowOfTexts(5, 1 << 20);
        for (int i : new int[] {4, 1, 3, 4, 2, 0, 3}) {
            assertThat(row.get("c" + i)).isEqualTo(i % 7 == 0 ? null : text(i, 1 << 20));
        }
    }

    @Test
    void get_severalThreadsAtOnce() {
        Row row = rowOfTexts(50, 10);
        List<CompletableFuture<Void>> readers = IntStream.range(0, 4)
                .mapToObj(seed -> CompletableFuture.runAsync(() -> {
                    Random random = new Random(seed);
                    for (int i = 0; i < 20_000; i++) {
                        int column = random.nextInt(50);
                        assertThat(row.text("c" + column)).isEqualTo(column % 7 == 0 ? null : text(column, 10));
                    }
                }))
                .toList();
        assertThat(readers).allSatisfy(reader -> assertThat(reader).succeedsWithin(Duration.ofSeconds(30)));
    }

    /** Columns c0, c1 and so on; every seventh is NULL. */
    private static Row rowOfTexts(int columns, int length) {
        RelationColumn[] described = new RelationColumn[columns];
        Cell[] cells = new Cell[columns];
        for (int i = 0; i < columns; i++) {
            described[i] = column(i == 0, "c" + i, TEXT);
            cells[i] = i % 7 == 0 ? Cell.NULL : v(text(i, length));
        }
        return newRow(event(relation(T, "wide", ReplicaIdentity.DEFAULT, described), facts("c0"), insert(T, cells)));
    }

    private static String text(int column, int length) {
        return "x".repeat(length + column % 3) + column;
    }

    @Test
    void get_nullAsPrimitive() {
        Row row = newRow(event(simple(T, "user"), facts("id"), insert(T, Cell.NULL, v("a"))));
        ValueException thrown = failure(() -> row.get("id", int.class));
        assertThat(thrown.reason()).isEqualTo(Reason.NULL);
        assertThat(thrown).hasMessageContaining("public.user.id").hasMessageContaining("read it as its box");
    }

    @Test
    void get_emptyText_isNotNull() {
        Row row = newRow(event(simple(T, "user"), facts("id"), insert(T, v("1"), v(""))));
        assertThat(row.get("name")).isEqualTo("");
    }

    @Test
    void get_binary_asText() {
        Row row =
                newRow(event(simple(T, "user"), facts("id"), insert(T, Cell.binary("0000002a"), Cell.binary("6100"))));
        assertThat(row.get("id")).isEqualTo(42);
        assertThat(row.get("id", Long.class)).isEqualTo(42L);
        assertThat(row.get("id", long.class)).isEqualTo(42L);
        assertThat(row.get("id", String.class)).isEqualTo("42");
        assertThat(row.text("id")).isEqualTo("42");
        assertThat(row.get("name", String.class)).isEqualTo("a\0");
        assertThat(row.toJson()).isEqualTo("{\"id\":42,\"name\":\"a\\u0000\"}");
    }

    @Test
    void get_malformedBinary_saysSoAndKeepsTheBytes() {
        Row row = newRow(event(simple(T, "user"), facts("id"), insert(T, Cell.binary("002a"), Cell.NULL)));
        for (ThrowingCallable read :
                List.<ThrowingCallable>of(() -> row.get("id"), () -> row.get("id", Long.class), () -> row.text("id"))) {
            ValueException thrown = failure(read);
            assertThat(thrown.reason()).isEqualTo(Reason.NOT_REPRESENTABLE);
            assertThat(thrown.text()).isEqualTo("\\x002a");
            assertThat(thrown).hasMessageContaining("type int4").hasMessageNotContaining("002a");
        }
        assertThat(row.toJson()).isEqualTo("{\"id\":\"\\\\x002a\",\"name\":null}");
    }

    @Test
    void get_unknownColumn() {
        Row row = newRow(event(simple(T, "user"), facts("id"), insert(T, v("1"), v("a"))));
        ValueException thrown = failure(() -> row.get("nam"));
        assertThat(thrown.reason()).isEqualTo(Reason.UNKNOWN_COLUMN);
        assertThat(thrown.code()).isEqualTo(ErrorCode.VALUE);
        assertThat(thrown.type()).isNull();
        assertThat(thrown).hasMessageContaining("public.user has no column nam; it has id, name");
        assertThat(failure(() -> row.state("nam")).reason()).isEqualTo(Reason.UNKNOWN_COLUMN);
        assertThat(row.isKnown("nam")).isFalse();
    }

    @Test
    void get_unchangedToast_withoutOldRow_notSent() {
        ReceivedRow event = event(simple(T, "user"), facts("id"), update(T, v("1"), Cell.UNCHANGED));
        Row row = newRow(event);
        assertThat(row.state("name")).isEqualTo(ColumnState.UNCHANGED_TOAST);
        assertThat(row.isKnown("name")).isFalse();
        assertThat(row.toMap()).containsOnlyKeys("id");
        assertThat(row.toJson()).isEqualTo("{\"id\":1}");
        assertThat(event.unavailable()).containsExactly("name");
        for (ThrowingCallable read : new ThrowingCallable[] {
            () -> row.get("name"), () -> row.get("name", String.class), () -> row.text("name")
        }) {
            ValueException thrown = failure(read);
            assertThat(thrown.reason()).isEqualTo(Reason.NOT_SENT);
            assertThat(thrown.text()).isNull();
            assertThat(thrown.type()).isEqualTo("text");
            assertThat(thrown)
                    .hasMessageContaining("TOAST")
                    .hasMessageContaining("ALTER TABLE \"public\".\"user\" REPLICA IDENTITY FULL");
        }
    }

    @Test
    void get_unchangedToast_takenFromTheFullOldRow() {
        ReceivedRow event = event(
                full(T, "user"), facts("id"), update(T, 'O', cells(v("1"), v("long")), cells(v("2"), Cell.UNCHANGED)));
        Row row = newRow(event);
        assertThat(row.state("name")).isEqualTo(ColumnState.VALUE);
        assertThat(row.get("name")).isEqualTo("long");
        assertThat(row.text("name")).isEqualTo("long");
        assertThat(row.get("name", String.class)).isEqualTo("long");
        assertThat(row.toJson()).isEqualTo("{\"id\":2,\"name\":\"long\"}");
        assertThat(event.unavailable()).isEmpty();
    }

    /** A key so large that it is TOASTed: the key tuple carries it. */
    @Test
    void get_unchangedToastInTheKey_takenFromTheKeyTuple() {
        ReceivedRow event = event(
                simple(T, "user"),
                facts("id"),
                update(T, 'K', cells(v("1"), Cell.NULL), cells(Cell.UNCHANGED, Cell.UNCHANGED)));
        assertThat(newRow(event).get("id")).isEqualTo(1);
        assertThat(newRow(event).state("name")).isEqualTo(ColumnState.UNCHANGED_TOAST);
        assertThat(event.unavailable()).containsExactly("name");
        assertThat(Objects.requireNonNull(event.key()).get("id")).isEqualTo(1);
    }

    @Test
    void get_keyTuple_othersNotSent() {
        ReceivedRow event = event(simple(T, "user"), facts("id"), delete(T, 'K', v("1"), Cell.NULL));
        Row row = oldRow(event);
        assertThat(row.state("id")).isEqualTo(ColumnState.VALUE);
        assertThat(row.state("name")).isEqualTo(ColumnState.NOT_SENT);
        assertThat(row.isKnown("name")).isFalse();
        assertThat(row.toMap()).containsOnlyKeys("id");
        assertThat(row.toJson()).isEqualTo("{\"id\":1}");
        ValueException thrown = failure(() -> row.get("name"));
        assertThat(thrown.reason()).isEqualTo(Reason.NOT_SENT);
        assertThat(thrown)
                .hasMessageContaining("public.user.name")
                .hasMessageContaining("outside the replica identity")
                .hasMessageContaining("ALTER TABLE \"public\".\"user\" REPLICA IDENTITY FULL");
        assertThat(event.unavailable()).isEmpty();
    }

    @Test
    void get_fullOldRow_nullIsNull() {
        Row row = oldRow(event(full(T, "user"), facts("id"), delete(T, 'O', v("1"), Cell.NULL)));
        assertThat(row.state("name")).isEqualTo(ColumnState.NULL);
        assertThat(row.get("name")).isNull();
    }

    /** A partition's key, sent as a whole row of the partitioned table. */
    @Test
    void get_fullOldRowOfAPartitionThatIsNotFull_nullIsNotSent() {
        MessageBytes update = update(T, 'O', cells(v("1"), Cell.NULL), cells(v("2"), Cell.UNCHANGED));
        ReceivedRow event = event(full(T, "user"), Tables.partialFacts("id"), update);
        assertThat(oldRow(event).state("name")).isEqualTo(ColumnState.NOT_SENT);
        assertThat(oldRow(event).toMap()).containsOnlyKeys("id");
        assertThat(failure(() -> oldRow(event).get("name"))).hasMessageContaining("for each partition");
        assertThat(event.unavailable()).containsExactly("name");
        assertThat(Objects.requireNonNull(event.changes()).complete()).isFalse();
        ReceivedRow insert = event(full(T, "user"), Tables.partialFacts("id"), insert(T, v("1"), Cell.NULL));
        assertThat(newRow(insert).state("name")).isEqualTo(ColumnState.NULL);
    }

    @Test
    void get_valueThatJavaCannotHold_saysSoAndKeepsTheText() {
        Row row = newRow(event(
                relation(
                        T,
                        "shift",
                        ReplicaIdentity.DEFAULT,
                        column(true, "id", INT4),
                        column(false, "ends", TIME_OF_DAY)),
                facts("id"),
                insert(T, v("1"), v("24:00:00"))));
        ValueException thrown = failure(() -> row.get("ends"));
        assertThat(thrown.reason()).isEqualTo(Reason.NOT_REPRESENTABLE);
        assertThat(thrown.table()).isEqualTo("public.shift");
        assertThat(thrown.column()).isEqualTo("ends");
        assertThat(thrown.type()).isEqualTo("time");
        assertThat(thrown.text()).isEqualTo("24:00:00");
        assertThat(thrown).hasMessageContaining("public.shift.ends").hasMessageContaining("Row.text(\"ends\")");
        assertThat(failure(() -> row.get("ends", LocalTime.class)).reason()).isEqualTo(Reason.NOT_REPRESENTABLE);
        assertThat(row.text("ends")).isEqualTo("24:00:00");
        assertThat(row.get("id")).isEqualTo(1);
        assertThat(row.toJson()).isEqualTo("{\"id\":1,\"ends\":\"24:00:00\"}");
    }

    @Test
    void get_wrongJavaType_withoutTheValueInTheMessage() {
        Row row = newRow(event(
                relation(T, "t", ReplicaIdentity.NOTHING, column(false, "a", TEXT)), facts(), insert(T, v("secret"))));
        ValueException thrown = failure(() -> row.get("a", Long.class));
        assertThat(thrown.reason()).isEqualTo(Reason.NOT_REPRESENTABLE);
        assertThat(thrown).hasMessageContaining("java.lang.Long").hasMessageNotContaining("secret");
        assertThat(thrown.text()).isEqualTo("secret");
    }

    @Test
    void toJson_noColumns() {
        Row row = newRow(event(relation(T, "t", ReplicaIdentity.NOTHING), facts(), insert(T)));
        assertThat(row.columns()).isEmpty();
        assertThat(row.toJson()).isEqualTo("{}");
        assertThat(row.toMap()).isEmpty();
    }

    private static ValueException failure(ThrowingCallable read) {
        ValueException thrown = catchThrowableOfType(ValueException.class, read);
        assertThat(thrown).isNotNull();
        return thrown;
    }
}
