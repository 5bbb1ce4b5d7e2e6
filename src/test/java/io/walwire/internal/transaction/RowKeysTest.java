package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.INT4;
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
import io.walwire.internal.lanes.LaneKeys;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which rows a change is about, and when that is not known. */
class RowKeysTest {
    private static final int USER = 16384;
    private static final Relation SIMPLE = simple(USER, "user");
    private static final Relation FULL = full(USER, "user");

    /** What stands for the row with this id. */
    private static String key(String id) {
        return Objects.requireNonNull(of(event(SIMPLE, facts("id"), insert(USER, v(id), v("a")))))
                .get(0);
    }

    private static @Nullable List<String> of(ReceivedRow event) {
        return RowKeys.possible(event);
    }

    @Test
    void of_insertAndDelete_theirOwnKey() {
        assertThat(of(event(SIMPLE, facts("id"), insert(USER, v("1"), v("a"))))).containsExactly(key("1"));
        assertThat(of(event(SIMPLE, facts("id"), delete(USER, 'K', v("1"), Cell.NULL))))
                .containsExactly(key("1"));
    }

    @Test
    void of_updateOfTheKey_bothKeys() {
        assertThat(of(event(SIMPLE, facts("id"), update(USER, v("1"), v("a"))))).containsExactly(key("1"));
        assertThat(of(event(SIMPLE, facts("id"), update(USER, 'K', cells(v("1"), Cell.NULL), cells(v("2"), v("a"))))))
                .containsExactly(key("2"), key("1"));
        assertThat(of(event(FULL, facts("id"), update(USER, 'O', cells(v("1"), v("a")), cells(v("1"), v("b"))))))
                .containsExactly(key("1"));
    }

    @Test
    void of_tableWithoutKey_none() {
        assertThat(of(event(FULL, facts(), insert(USER, v("1"), v("a"))))).isEmpty();
    }

    /** As of a partition that is not FULL under a root that is. */
    @Test
    void of_updateUnderFull_withoutOldRow_isNotKnown() {
        assertThat(of(event(FULL, facts("id"), update(USER, v("1"), v("a"))))).isNull();
    }

    @Test
    void of_keyThatWasNotSent_isNotKnown() {
        assertThat(of(event(SIMPLE, facts("id"), update(USER, Cell.UNCHANGED, v("a")))))
                .isNull();
    }

    /** Two texts of one value must not be two lanes, and two rows must not be one in a batch. */
    @Test
    void of_typeOfUnknownEquality_isLeftOutOrComparedAsText() {
        ReceivedRow event = tagged("1", "x", "{a}");
        ReceivedRow other = tagged("1", "x", "{b}");
        assertThat(RowKeys.possible(event)).hasSize(1).isEqualTo(RowKeys.possible(other));
        assertThat(RowKeys.certain(event)).hasSize(1).isNotEqualTo(RowKeys.certain(other));
        assertThat(RowKeys.certain(event)).isEqualTo(RowKeys.certain(tagged("1", "x", "{a}")));
        for (ReceivedRow another : List.of(tagged("2", "x", "{a}"), tagged("1", "y", "{a}"))) {
            assertThat(RowKeys.possible(event)).isNotEqualTo(RowKeys.possible(another));
            assertThat(RowKeys.certain(event)).isNotEqualTo(RowKeys.certain(another));
        }
    }

    private static ReceivedRow tagged(String id, String code, String tags) {
        Relation table = relation(
                USER,
                "user",
                ReplicaIdentity.DEFAULT,
                column(true, "id", INT4),
                column(true, "code", VARCHAR),
                column(true, "tags", TEXT_ARRAY));
        return event(table, facts("id", "code", "tags"), insert(USER, v(id), v(code), v(tags)));
    }

    /** The length of each value is part of a key, so that no value runs into the next one. */
    @Test
    void of_valuesThatReadAlikeOneAfterTheOther_areDifferentKeys() {
        Relation table =
                relation(USER, "user", ReplicaIdentity.DEFAULT, column(true, "a", VARCHAR), column(true, "b", VARCHAR));
        ReceivedRow one = event(table, facts("a", "b"), insert(USER, v("x1:y"), v("z")));
        ReceivedRow other = event(table, facts("a", "b"), insert(USER, v("x"), v("y1:z")));
        assertThat(RowKeys.possible(one)).isNotEqualTo(RowKeys.possible(other));
        assertThat(RowKeys.certain(one)).isNotEqualTo(RowKeys.certain(other));
    }

    /** In a hash table with many keys of one hash code each is found without a look at all others. */
    @Test
    void certain_keysOfOneHashCode_haveAnOrder() {
        ReceivedRow one = tagged("1", "AaAa", "{}");
        ReceivedRow other = tagged("1", "BBBB", "{}");
        KeyRow key = (KeyRow) Objects.requireNonNull(one.key());
        KeyRow same = (KeyRow) Objects.requireNonNull(other.key());
        assertThat(key).hasSameHashCodeAs(same).isNotEqualTo(same);
        assertThat(key.compareTo(same)).isNegative();
        assertThat(key).isEqualByComparingTo((KeyRow) Objects.requireNonNull(one.key()));
    }

    @Test
    void lanes_ofWhatHasNoKey_areOne_ofATruncateNone() {
        LaneKeys lanes = new LaneKeys();
        List<String> first = lanes.of(event(FULL, facts(), insert(USER, v("1"), v("a"))));
        List<String> other = lanes.of(event(full(16390, "todo"), facts(), insert(16390, v("2"), v("b"))));
        assertThat(first).hasSize(1);
        assertThat(other).hasSize(1);
        assertThat(first).isEqualTo(other);
        assertThat(lanes.of(change(SIMPLE, facts("id"), truncate(0, USER)))).isNull();
    }

    @Test
    void lanes_tableWithAnotherKey_standsAloneOnce() {
        LaneKeys lanes = new LaneKeys();
        TransactionAssembler assembler = Tables.assembler();
        assembler.define(FULL, facts());
        assertThat(lanes.of(next(assembler))).hasSize(1);
        assembler.define(FULL, facts("id"));
        assertThat(lanes.of(event(FULL, facts("id"), insert(USER, v("1"), v("a")))))
                .isNull();
        assertThat(lanes.of(event(FULL, facts("id"), insert(USER, v("1"), v("a")))))
                .isEqualTo(List.of(key("1")));
    }

    private static ReceivedRow next(TransactionAssembler assembler) {
        return (ReceivedRow) Tables.transaction(assembler, insert(USER, v("1"), v("a")))
                .events()
                .get(0);
    }
}
