package io.walwire.benchmarks.latency;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/** Debezium's embedded engine, tuned for latency: it polls every 5 ms instead of 500. */
final class DebeziumConsumer implements Consumer {
    private final Samples samples = new Samples();
    private final CountDownLatch started = new CountDownLatch(1);
    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private final DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;

    DebeziumConsumer(String url) throws InterruptedException {
        engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
                .using(properties(URI.create(url)))
                .using(new DebeziumEngine.ConnectorCallback() {
                    @Override
                    public void taskStarted() {
                        started.countDown();
                    }
                })
                .notifying(this::handle)
                .build();
        executor.execute(engine);
        started.await();
    }

    private void handle(
            List<RecordChangeEvent<SourceRecord>> records, RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        for (RecordChangeEvent<SourceRecord> each : records) {
            if (each.record().value() instanceof Struct change && "c".equals(change.getString("op"))) {
                samples.add(Consumer.nowMicros() - change.getStruct("source").getInt64("ts_us"));
            }
            committer.markProcessed(each);
        }
        committer.markBatchFinished();
    }

    private static Properties properties(URI url) {
        Properties properties = new Properties();
        properties.setProperty("name", "latency");
        properties.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        properties.setProperty("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        properties.setProperty("offset.flush.interval.ms", "10000");
        properties.setProperty("database.hostname", url.getHost());
        properties.setProperty("database.port", String.valueOf(url.getPort()));
        properties.setProperty("database.user", url.getUserInfo());
        properties.setProperty("database.password", "");
        properties.setProperty("database.dbname", url.getPath().substring(1));
        properties.setProperty("topic.prefix", "latency");
        properties.setProperty("plugin.name", "pgoutput");
        properties.setProperty("slot.name", "debezium_" + Long.toString(System.nanoTime(), 36));
        properties.setProperty("slot.drop.on.stop", "true");
        properties.setProperty("publication.name", Writers.PUBLICATION);
        properties.setProperty("publication.autocreate.mode", "disabled");
        properties.setProperty("snapshot.mode", "no_data");
        properties.setProperty("max.batch.size", "16384");
        properties.setProperty("max.queue.size", "65536");
        properties.setProperty("poll.interval.ms", "5");
        return properties;
    }

    @Override
    public Samples samples() {
        return samples;
    }

    @Override
    public void close() {
        try {
            engine.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        executor.shutdownNow();
    }
}
