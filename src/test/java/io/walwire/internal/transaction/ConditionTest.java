package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.cells;
import static io.walwire.internal.transaction.Tables.change;
import static io.walwire.internal.transaction.Tables.delete;
import static io.walwire.internal.transaction.Tables.event;
import static io.walwire.internal.transaction.Tables.facts;
import static io.walwire.internal.transaction.Tables.full;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.simple;
import static io.walwire.internal.transaction.Tables.update;
import static io.walwire.internal.transaction.Tables.v;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Condition;
import io.walwire.event.Event;
import io.walwire.handler.Filter;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Conditions of row events: what holds, what does not, and what is not known. */
class ConditionTest {
    private static final int T = 16384;
    private static final Condition CHANGED = Condition.column("name").changed();
    private static final Condition A_TO_B = Condition.column("name").from("a").to("b");

    private static final Event INSERT = event(full(T, "t"), facts("id"), insert(T, v("1"), v("b")));
    private static final Event A_B =
            event(full(T, "t"), facts("id"), update(T, 'O', cells(v("1"), v("a")), cells(v("1"), v("b"))));
    private static final Event A_A =
            event(full(T, "t"), facts("id"), update(T, 'O', cells(v("1"), v("a")), cells(v("1"), v("a"))));
    private static final Event DELETE = event(full(T, "t"), facts("id"), delete(T, 'O', v("1"), v("b")));

    /** Under DEFAULT, of which no old value is known. */
    private static final Event ANY_B = event(simple(T, "t"), facts("id"), update(T, v("1"), v("b")));

    private static final Event ANY_C = event(simple(T, "t"), facts("id"), update(T, v("1"), v("c")));
    private static final Event UNSENT = event(simple(T, "t"), facts("id"), update(T, v("1"), Cell.UNCHANGED));
    private static final Event KEY_DELETED = event(simple(T, "t"), facts("id"), delete(T, 'K', v("1"), Cell.NULL));
    private static final Event TRUNCATE =
            change(simple(T, "t"), facts("id"), Tables.truncate(0, T)).event();

    @Test
    void is_looksAtTheRowThatTheEventIsAbout() {
        Condition isB = Condition.column("name").is("b");
        assertThat(isB.holdsFor(INSERT)).isTrue();
        assertThat(isB.holdsFor(A_B)).isTrue();
        assertThat(isB.holdsFor(A_A)).isFalse();
        assertThat(isB.holdsFor(DELETE)).isTrue();
        assertThat(Condition.column("id").is(1L).holdsFor(KEY_DELETED)).isTrue();
        assertThat(Condition.column("name").is(null).holdsFor(INSERT)).isFalse();
        assertThat(isB.readsOldValues()).isFalse();
        assertThat(isB.columns()).containsExactly("name");
    }

    @Test
    void change_isOneOfAnUpdate() {
        assertThat(CHANGED.holdsFor(A_B)).isTrue();
        assertThat(CHANGED.holdsFor(A_A)).isFalse();
        assertThat(CHANGED.holdsFor(INSERT)).isFalse();
        assertThat(CHANGED.holdsFor(DELETE)).isFalse();
        assertThat(CHANGED.holdsFor(UNSENT))
                .as("a value that was not sent did not change")
                .isFalse();
        assertThat(CHANGED.readsOldValues()).isTrue();
    }

    @Test
    void transition_hasItsValues() {
        assertThat(A_TO_B.holdsFor(A_B)).isTrue();
        assertThat(Condition.column("name").from("a").holdsFor(A_B)).isTrue();
        assertThat(Condition.column("name").from("b").holdsFor(A_B)).isFalse();
        assertThat(Condition.column("name").to("b").from(null).holdsFor(A_B)).isFalse();
        assertThat(A_TO_B.holdsFor(A_A)).isFalse();
        assertThat(A_TO_B.holdsFor(INSERT)).isFalse();
    }

    @Test
    void whatWasNotSent_isNotKnown_unlessTheRestDecides() {
        for (Condition condition :
                List.of(CHANGED, A_TO_B, Condition.column("name").from("a"))) {
            assertThat(condition.holdsFor(ANY_B)).isNull();
            assertThat(condition.negate().holdsFor(ANY_B)).isNull();
            assertThat(condition.certain().holdsFor(ANY_B)).isFalse();
            assertThat(Filter.of(condition).test(ANY_B)).isTrue();
            assertThat(Filter.of(condition.certain()).test(ANY_B)).isFalse();
        }
        assertThat(A_TO_B.holdsFor(ANY_C)).as("it is not b now").isFalse();
        assertThat(Condition.column("name").is("a").holdsFor(KEY_DELETED)).isNull();
    }

    @Test
    void truncate_andAColumnThatIsNotThere_areNotKnown() {
        assertThat(Condition.column("id").is(1).holdsFor(TRUNCATE)).isNull();
        assertThat(CHANGED.certain().holdsFor(TRUNCATE)).isNull();
        assertThat(Filter.of(CHANGED).test(TRUNCATE)).isTrue();
        assertThat(Condition.column("nobody").is(1).holdsFor(A_B)).isNull();
        assertThat(Condition.column("nobody").changed().holdsFor(A_B)).isNull();
    }

    @Test
    void combinations_followSqlsLogic() {
        Condition yes = Condition.column("id").is(1);
        Condition no = yes.negate();
        assertThat(CHANGED.and(yes).holdsFor(ANY_B)).isNull();
        assertThat(yes.and(CHANGED).holdsFor(ANY_B)).isNull();
        assertThat(CHANGED.and(no).holdsFor(ANY_B)).isFalse();
        assertThat(no.and(CHANGED).holdsFor(ANY_B)).isFalse();
        assertThat(CHANGED.or(yes).holdsFor(ANY_B)).isTrue();
        assertThat(CHANGED.or(no).holdsFor(ANY_B)).isNull();
        assertThat(yes.and(yes).holdsFor(ANY_B)).isTrue();
        assertThat(no.or(no).holdsFor(ANY_B)).isFalse();
        assertThat(CHANGED.or(yes).columns()).containsExactlyInAnyOrder("name", "id");
        assertThat(yes.and(CHANGED).readsOldValues()).isTrue();
        assertThat(yes.or(no).readsOldValues()).isFalse();
    }
}
