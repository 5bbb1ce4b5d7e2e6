package io.walwire.docs;

import io.walwire.Walwire;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The Java of {@code docs/tasks/search.md}; {@link DocumentsTest} compares the regions, and {@link TasksTest} runs them. */
final class TaskSearchExample {
    private TaskSearchExample() {}

    // tag::search[]
    record Product(long id, String name, String description) {}

    record ProductSearch(SearchIndex index) implements EventHandler {
        @Override
        public void define(Handlers on) {
            on.table("product", Product.class)
                    .onUpserts(this::put) // a list: all rows of a chunk, or a run of one transaction
                    .onDelete(event -> index.delete(event.key().getLong("id"), version(event)))
                    .onTruncate(event -> index.clear())
                    .onBackfilled(event -> index.complete());
            on.onGap(gap -> index.restart()); // fill another index; searches use the old one until it is complete
        }

        private void put(List<RowEvent<Product>> events) {
            List<Document> documents = new ArrayList<>();
            for (RowEvent<Product> event : events) {
                Row before = event.beforeRow();
                if (before != null
                        && before.isKnown("id")
                        && before.getLong("id") != event.row().id()) {
                    flush(documents); // in the order of the changes: another row may have had this key before
                    index.delete(before.getLong("id"), version(event)); // the update changed the key
                }
                documents.add(new Document(event.row(), version(event)));
            }
            flush(documents);
        }

        private void flush(List<Document> documents) {
            if (!documents.isEmpty()) {
                index.put(documents);
                documents.clear();
            }
        }

        private static long version(RowEvent<?> event) {
            return event.transaction().position().value();
        }
    }
    // end::search[]

    record Document(Product product, long version) {}

    interface SearchIndex {
        void put(List<Document> documents);

        void delete(long id, long version);

        void clear();

        void complete();

        void restart();
    }

    static void main(SearchIndex index) throws InterruptedException {
        // tag::start[]
        try (Walwire walwire = Walwire.builder()
                .properties(Path.of("walwire.properties")) // with walwire.slot.name and walwire.backfill=new
                .handler("product-search", new ProductSearch(index)) // the name stays when the class is renamed
                .closeOnShutdown()
                .start()) {
            walwire.awaitTermination();
        }
        // end::start[]
    }
}
