package io.walwire.internal.watch;

import io.walwire.internal.transaction.ReceivedChange;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The subscriptions of one table. Changed under a lock, read by the handler thread without. */
final class TableWatches {
    /** One for each set of columns whose values somebody asks for. */
    private volatile List<ValueIndex> indexes = List.of();

    /** Those that no value leads to. */
    private final Watchers others = new Watchers();

    /** Whether the handler thread has found them, and tells them from now on; for those who hold the lock of the table's name. */
    boolean known;

    synchronized void add(Watcher watcher) {
        List<String> columns = watcher.matcher().valueColumns();
        if (columns.isEmpty()) {
            others.add(watcher);
        } else {
            index(columns).add(watcher);
        }
    }

    private ValueIndex index(List<String> columns) {
        for (ValueIndex index : indexes) {
            if (index.columns().equals(columns)) {
                return index;
            }
        }
        ValueIndex index = new ValueIndex(columns);
        List<ValueIndex> more = new ArrayList<>(indexes);
        more.add(index);
        indexes = List.copyOf(more);
        return index;
    }

    synchronized void remove(Watcher watcher) {
        List<String> columns = watcher.matcher().valueColumns();
        if (columns.isEmpty()) {
            others.remove(watcher);
        } else {
            index(columns).remove(watcher);
        }
    }

    void forEach(Consumer<Watcher> action) {
        indexes.forEach(index -> index.forEach(action));
        others.forEach(action);
    }

    synchronized boolean isEmpty() {
        return others.isEmpty() && indexes.stream().allMatch(ValueIndex::isEmpty);
    }

    /** Tells whom a change concerns. */
    void tell(ReceivedChange event, TableView view) {
        List<ValueIndex> byValue = indexes;
        if (byValue.isEmpty() && others.isEmpty()) {
            return;
        }
        RowChange change = new RowChange(event, view);
        for (ValueIndex index : byValue) {
            index.tell(change);
        }
        others.forEach(watcher -> watcher.consider(change, Verdict.YES));
    }
}
