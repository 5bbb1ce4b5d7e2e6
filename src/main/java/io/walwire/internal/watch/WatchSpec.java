package io.walwire.internal.watch;

import io.walwire.event.Condition;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.internal.text.TableName;
import io.walwire.watch.Membership;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a watch asks for, as the user gave it: names and values are not checked yet. Filled by {@link WatchBuilder}, and not changed
 * after that.
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
    final List<Kind> kinds = new ArrayList<>(0);

    /** Whether rows that are read by a backfill are wanted, too. */
    boolean reads;

    /** Of which an update has to have changed one; empty for any update. */
    final List<String> columns = new ArrayList<>(0);

    final List<Step> transitions = new ArrayList<>(0);

    /** Columns with the value that they have to have. */
    final Map<String, @Nullable Object> values = new LinkedHashMap<>();

    final List<Condition> conditions = new ArrayList<>(0);
    final List<Predicate<? super Row>> predicates = new ArrayList<>(0);
    final List<Member> memberships = new ArrayList<>(0);

    /** The columns among {@link #values} that were given as the key; null if no key was given. */
    @Nullable
    Set<String> key;

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

    /** Whether something is asked that only the whole row's old values answer. */
    boolean comparesRows() {
        return !predicates.isEmpty() || !memberships.isEmpty();
    }

    /** For messages. */
    String display() {
        return (label == null ? "A watch" : "Watch \"" + label + "\"") + " on table " + table;
    }
}
