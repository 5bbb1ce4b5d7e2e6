package io.walwire.docs;

import io.walwire.Walwire;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The Java of {@code docs/tasks/cache.md}; {@link DocumentsTest} compares the regions, and {@link TasksTest} runs them. */
final class TaskCacheExample {
    private TaskCacheExample() {}

    // tag::cache[]
    record Country(String code, String name) {} // components match columns in snake_case

    static final class Countries implements EventHandler {
        private final ConcurrentMap<String, Country> rows = new ConcurrentHashMap<>();
        private volatile boolean complete;

        @Override
        public void define(Handlers on) {
            on.table("country", Country.class)
                    .onUpsert(this::put) // a row that was there, an insert or an update
                    .onDelete(event -> rows.remove(event.key().getString("code")))
                    .onTruncate(event -> rows.clear())
                    .onBackfilled(event -> complete = true); // all existing rows are in the cache
            on.onGap(gap -> {
                complete = false; // deletes may be missing: the rows are read again after this
                rows.clear();
            });
        }

        private void put(RowEvent<Country> event) {
            String code = event.row().code();
            rows.put(code, event.row());
            Row before = event.beforeRow();
            if (before != null && before.isKnown("code") && !code.equals(before.getString("code"))) {
                rows.remove(before.getString("code")); // the update changed the key
            }
        }

        Country get(String code) {
            return rows.get(code);
        }

        boolean isComplete() {
            return complete;
        }
    }
    // end::cache[]

    static void main() throws InterruptedException {
        // tag::start[]
        Countries countries = new Countries();
        try (Walwire walwire = Walwire.builder()
                .properties(Path.of("walwire.properties")) // without walwire.slot.name
                .handler(countries)
                .closeOnShutdown()
                .start()) {
            walwire.awaitTermination();
        }
        // end::start[]
    }
}
