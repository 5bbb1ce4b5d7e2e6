package io.walwire.benchmarks.latency;

import io.walwire.Walwire;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** An instance with one handler, that reads the rows of table existing meanwhile, again and again. */
final class BackfillConsumer implements Consumer {
    private final Samples samples = new Samples();
    private final Walwire walwire;
    private volatile boolean closed;

    /** Keeps what was read from being optimised away. */
    private volatile long read;

    BackfillConsumer(String url) {
        walwire = Walwire.builder()
                .url(url)
                .publication(Writers.PUBLICATION)
                .handler(on -> on.onTransaction(transaction -> samples.add(
                        Consumer.nowMicros() - ChronoUnit.MICROS.between(Instant.EPOCH, transaction.timestamp()))))
                .handler(on -> on.table("existing").onReads(reads -> read = reads.size()))
                .start();
        backfill();
    }

    private void backfill() {
        walwire.backfill("existing").start().completion().whenComplete((done, failure) -> {
            if (closed) {
                return;
            }
            if (failure == null) {
                new Thread(this::backfill, "next-backfill").start();
            } else {
                System.err.println("The backfill failed: " + failure);
            }
        });
    }

    @Override
    public Samples samples() {
        return samples;
    }

    @Override
    public void close() {
        closed = true;
        walwire.close();
    }
}
