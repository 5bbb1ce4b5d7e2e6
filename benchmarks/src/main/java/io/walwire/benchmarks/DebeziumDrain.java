package io.walwire.benchmarks;

import io.debezium.embedded.Connect;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.DebeziumEngine.ChangeConsumer;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.debezium.engine.format.Json;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.connect.source.SourceRecord;

/** Debezium's embedded engine, tuned: large batches, a short poll, offsets in memory, no schemas in its JSON. */
final class DebeziumDrain implements Drain {
    private final boolean json;
    private final AtomicLong seen = new AtomicLong();

    DebeziumDrain(boolean json) {
        this.json = json;
    }

    @Override
    public AutoCloseable run(Target from, long events) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        seen.set(0);
        DebeziumEngine<?> engine = json
                ? DebeziumEngine.create(Json.class)
                        .using(properties(from))
                        .notifying(new Counting<ChangeEvent<String, String>>(events, done))
                        .build()
                : DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
                        .using(properties(from))
                        .notifying(new Counting<RecordChangeEvent<SourceRecord>>(events, done))
                        .build();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        executor.execute(engine);
        done.await();
        return () -> {
            engine.close();
            executor.shutdownNow();
        };
    }

    private final class Counting<R> implements ChangeConsumer<R> {
        private final long events;
        private final CountDownLatch done;

        Counting(long events, CountDownLatch done) {
            this.events = events;
            this.done = done;
        }

        @Override
        public void handleBatch(List<R> records, RecordCommitter<R> committer) throws InterruptedException {
            for (R each : records) {
                committer.markProcessed(each);
            }
            committer.markBatchFinished();
            if (seen.addAndGet(records.size()) >= events) {
                done.countDown();
            }
        }
    }

    static Properties properties(Target from) {
        Properties properties = new Properties();
        properties.setProperty("name", "benchmark");
        properties.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        properties.setProperty("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        properties.setProperty("offset.flush.interval.ms", "10000");
        properties.setProperty("database.hostname", "localhost");
        properties.setProperty("database.port", String.valueOf(from.port()));
        properties.setProperty("database.user", BenchmarkServer.USER);
        properties.setProperty("database.password", "");
        properties.setProperty("database.dbname", BenchmarkServer.DATABASE);
        properties.setProperty("topic.prefix", "benchmark");
        properties.setProperty("plugin.name", "pgoutput");
        properties.setProperty("slot.name", from.slot());
        properties.setProperty("publication.name", from.publication());
        properties.setProperty("publication.autocreate.mode", "disabled");
        properties.setProperty("snapshot.mode", "no_data");
        properties.setProperty("max.batch.size", "16384");
        properties.setProperty("max.queue.size", "65536");
        properties.setProperty("poll.interval.ms", "5");
        properties.setProperty("tombstones.on.delete", "false");
        properties.setProperty("converter.schemas.enable", "false");
        properties.setProperty("key.converter.schemas.enable", "false");
        properties.setProperty("value.converter.schemas.enable", "false");
        return properties;
    }
}
