package io.walwire.benchmarks;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Events;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;

/** Walwire through its public API, with one handler. */
final class WalwireDrain implements Drain {
    private final Reads reads;
    private final boolean binary;

    /** Keeps what was read from being optimised away. */
    private long sink;

    private long seen;

    /** What the handler does with an event. */
    enum Reads {
        NOTHING,
        ALL,
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

    /** A row of pgbench's accounts. */
    public record Account(int aid, int bid, int abalance) {}

    /** A row of pgbench's tellers. */
    public record Teller(int tid, int bid, int tbalance) {}

    /** A row of pgbench's branches. */
    public record Branch(int bid, int bbalance) {}

    /** A row of pgbench's history. */
    public record Entry(int tid, int bid, int aid, int delta) {}

    WalwireDrain(Reads reads, boolean binary) {
        this.reads = reads;
        this.binary = binary;
    }

    @Override
    public AutoCloseable run(Target from, long events) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        seen = 0;
        WalwireBuilder builder = Walwire.builder()
                .url(from.url())
                .publication(from.publication())
                .slotName(from.slot())
                .handler(handler(from, events, done));
        if (binary) {
            builder.set("walwire.binary", "true");
        }
        Walwire walwire = builder.start();
        done.await();
        return walwire;
    }

    private EventHandler handler(Target from, long events, CountDownLatch done) {
        if (reads != Reads.RECORDS) {
            return on -> on.allTables().any(changes -> {
                changes.forEach(this::read);
                count(changes.size(), events, done);
            });
        }
        return on -> {
            if (from.publication().equals(Workload.W4.slot())) {
                mapped(on, "w4_accounts", Account.class, events, done);
                mapped(on, "w4_tellers", Teller.class, events, done);
                mapped(on, "w4_branches", Branch.class, events, done);
                mapped(on, "w4_history", Entry.class, events, done);
            } else {
                mapped(on, from.publication().replace("bench_", ""), Wide.class, events, done);
            }
        };
    }

    private <T extends Record> void mapped(Events on, String table, Class<T> row, long events, CountDownLatch done) {
        on.table(table, row).any(changes -> {
            changes.forEach(change -> sink += change.row().hashCode());
            count(changes.size(), events, done);
        });
    }

    private void read(Event event) {
        if (reads == Reads.JSON) {
            sink += event.toJson().length();
        } else if (reads == Reads.ALL) {
            List<Column> columns = event.newRecord().columns();
            for (Column column : columns) {
                Object value = event.newRecord().get(column.name());
                sink += value == null ? 1 : value.hashCode();
            }
        }
    }

    private void count(int more, long events, CountDownLatch done) {
        seen += more;
        if (seen >= events) {
            done.countDown();
        }
    }

    @Override
    public String toString() {
        return "WalwireDrain[" + reads + ", sink " + sink + "]";
    }
}
