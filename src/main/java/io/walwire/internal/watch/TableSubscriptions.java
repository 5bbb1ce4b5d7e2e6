package io.walwire.internal.watch;

import io.walwire.event.Kind;
import io.walwire.internal.codec.SearchValue.Absence;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReceivedChange;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The subscriptions of one table, found by the values that they ask for, however many there are. Changed under the lock of the table's
 * name in {@link Watches}, read by the handler thread without one.
 */
final class TableSubscriptions {
    /** One object for the table's subscriptions, of which there may be very many. */
    final TableName table;

    /** One for each set of columns whose values are asked for; the empty set is that of subscriptions without values. */
    private volatile List<ValueIndex> indexes = List.of();

    TableSubscriptions(TableName table) {
        this.table = table;
    }

    void add(WatchSubscription subscription) {
        index(subscription.matcher.valueColumns()).add(subscription);
    }

    void remove(WatchSubscription subscription) {
        index(subscription.matcher.valueColumns()).remove(subscription);
    }

    private ValueIndex index(List<String> columns) {
        for (ValueIndex index : indexes) {
            if (index.columns.equals(columns)) {
                return index;
            }
        }
        ValueIndex index = new ValueIndex(columns);
        List<ValueIndex> more = new ArrayList<>(indexes);
        more.add(index);
        indexes = List.copyOf(more);
        return index;
    }

    void forEach(Consumer<WatchSubscription> action) {
        indexes.forEach(index -> index.forEach(action));
    }

    boolean isEmpty() {
        return indexes.stream().allMatch(index -> index.byValues.isEmpty());
    }

    /** Delivers a change to the subscriptions that ask for it. */
    void offer(ReceivedChange event) {
        RowChange change = new RowChange(event);
        for (ValueIndex index : indexes) {
            index.offer(change);
        }
    }

    /** The subscriptions to rows whose values of certain columns are known. */
    private static final class ValueIndex {
        private final List<String> columns;
        private final ConcurrentHashMap<Object, Subscribers> byValues = new ConcurrentHashMap<>();

        ValueIndex(List<String> columns) {
            this.columns = columns;
        }

        void add(WatchSubscription subscription) {
            byValues.compute(subscription.matcher.searchedValues(), (values, there) -> {
                if (there == null) {
                    return subscription;
                }
                SubscriptionList list = there instanceof SubscriptionList several ? several : listOf(there);
                list.add(subscription);
                return list;
            });
        }

        void remove(WatchSubscription subscription) {
            byValues.computeIfPresent(subscription.matcher.searchedValues(), (values, there) -> {
                if (there instanceof SubscriptionList list) {
                    list.remove(subscription);
                    return list.isEmpty() ? null : list;
                }
                return there.equals(subscription) ? null : there;
            });
        }

        private static SubscriptionList listOf(Subscribers first) {
            SubscriptionList list = new SubscriptionList();
            first.forEach(list::add);
            return list;
        }

        void forEach(Consumer<WatchSubscription> action) {
            byValues.values().forEach(subscribers -> subscribers.forEach(action));
        }

        /** Finds the subscriptions that ask for the old or the new values of a change. */
        void offer(RowChange change) {
            if (byValues.isEmpty()) {
                return;
            }
            Object after = change.values(columns, false);
            Object before = change.values(columns, true);
            if (change.kind() == Kind.TRUNCATE || after == Absence.NOT_SENT || before == Absence.NOT_SENT) {
                // a value that was not sent may be any
                forEach(subscription -> subscription.offer(change, false));
                return;
            }
            offer(after, change);
            if (!before.equals(after)) {
                offer(before, change);
            }
        }

        private void offer(Object values, RowChange change) {
            Subscribers subscribers = byValues.get(values);
            if (subscribers != null) {
                subscribers.forEach(subscription -> subscription.offer(change, true));
            }
        }
    }
}
