package io.walwire.internal.watch;

import io.walwire.event.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The subscriptions to rows whose columns have certain values: found by the values, however many there are. */
final class ValueIndex {
    private final List<String> columns;
    private final ConcurrentHashMap<Object, Watcher[]> byTuple = new ConcurrentHashMap<>();

    /** An index by the values of these columns. */
    ValueIndex(List<String> columns) {
        this.columns = columns;
    }

    List<String> columns() {
        return columns;
    }

    void add(Watcher watcher) {
        byTuple.merge(watcher.matcher().tuple(), new Watcher[] {watcher}, Watchers::join);
    }

    void remove(Watcher watcher) {
        byTuple.computeIfPresent(watcher.matcher().tuple(), (tuple, all) -> {
            Watcher[] left = Watchers.without(all, watcher);
            return left.length == 0 ? null : left;
        });
    }

    void forEach(Consumer<Watcher> action) {
        for (Watcher[] watchers : byTuple.values()) {
            Arrays.asList(watchers).forEach(action);
        }
    }

    /** Finds whom the change concerns by its old and its new values. */
    void tell(RowChange change) {
        if (byTuple.isEmpty()) {
            return;
        }
        Object after = change.tuple(columns, false);
        Object before = change.tuple(columns, true);
        if (change.kind() == Kind.TRUNCATE || after == Special.UNKNOWN || before == Special.UNKNOWN) {
            tellInDoubt(change);
            return;
        }
        tell(after, change);
        if (!before.equals(after)) {
            tell(before, change);
        }
    }

    private void tell(Object tuple, RowChange change) {
        Watcher[] watchers = byTuple.get(tuple);
        if (watchers != null) {
            for (Watcher watcher : watchers) {
                watcher.consider(change, Verdict.YES);
            }
        }
    }

    /** A value that was not sent may be anybody's. */
    private void tellInDoubt(RowChange change) {
        for (Watcher[] watchers : byTuple.values()) {
            for (Watcher watcher : watchers) {
                Verdict verdict = watcher.matcher().hasValues(change);
                if (verdict != Verdict.NO) {
                    watcher.consider(change, verdict);
                }
            }
        }
    }
}
