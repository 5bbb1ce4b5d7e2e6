package io.walwire.benchmarks;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.connect.source.SourceRecord;

/** Debezium's embedded engine reads the rows of a table: in the snapshot before its stream, or beside it. */
final class DebeziumSnapshot {
    static final String SIGNALS = "debezium_signal";

    private final int port;
    private final String table;
    private final int threads;
    private final AtomicLong seen = new AtomicLong();

    /**
     * A snapshot of one table.
     *
     * @param threads of the initial snapshot; 0 for an incremental one
     */
    DebeziumSnapshot(int port, String table, int threads) {
        this.port = port;
        this.table = table;
        this.threads = threads;
    }

    /** Returns when so many rows have come, and the engine is closed. */
    void run(long rows) throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        DebeziumEngine<RecordChangeEvent<SourceRecord>> engine = DebeziumEngine.create(
                        ChangeEventFormat.of(Connect.class))
                .using(properties())
                .using(new DebeziumEngine.ConnectorCallback() {
                    @Override
                    public void taskStarted() {
                        started.countDown();
                    }
                })
                .using((success, message, error) -> {
                    if (!success) {
                        System.err.println("Debezium ended: " + message + ", " + error);
                        Runtime.getRuntime().halt(1);
                    }
                })
                .notifying((records, committer) -> count(records, committer, rows, done))
                .build();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        executor.execute(engine);
        if (threads == 0) {
            started.await();
            signal();
        }
        done.await();
        engine.close();
        executor.shutdownNow();
    }

    private void count(
            List<RecordChangeEvent<SourceRecord>> records,
            RecordCommitter<RecordChangeEvent<SourceRecord>> committer,
            long rows,
            CountDownLatch done)
            throws InterruptedException {
        long rowsHere = 0;
        for (RecordChangeEvent<SourceRecord> each : records) {
            if (each.record().topic().endsWith("." + table)) {
                rowsHere++;
            }
            committer.markProcessed(each);
        }
        committer.markBatchFinished();
        if (seen.addAndGet(rowsHere) >= rows) {
            done.countDown();
        }
    }

    private void signal() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:postgresql://localhost:" + port + "/"
                        + BenchmarkServer.DATABASE + "?user=" + BenchmarkServer.USER);
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO " + SIGNALS + " VALUES (gen_random_uuid()::text, 'execute-snapshot', ?)")) {
            insert.setString(1, "{\"data-collections\": [\"public." + table + "\"], \"type\": \"incremental\"}");
            insert.executeUpdate();
        }
    }

    private Properties properties() {
        Properties properties = new Properties();
        String name = "snapshot_" + Long.toString(System.nanoTime(), 36);
        properties.setProperty("name", name);
        properties.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        properties.setProperty("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        properties.setProperty("offset.flush.interval.ms", "10000");
        properties.setProperty("database.hostname", "localhost");
        properties.setProperty("database.port", String.valueOf(port));
        properties.setProperty("database.user", BenchmarkServer.USER);
        properties.setProperty("database.password", "");
        properties.setProperty("database.dbname", BenchmarkServer.DATABASE);
        properties.setProperty("topic.prefix", name);
        properties.setProperty("plugin.name", "pgoutput");
        properties.setProperty("slot.name", name);
        properties.setProperty("slot.drop.on.stop", "true");
        properties.setProperty("publication.name", ExistingRows.PUBLICATION);
        properties.setProperty("publication.autocreate.mode", "disabled");
        properties.setProperty("table.include.list", "public." + table);
        properties.setProperty("max.batch.size", "16384");
        properties.setProperty("max.queue.size", "65536");
        properties.setProperty("poll.interval.ms", "5");
        properties.setProperty("snapshot.mode", threads == 0 ? "no_data" : "initial");
        if (threads == 0) {
            properties.setProperty("signal.enabled.channels", "source");
            properties.setProperty("signal.data.collection", "public." + SIGNALS);
        } else {
            properties.setProperty("snapshot.max.threads", String.valueOf(threads));
            properties.setProperty("snapshot.fetch.size", "10240");
        }
        return properties;
    }
}
