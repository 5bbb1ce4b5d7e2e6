package io.walwire.docs;

import io.walwire.Walwire;
import io.walwire.event.ChangeEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.watch.Watch;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchIterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The Java of {@code docs/tasks/parent.md}; {@link DocumentsTest} compares the regions, and {@link TasksTest} runs them. */
final class TaskParentExample {
    private TaskParentExample() {}

    static void page(Walwire walwire, Page page) throws Exception {
        // tag::watch[]
        Watch comments = walwire.watch("comment").where("post_id", 42); // before or after the change
        try (WatchIterator changes = comments.iterator()) { // subscribe first, then read the rows
            page.show(page.read(42));
            while (changes.hasNext()) { // waits; false when the iterator or the instance is closed
                page.apply(changes.next());
            }
        }
        // end::watch[]
    }

    interface Page {
        List<String> read(long post) throws Exception;

        void show(List<String> comments);

        void apply(WatchEvent event);
    }

    // tag::handler[]
    record OrderTotals(Totals totals) implements EventHandler {
        @Override
        public void define(Handlers on) {
            on.table("order_line").onChanges(this::recompute); // all changes of a transaction, in order
        }

        private void recompute(List<ChangeEvent<Row>> changes) {
            Set<Long> orders = new LinkedHashSet<>();
            for (ChangeEvent<Row> change : changes) {
                if (change instanceof RowEvent<Row> line) {
                    add(orders, line.afterRow());
                    add(orders, line.beforeRow()); // a line that moved changes two orders
                } else {
                    totals.recomputeAll(); // a truncate
                }
            }
            orders.forEach(totals::recompute);
        }

        private static void add(Set<Long> orders, Row line) {
            if (line != null && line.isKnown("order_id")) {
                Long order = line.getLong("order_id");
                if (order != null) { // a line without an order
                    orders.add(order);
                }
            }
        }
    }
    // end::handler[]

    interface Totals {
        void recompute(long order);

        void recomputeAll();
    }
}
