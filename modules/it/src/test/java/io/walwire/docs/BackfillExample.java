package io.walwire.docs;

import io.walwire.Walwire;
import io.walwire.backfill.BackfillProgress;
import io.walwire.backfill.BackfillRun;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.event.ReadEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The Java of {@code docs/backfill.md}, compiled; {@link DocumentsTest} compares the regions with its code blocks. */
final class BackfillExample {
    private BackfillExample() {}

    static Walwire handler(Index index) {
        // tag::handler[]
        Walwire walwire = Walwire.builder()
                .properties(Path.of("walwire.properties"))
                .handler("products", on -> on.table("products", Product.class)
                        .onUpserts(events -> index.put(events)) // reads, inserts and updates: the row as it is now
                        .onDelete(event -> index.remove(event.key()))
                        .onTruncate(event -> index.clear())
                        .onBackfilled(event -> index.complete()))
                .start();
        // end::handler[]
        return walwire;
    }

    static BackfillProgress run(Walwire walwire) {
        // tag::run[]
        BackfillRun run = walwire.backfill("products")
                .where("tenant = 7") // an SQL condition; all rows without it
                .handlers("products") // all handlers that ask for reads without it
                .start();
        BackfillProgress progress = run.progress(); // state, rows, bytes, rows a second, time left
        run.pause();
        run.resume();
        run.completion().thenRun(() -> log("The index is complete"));
        // end::run[]
        return progress;
    }

    // tag::copy[]
    static final class Copy implements EventHandler {
        private Position readAt = Lsn.ZERO;
        private final List<Row> rows = new ArrayList<>();

        @Override
        public void define(Handlers on) {
            on.table("log").onReads(this::read).onInsert(event -> rows.add(event.row()));
        }

        private void read(List<ReadEvent<Row>> events) {
            Position position = events.get(0).position();
            if (!position.equals(readAt)) {
                readAt = position;
                rows.clear(); // the table is read from its beginning
            }
            events.forEach(event -> rows.add(event.row()));
        }
    }
    // end::copy[]

    record Product(long id, String name) {}

    private static void log(String line) {
        throw new UnsupportedOperationException(line);
    }

    interface Index {
        void put(List<RowEvent<Product>> events);

        void remove(@Nullable Row key);

        void clear();

        void complete();
    }
}
