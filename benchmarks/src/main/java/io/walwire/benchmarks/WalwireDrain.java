package io.walwire.benchmarks;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.event.ChangeEvent;
import io.walwire.event.Column;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/** Walwire through its public API, with one handler. */
final class WalwireDrain implements Drain {
    private final Reads reads;
    private final String binary;

    /** Keeps what was read from being optimised away. */
    private long sink;

    private long seen;

    private volatile long first;

    /** What the handler does with an event. */
    enum Reads {
        NOTHING,
        ALL,
        /** The columns "first" and "last". */
        TWO,
        /** As NOTHING, by a handler for each of 1,000 tables. */
        NOTHING_EACH,
        RECORDS,
        JSON
    }

    /** A row of the wide tables. */
    public record Wide(
            long id,
            int amount,
            long total,
            String name,
            String note,
            BigDecimal price,
            Instant changedAt,
            boolean active,
            double ratio,
            UUID token) {}

    WalwireDrain(Reads reads, String binary) {
        this.reads = reads;
        this.binary = binary;
    }

    @Override
    public AutoCloseable run(Target from, long events) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        seen = 0;
        first = 0;
        WalwireBuilder builder = Walwire.builder()
                .url(from.url())
                .publication(from.publication())
                .slotName(from.slot())
                .name("w") // short, so that Linux keeps all of what tells the threads apart
                .set("walwire.binary", binary);
        handlers(from, events, done).forEach(builder::handler);
        Walwire walwire = builder.start();
        done.await();
        return walwire;
    }

    private List<EventHandler> handlers(Target from, long events, CountDownLatch done) {
        if (reads == Reads.NOTHING_EACH) {
            return IntStream.range(0, Bytes.TABLES_1000.tables())
                    .mapToObj(i -> Bytes.TABLES_1000.prefix() + i)
                    .<EventHandler>map(
                            table -> on -> on.table(table).onChanges(changes -> count(changes.size(), events, done)))
                    .toList();
        }
        if (reads == Reads.RECORDS) {
            return List.of(on -> mapped(on, from.publication().replace("bench_", ""), Wide.class, events, done));
        }
        return List.of(on -> on.allTables().onChanges(changes -> {
            changes.forEach(this::read);
            count(changes.size(), events, done);
        }));
    }

    private <T extends Record> void mapped(Handlers on, String table, Class<T> row, long events, CountDownLatch done) {
        on.table(table, row).onChanges(changes -> {
            changes.forEach(change -> sink += ((RowEvent<T>) change).row().hashCode());
            count(changes.size(), events, done);
        });
    }

    private void read(ChangeEvent<Row> event) {
        if (reads == Reads.JSON) {
            print(event);
        } else if (reads != Reads.NOTHING && event instanceof RowEvent<Row> change) {
            read(change.afterRow()); // taking the row apart is reading, too
        }
    }

    private static void print(ChangeEvent<Row> event) {
        try {
            event.writeJson(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(Row row) {
        if (reads == Reads.TWO) {
            sink += row.get("first").hashCode() + row.get("last").hashCode();
        } else if (reads == Reads.ALL) {
            for (Column column : row.columns()) {
                Object value = row.get(column.name());
                sink += value == null ? 1 : value.hashCode();
            }
        }
    }

    private void count(int more, long events, CountDownLatch done) {
        if (seen == 0) {
            first = System.nanoTime();
        }
        seen += more;
        if (seen >= events) {
            done.countDown();
        }
    }

    @Override
    public long firstChange() {
        return first;
    }

    @Override
    public String toString() {
        return "WalwireDrain[" + reads + ", sink " + sink + "]";
    }
}
