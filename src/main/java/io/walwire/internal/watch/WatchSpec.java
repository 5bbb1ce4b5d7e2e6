package io.walwire.internal.watch;

import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.internal.text.TableName;
import io.walwire.watch.Membership;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a watch asks for, as the user gave it: names and values are not checked yet. Only {@link #with} changes a field, and only of
 * a copy that nobody else has.
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

    final TableName table;

    /** Those named; empty for all. */
    List<Kind> kinds = List.of();

    /** Of which an update has to have changed one; empty for any update. */
    List<String> columns = List.of();

    List<Step> transitions = List.of();

    /** Columns with the value that they have to have. */
    Map<String, @Nullable Object> values = Map.of();

    /** The columns among {@link #values} that were given as the key; null if no key was given. */
    @Nullable
    Set<String> key;

    List<Predicate<? super Row>> predicates = List.of();
    List<Member> memberships = List.of();
    boolean keysOnly;

    /** The columns to carry; null if none were selected. */
    @Nullable
    Set<String> selected;

    @Nullable
    String label;

    Overflow overflow = Overflow.DROP_OLDEST;

    /** How many events the buffer holds, at least 1. */
    int maxWaiting = DEFAULT_MAX_WAITING;

    /** A watch of everything. */
    WatchSpec(TableName table) {
        this.table = table;
    }

    /** The same with something changed. */
    WatchSpec with(Consumer<WatchSpec> change) {
        WatchSpec copy = new WatchSpec(table);
        copy.kinds = kinds;
        copy.columns = columns;
        copy.transitions = transitions;
        copy.values = values;
        copy.key = key;
        copy.predicates = predicates;
        copy.memberships = memberships;
        copy.keysOnly = keysOnly;
        copy.selected = selected;
        copy.label = label;
        copy.overflow = overflow;
        copy.maxWaiting = maxWaiting;
        change.accept(copy);
        return copy;
    }

    static <T> List<T> plus(List<T> list, Collection<? extends T> more) {
        List<T> both = new ArrayList<>(list);
        both.addAll(more);
        return List.copyOf(both);
    }

    void addValues(Map<String, ? extends @Nullable Object> more) {
        Map<String, @Nullable Object> both = new LinkedHashMap<>(values);
        both.putAll(more);
        values = Collections.unmodifiableMap(both);
    }

    /** The columns that events carry beside the key; null for whole events. */
    @Nullable
    Set<String> carried() {
        return keysOnly ? Set.of() : selected;
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
