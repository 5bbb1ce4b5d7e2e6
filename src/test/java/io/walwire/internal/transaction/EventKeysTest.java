package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.INT4;
import static io.walwire.internal.transaction.Tables.TEXT;
import static io.walwire.internal.transaction.Tables.TEXT_ARRAY;
import static io.walwire.internal.transaction.Tables.VARCHAR;
import static io.walwire.internal.transaction.Tables.cells;
import static io.walwire.internal.transaction.Tables.change;
import static io.walwire.internal.transaction.Tables.column;
import static io.walwire.internal.transaction.Tables.delete;
import static io.walwire.internal.transaction.Tables.event;
import static io.walwire.internal.transaction.Tables.facts;
import static io.walwire.internal.transaction.Tables.full;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.relation;
import static io.walwire.internal.transaction.Tables.simple;
import static io.walwire.internal.transaction.Tables.truncate;
import static io.walwire.internal.transaction.Tables.update;
import static io.walwire.internal.transaction.Tables.v;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.backfill.EventKeys;
import io.walwire.internal.backfill.KeyColumn;
import io.walwire.internal.backfill.RowChange;
import io.walwire.internal.backfill.RowChange.Kind;
import io.walwire.internal.backfill.TableKey;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What of an event matters to the rows that are read beside it. */
class EventKeysTest {
    private static final int USER = 16384;
    private static final Relation SIMPLE = simple(USER, "user");
    private static final EventKeys KEYS = new EventKeys(List.of(new KeyColumn("id", "integer", 0)));

    private static @Nullable List<List<String>> values(RowChange change) {
        List<TableKey> keys = change.keys();
        return keys == null ? null : keys.stream().map(TableKey::values).toList();
    }

    @Test
    void insert_isComplete() {
        RowChange change = KEYS.of(event(SIMPLE, facts("id"), insert(USER, v("1"), v("a"))));
        assertThat(change.kind()).isEqualTo(Kind.INSERT);
        assertThat(values(change)).containsExactly(List.of("1"));
        assertThat(Objects.requireNonNull(change.now()).exact()).isTrue();
        assertThat(change.lacksValues()).isFalse();
        assertThat(change.row()).isNotNull();
    }

    @Test
    void update_thatChangesTheKeyAndLacksAValue() {
        RowChange change = KEYS.of(
                event(SIMPLE, facts("id"), update(USER, 'K', cells(v("1"), Cell.NULL), cells(v("2"), Cell.UNCHANGED))));
        assertThat(values(change)).containsExactly(List.of("2"), List.of("1"));
        assertThat(Objects.requireNonNull(change.now()).values()).containsExactly("2");
        assertThat(change.lacksValues()).isTrue();
    }

    @Test
    void update_underFull_lacksNothing() {
        RowChange change = KEYS.of(event(
                full(USER, "user"),
                facts("id"),
                update(USER, 'O', cells(v("1"), v("a")), cells(v("1"), Cell.UNCHANGED))));
        assertThat(values(change)).containsExactly(List.of("1"));
        assertThat(change.lacksValues()).isFalse();
    }

    /** As of a partition with another identity than its root. */
    @Test
    void update_withoutOldKey_knowsTheNewOneAlone() {
        RowChange change = KEYS.of(event(full(USER, "user"), facts("id"), update(USER, v("1"), v("a"))));
        assertThat(change.keys()).isNull();
        assertThat(Objects.requireNonNull(change.now()).values()).containsExactly("1");
    }

    @Test
    void delete_hasNoRow() {
        RowChange change = KEYS.of(event(SIMPLE, facts("id"), delete(USER, 'K', v("1"), Cell.NULL)));
        assertThat(change.kind()).isEqualTo(Kind.DELETE);
        assertThat(values(change)).containsExactly(List.of("1"));
        assertThat(change.now()).isNull();
        assertThat(change.row()).isNull();
    }

    @Test
    void truncate_isOfAllKeys() {
        assertThat(KEYS.of(change(SIMPLE, facts("id"), truncate(0, USER))).kind())
                .isEqualTo(Kind.TRUNCATE);
    }

    @Test
    void values_areInTheOrderOfTheKey() {
        Relation pair =
                relation(USER, "user", ReplicaIdentity.DEFAULT, column(true, "a", INT4), column(true, "b", VARCHAR));
        EventKeys keys = new EventKeys(List.of(new KeyColumn("b", "text", 1), new KeyColumn("a", "integer", 0)));
        assertThat(values(keys.of(event(pair, facts("b", "a"), insert(USER, v("1"), v("x"))))))
                .containsExactly(List.of("x", "1"));
    }

    /** Of such a type two texts may be one value, so that all rows are one until they are read. */
    @Test
    void typeOfUnknownEquality_isNotExact() {
        Relation tags = relation(
                USER, "user", ReplicaIdentity.DEFAULT, column(true, "id", TEXT_ARRAY), column(false, "n", TEXT));
        TableKey one = Objects.requireNonNull(KEYS.of(event(tags, facts("id"), insert(USER, v("{a}"), v("x"))))
                .now());
        TableKey other = Objects.requireNonNull(KEYS.of(event(tags, facts("id"), insert(USER, v("{b}"), v("x"))))
                .now());
        assertThat(one.exact()).isFalse();
        assertThat(one.identity()).isEqualTo(other.identity());
        assertThat(one).isNotEqualTo(other);
    }

    @Test
    void keyThatTheTableHasNoMore_isNotKnown() {
        EventKeys keys = new EventKeys(List.of(new KeyColumn("other", "integer", 0)));
        RowChange change = keys.of(event(SIMPLE, facts("id"), insert(USER, v("1"), v("a"))));
        assertThat(change.keys()).isNull();
        assertThat(change.now()).isNull();
    }
}
