package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.cells;
import static io.walwire.internal.transaction.Tables.delete;
import static io.walwire.internal.transaction.Tables.event;
import static io.walwire.internal.transaction.Tables.facts;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.simple;
import static io.walwire.internal.transaction.Tables.update;
import static io.walwire.internal.transaction.Tables.v;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Change;
import io.walwire.event.Changes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is said of an update's changes, and what is left unsaid. */
class RowChangesTest {
    private static final int T = 16384;

    private static @Nullable Changes full(Cell[] before, Cell[] after) {
        return event(Tables.full(T, "user"), facts("id"), update(T, 'O', before, after))
                .changes();
    }

    private static @Nullable Changes key(Cell[] before, Cell[] after) {
        return event(simple(T, "user"), facts("id"), update(T, 'K', before, after))
                .changes();
    }

    @Test
    void full_whatDiffers() {
        ReceivedRow event = event(
                Tables.full(T, "user"), facts("id"), update(T, 'O', cells(v("1"), v("a")), cells(v("1"), v("b"))));
        Changes changes = Objects.requireNonNull(event.changes());
        assertThat(changes.complete()).isTrue();
        assertThat(changes.list()).extracting(Change::column).containsExactly("name");
        Change change = Objects.requireNonNull(changes.get("name"));
        assertThat(change.oldValue()).isEqualTo("a");
        assertThat(change.newValue()).isEqualTo("b");
        assertThat(changes.get("id")).isNull();
        assertThat(event.changed("name")).isTrue();
        assertThat(event.changed("id")).isFalse();
    }

    @Test
    void full_binary() {
        Changes changes = Objects.requireNonNull(full(
                cells(Cell.binary("00000001"), Cell.binary("61")), cells(Cell.binary("00000001"), Cell.binary("62"))));
        assertThat(changes.list()).extracting(Change::column).containsExactly("name");
        assertThat(changes.list()).extracting(Change::newValue).containsExactly("b");
    }

    @Test
    void full_inTheTablesOrder() {
        Changes changes = Objects.requireNonNull(full(cells(v("1"), v("a")), cells(v("2"), v("b"))));
        assertThat(changes.list()).extracting(Change::column).containsExactly("id", "name");
    }

    @Test
    void full_nothingDiffers_emptyAndComplete() {
        Changes changes = Objects.requireNonNull(full(cells(v("1"), v("a")), cells(v("1"), v("a"))));
        assertThat(changes.complete()).isTrue();
        assertThat(changes.list()).isEmpty();
    }

    @Test
    void full_toAndFromNull() {
        Change toNull =
                Objects.requireNonNull(Objects.requireNonNull(full(cells(v("1"), v("a")), cells(v("1"), Cell.NULL)))
                        .get("name"));
        assertThat(toNull.oldValue()).isEqualTo("a");
        assertThat(toNull.newValue()).isNull();
        Change fromNull =
                Objects.requireNonNull(Objects.requireNonNull(full(cells(v("1"), Cell.NULL), cells(v("1"), v(""))))
                        .get("name"));
        assertThat(fromNull.oldValue()).isNull();
        assertThat(fromNull.newValue()).isEqualTo("");
        assertThat(Objects.requireNonNull(full(cells(v("1"), Cell.NULL), cells(v("1"), Cell.NULL)))
                        .list())
                .isEmpty();
    }

    @Test
    void full_unchangedToast_isNoChange() {
        Changes changes = Objects.requireNonNull(full(cells(v("1"), v("long")), cells(v("1"), Cell.UNCHANGED)));
        assertThat(changes.complete()).isTrue();
        assertThat(changes.list()).isEmpty();
    }

    @Test
    void full_oneTextIsThePrefixOfTheOther() {
        Changes changes = Objects.requireNonNull(full(cells(v("1"), v("a")), cells(v("1"), v("ab"))));
        assertThat(changes.contains("name")).isTrue();
    }

    @Test
    void key_keyDiffers_incomplete() {
        Changes changes = Objects.requireNonNull(key(cells(v("1"), Cell.NULL), cells(v("2"), v("a"))));
        assertThat(changes.complete()).isFalse();
        assertThat(changes.list()).extracting(Change::column).containsExactly("id");
        assertThat(changes.get("name")).isNull();
    }

    @Test
    void key_keyIsEqual_nothingIsKnown() {
        assertThat(key(cells(v("1"), Cell.NULL), cells(Cell.UNCHANGED, v("a")))).isNull();
    }

    @Test
    void absent_nothingIsKnown() {
        ReceivedRow event = event(simple(T, "user"), facts("id"), update(T, v("1"), v("a")));
        assertThat(event.changes()).isNull();
        assertThat(event.changed("name")).isFalse();
        assertThat(event.beforeRow()).isNull();
    }

    @Test
    void otherKindsOfEvent_none() {
        assertThat(event(simple(T, "user"), facts("id"), insert(T, v("1"), v("a")))
                        .changes())
                .isNull();
        assertThat(event(Tables.full(T, "user"), facts("id"), delete(T, 'O', v("1"), v("a")))
                        .changes())
                .isNull();
    }
}
