package io.walwire.internal.watch;

import io.walwire.event.Kind;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The subscriptions to rows whose columns have certain values: found by the values, however many there are. */
final class ValueIndex {
    private final List<String> columns;
    private final ConcurrentHashMap<Object, SubscriptionList> byTuple = new ConcurrentHashMap<>();

    /** An index by the values of these columns. */
    ValueIndex(List<String> columns) {
        this.columns = columns;
    }

    List<String> columns() {
        return columns;
    }

    void add(WatchSubscription watcher) {
        byTuple.compute(watcher.matcher().tuple(), (tuple, there) -> {
            SubscriptionList watchers = there == null ? new SubscriptionList() : there;
            watchers.add(watcher);
            return watchers;
        });
    }

    void remove(WatchSubscription watcher) {
        byTuple.computeIfPresent(watcher.matcher().tuple(), (tuple, watchers) -> {
            watchers.remove(watcher);
            return watchers.isEmpty() ? null : watchers;
        });
    }

    boolean isEmpty() {
        return byTuple.isEmpty();
    }

    void forEach(Consumer<WatchSubscription> action) {
        byTuple.values().forEach(watchers -> watchers.forEach(action));
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
        SubscriptionList watchers = byTuple.get(tuple);
        if (watchers != null) {
            watchers.forEach(watcher -> watcher.consider(change, Truth.YES));
        }
    }

    /** A value that was not sent may be anybody's. */
    private void tellInDoubt(RowChange change) {
        forEach(watcher -> watcher.considerInDoubt(change));
    }
}
