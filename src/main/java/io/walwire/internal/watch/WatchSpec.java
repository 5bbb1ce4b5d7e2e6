package io.walwire.internal.watch;

import io.walwire.event.Condition;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.internal.text.TableName;
import io.walwire.watch.Membership;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a watch asks for, as the user gave it: names and values are not checked yet. Filled by {@link WatchBuilder}, for one
 * subscription. That keeps it for as long as it lives, so what is empty takes no room.
 */
final class WatchSpec {
    /** Stands for the only column of a key that was given without names; no column has this name. */
    static final String ONLY_KEY = "";

    private static final int DEFAULT_MAX_WAITING = 1024;

    /** What happens to an event for which the buffer has no room. */
    enum Overflow {
        DROP_OLDEST,
        LATEST_PER_KEY,
        CLOSE
    }

    /** A value that was given, which may be null for SQL NULL. */
    record Given(@Nullable Object value) {}

    /** A change of a column, from a value and to one; null for any. */
    record Step(
            String column, @Nullable Given from, @Nullable Given to) {}

    /** What a change has to do to a row's membership. */
    record Member(Membership membership, Predicate<? super Row> predicate) {}

    /**
     * Values that are asked for.
     *
     * @param byColumn columns with the value that they have to have
     * @param key the columns among them that were given as the key; null if no key was given
     */
    record Values(
            Map<String, @Nullable Object> byColumn,
            @Nullable Set<String> key) {
        static final Values NONE = new Values(Map.of(), null);

        /** With some more, or others in their place. */
        Values with(Map<String, ? extends @Nullable Object> more, @Nullable Set<String> newKey) {
            Map<String, @Nullable Object> all = new LinkedHashMap<>(byColumn);
            all.putAll(more);
            return new Values(all, newKey);
        }
    }

    final TableName table;

    /** Those named; empty for all. */
    List<Kind> kinds = List.of();

    /** Whether rows that are read by a backfill are wanted, too. */
    boolean reads;

    /** Of which an update has to have changed one; empty for any update. */
    List<String> columns = List.of();

    List<Step> transitions = List.of();

    Values values = Values.NONE;

    List<Condition> conditions = List.of();
    List<Predicate<? super Row>> predicates = List.of();
    List<Member> memberships = List.of();

    /** The columns that events carry beside the key: none for the key alone, null for whole events. */
    @Nullable
    Set<String> carried;

    /** Whether {@link #carried} is empty because the user asked for the key alone. */
    boolean keysOnly;

    @Nullable
    String label;

    Overflow overflow = Overflow.DROP_OLDEST;

    /** How many events the buffer holds, at least 1. */
    int maxWaiting = DEFAULT_MAX_WAITING;

    /** A watch of everything. */
    WatchSpec(TableName table) {
        this.table = table;
    }

    /** A list with one more element. */
    static <T> List<T> plus(List<? extends T> list, T more) {
        return Stream.concat(list.stream(), Stream.of(more)).toList();
    }

    /** Forgets what a {@link Matcher} has that was made of it. */
    void forgetValues() {
        values = Values.NONE;
        transitions = List.of();
    }

    /** Whether something is asked that only the whole row's old values answer. */
    boolean comparesRows() {
        return !predicates.isEmpty() || !memberships.isEmpty();
    }

    /** For messages. */
    String display() {
        return (label == null ? "A watch" : "Watch \"" + label + "\"") + " on table " + table;
    }
}
