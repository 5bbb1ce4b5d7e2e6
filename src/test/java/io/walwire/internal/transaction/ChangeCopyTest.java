package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.NUMERIC;
import static io.walwire.internal.transaction.Tables.TEXT;
import static io.walwire.internal.transaction.Tables.cells;
import static io.walwire.internal.transaction.Tables.column;
import static io.walwire.internal.transaction.Tables.delete;
import static io.walwire.internal.transaction.Tables.facts;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.relation;
import static io.walwire.internal.transaction.Tables.truncate;
import static io.walwire.internal.transaction.Tables.update;
import static io.walwire.internal.transaction.Tables.v;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ValueException;
import io.walwire.event.Column;
import io.walwire.event.ColumnState;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.Row;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Copies of changes with some columns; the table is (id numeric, a text, b text), its primary key id. */
class ChangeCopyTest {
    private static final int T = 16384;

    private static ReceivedChange change(ReplicaIdentity identity, MessageBytes message) {
        boolean all = identity == ReplicaIdentity.FULL;
        return Tables.change(
                relation(T, "t", identity, column(true, "id", NUMERIC), column(all, "a", TEXT), column(all, "b", TEXT)),
                facts("id"),
                message);
    }

    private static ReceivedChange fullUpdate(String oldId, String newId) {
        return change(
                ReplicaIdentity.FULL,
                update(T, 'O', cells(v(oldId), v("x".repeat(900)), v("y")), cells(v(newId), Cell.UNCHANGED, v("z"))));
    }

    private static Row part(ReceivedChange event, @Nullable Row row, String... columns) {
        return Objects.requireNonNull(event.part(row, Set.of(columns)));
    }

    @Test
    void oldKey_ofAnUpdateThatChangesTheKey() {
        Row oldKey = Objects.requireNonNull(fullUpdate("1", "2").oldKey());
        assertThat(oldKey.toJson()).isEqualTo("{\"id\":1}");
        assertThat(oldKey).isEqualTo(fullUpdate("3", "1").key());
    }

    @Test
    void oldKey_sameNumberWithOtherDigits_isNoOtherKey() {
        assertThat(fullUpdate("1.0", "1.00").oldKey()).isNull();
        assertThat(fullUpdate("1.0", "1.00").key())
                .isEqualTo(fullUpdate("1", "1").key());
    }

    @Test
    void oldKey_notSent_orOfNoUpdate_null() {
        assertThat(change(ReplicaIdentity.DEFAULT, update(T, v("1"), v("x"), v("y")))
                        .oldKey())
                .isNull();
        assertThat(change(ReplicaIdentity.DEFAULT, delete(T, 'K', v("1"), Cell.NULL, Cell.NULL))
                        .oldKey())
                .isNull();
    }

    @Test
    void copy_hasTheKeyAndTheColumns_ofBothRows() {
        ReceivedChange event = fullUpdate("1", "2");
        ReceivedChange copy = event.copyOf(Set.of("b"));
        assertThat(copy.id()).isEqualTo(event.id());
        assertThat(copy.transaction().timestamp()).isEqualTo(event.transaction().timestamp());
        assertThat(copy.key()).isEqualTo(event.key());
        assertThat(copy.oldKey()).isEqualTo(event.oldKey());
        Row after = part(copy, copy.afterRow(), "b");
        assertThat(after.columns()).extracting(Column::name).containsExactly("b");
        assertThat(after.toMap()).isEqualTo(Map.of("b", "z"));
        assertThat(after.isKnown("a")).isFalse();
        assertThat(part(copy, copy.beforeRow(), "b").text("b")).isEqualTo("y");
        assertThatThrownBy(() -> after.get("a"))
                .isInstanceOf(ValueException.class)
                .hasMessageContaining("public.t has no column a; it has b");
    }

    /** A TOASTed value comes from the old row, which the copy has too. */
    @Test
    void copy_unchangedValue_isTheOldRows() {
        ReceivedChange copy = fullUpdate("1", "1").copyOf(Set.of("a", "no such column"));
        assertThat(part(copy, copy.afterRow(), "a").text("a")).hasSize(900);
    }

    @Test
    void copy_valueThatWasNotSent_isNotKnown() {
        ReceivedChange copy = change(ReplicaIdentity.DEFAULT, delete(T, 'K', v("1"), Cell.NULL, Cell.NULL))
                .copyOf(Set.of("a"));
        Row before = part(copy, copy.beforeRow(), "a");
        assertThat(before.state("a")).isEqualTo(ColumnState.NOT_SENT);
        assertThat(before.toJson()).isEqualTo("{}");
    }

    @Test
    void copy_keepsNoOtherValueInMemory() {
        ReceivedRow copy = (ReceivedRow) fullUpdate("1", "2").copyOf(Set.of());
        assertThat(Objects.requireNonNull(copy.oldTuple()).bytes()).hasSizeLessThan(20);
        assertThat(Objects.requireNonNull(copy.newTuple()).bytes()).hasSizeLessThan(20);
    }

    @Test
    void json_ofTheKeyAlone_andOfSomeColumns() {
        ReceivedChange event = change(ReplicaIdentity.DEFAULT, insert(T, v("1"), v("x"), Cell.NULL));
        assertThat(event.copyOf(Set.of()).toJson(Set.of()))
                .startsWith("{\"name\":\"t\",\"type\":\"insert\",\"source\":{\"name\":\"Walwire\",")
                .contains("\"table\":\"t\"},\"key\":{\"id\":1},\"timestamp\":")
                .doesNotContain("record", "changes");
        assertThat(event.copyOf(Set.of("b")).toJson(Set.of("b")))
                .contains("\"key\":{\"id\":1},\"new_record\":{\"b\":null},\"old_record\":null,\"timestamp\":");
    }

    @Test
    void json_ofATruncate_hasNoRows() {
        ReceivedChange truncate = change(ReplicaIdentity.DEFAULT, truncate(0, T));
        assertThat(truncate.copyOf(Set.of("a"))).isSameAs(truncate);
        assertThat(truncate.toJson(Set.of("a"))).contains("\"key\":null,\"timestamp\":");
    }
}
