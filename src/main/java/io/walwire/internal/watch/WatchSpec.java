package io.walwire.internal.watch;

import io.walwire.event.Condition;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.internal.text.TableName;
import io.walwire.watch.Membership;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a watch asks for, as the user said it: names and values are not checked yet.
 *
 * @param kinds those named; empty for all
 * @param columns of which an update has to have changed one; empty for any update
 * @param values columns that have a value; of a key given without names the column is {@link #ONLY_KEY}
 * @param key the columns among them that were given as the key; null if no key was given
 * @param selected the columns to carry; null for all
 */
record WatchSpec(
        TableName table,
        Set<Kind> kinds,
        Set<String> columns,
        List<Step> transitions,
        Map<String, @Nullable Object> values,
        @Nullable Set<String> key,
        List<Condition> conditions,
        List<Predicate<? super Row>> predicates,
        List<Member> memberships,
        Content content,
        @Nullable Set<String> selected,
        @Nullable String label,
        Buffering buffering) {
    /** No column's name. */
    static final String ONLY_KEY = "";

    /** How much of a row is carried. */
    enum Content {
        WHOLE,
        SELECTED,
        KEYS
    }

    /** A value that is or is not asked for; null is one. */
    record Asked(@Nullable Object value) {}

    /** A change of a column, from a value and to one. */
    record Step(
            String column, @Nullable Asked from, @Nullable Asked to) {}

    /** What a change has to do to a row's membership. */
    record Member(Membership membership, Predicate<? super Row> predicate) {}

    /** Whether something is asked that only the whole row's old values answer. */
    boolean comparesRows() {
        return !predicates.isEmpty() || !memberships.isEmpty();
    }

    /** For messages. */
    String display() {
        return (label == null ? "A watch" : "Watch \"" + label + "\"") + " on table " + table;
    }
}
