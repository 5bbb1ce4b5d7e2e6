package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.cells;
import static io.walwire.internal.transaction.Tables.delete;
import static io.walwire.internal.transaction.Tables.event;
import static io.walwire.internal.transaction.Tables.facts;
import static io.walwire.internal.transaction.Tables.full;
import static io.walwire.internal.transaction.Tables.simple;
import static io.walwire.internal.transaction.Tables.update;
import static io.walwire.internal.transaction.Tables.v;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.handler.Filter;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What filters make of what is not known: whatever they are combined to, the event is kept. */
class FiltersInDoubtTest {
    private static final int T = 16384;
    private static final Filter CHANGED = Filter.changed("name");
    private static final Filter YES = Filter.where(event -> true);
    private static final Filter NO = Filter.where(event -> false);

    /** Under DEFAULT, of which no old value is known. */
    private static final Event UNKNOWN = event(simple(T, "t"), facts("id"), update(T, v("1"), v("a")));

    private static final Event DIFFERENT =
            event(full(T, "t"), facts("id"), update(T, 'O', cells(v("1"), v("a")), cells(v("1"), v("b"))));
    private static final Event SAME =
            event(full(T, "t"), facts("id"), update(T, 'O', cells(v("1"), v("a")), cells(v("1"), v("a"))));
    private static final Event DELETED = event(simple(T, "t"), facts("id"), delete(T, 'K', v("1"), Cell.NULL));

    @Test
    void negate_ofWhatIsNotKnown_keeps() {
        for (Filter filter : List.of(CHANGED, Filter.unwatchedFields("name"), Filter.where(CHANGED))) {
            assertThat(filter.test(UNKNOWN)).isTrue();
            assertThat(filter.negate().test(UNKNOWN)).isTrue();
            assertThat(filter.negate().negate().test(UNKNOWN)).isTrue();
        }
        Filter unwatched = Filter.unwatchedRecords(Map.of("name", "a"));
        assertThat(unwatched.test(DELETED)).isTrue();
        assertThat(unwatched.negate().test(DELETED)).isTrue();
    }

    @Test
    void negate_ofWhatIsKnown_isTheOpposite() {
        assertThat(CHANGED.test(DIFFERENT)).isTrue();
        assertThat(CHANGED.negate().test(DIFFERENT)).isFalse();
        assertThat(CHANGED.test(SAME)).isFalse();
        assertThat(CHANGED.negate().test(SAME)).isTrue();
        assertThat(Filter.unwatchedFields("name").negate().test(DIFFERENT)).isTrue();
        assertThat(Filter.unwatchedRecords(Map.of("id", 1)).negate().test(DELETED))
                .isTrue();
        assertThat(Filter.unwatchedRecords(Map.of("id", 2)).negate().test(DELETED))
                .isFalse();
        assertThat(Filter.unwatchedRecords(Map.of("nobody", 2)).negate().test(DELETED))
                .isFalse();
        assertThat(Filter.unwatchedRecords(Map.of("name", "a", "id", 2))
                        .negate()
                        .test(DELETED))
                .as("one value is known not to match")
                .isFalse();
    }

    @Test
    void combinations_followSqlsLogic() {
        assertThat(CHANGED.and(YES).test(UNKNOWN)).isTrue();
        assertThat(CHANGED.and(YES).negate().test(UNKNOWN)).isTrue();
        assertThat(YES.and(CHANGED).negate().test(UNKNOWN)).isTrue();
        assertThat(CHANGED.and(NO).test(UNKNOWN)).isFalse();
        assertThat(NO.and(CHANGED).negate().test(UNKNOWN)).isTrue();
        assertThat(CHANGED.or(NO).negate().test(UNKNOWN)).isTrue();
        assertThat(NO.or(CHANGED).test(UNKNOWN)).isTrue();
        assertThat(CHANGED.or(YES).negate().test(UNKNOWN)).isFalse();
        assertThat(CHANGED.negate().and(CHANGED).test(UNKNOWN)).isTrue();
        assertThat(Filter.where(event -> !CHANGED.test(event)).test(UNKNOWN))
                .as("a predicate of the user's has two answers")
                .isFalse();
    }
}
