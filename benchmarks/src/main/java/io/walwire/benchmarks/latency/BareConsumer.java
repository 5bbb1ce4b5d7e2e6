package io.walwire.benchmarks.latency;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/**
 * The loop that one writes without Walwire: pgJDBC's blocking read, no decoding but of the commit's time and position. It
 * would not do on an idle stream, where the driver answers no keepalive; for latency it is the one to beat.
 */
final class BareConsumer implements Consumer {
    private static final long POSTGRES_EPOCH_MICROS =
            ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse("2000-01-01T00:00:00Z"));

    private final Samples samples = new Samples();
    private final Connection connection;
    private final PGReplicationStream stream;
    private final Thread reader = new Thread(this::read, "bare-reader");
    private volatile boolean closing;

    BareConsumer(String jdbcUrl) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("replication", "database");
        properties.setProperty("assumeMinServerVersion", "10");
        properties.setProperty("preferQueryMode", "simple");
        connection = new Driver().connect(jdbcUrl, properties);
        PGConnection driver = connection.unwrap(PGConnection.class);
        String slot = "bare_" + Long.toString(System.nanoTime(), 36);
        driver.getReplicationAPI()
                .createReplicationSlot()
                .logical()
                .withSlotName(slot)
                .withOutputPlugin("pgoutput")
                .withTemporaryOption()
                .make();
        stream = driver.getReplicationAPI()
                .replicationStream()
                .logical()
                .withSlotName(slot)
                .withSlotOption("proto_version", "1")
                .withSlotOption("publication_names", Writers.PUBLICATION)
                .withStatusInterval(1, TimeUnit.SECONDS)
                .withAutomaticFlush(false)
                .start();
        reader.start();
    }

    private void read() {
        long committed = 0;
        try {
            while (!closing) {
                ByteBuffer message = stream.read();
                if (message == null) {
                    return;
                }
                byte type = message.get(message.position());
                if (type == 'B') {
                    committed = message.getLong(message.position() + 9) + POSTGRES_EPOCH_MICROS;
                } else if (type == 'C') {
                    samples.add(Consumer.nowMicros() - committed);
                    LogSequenceNumber end = LogSequenceNumber.valueOf(message.getLong(message.position() + 10));
                    stream.setFlushedLSN(end);
                    stream.setAppliedLSN(end);
                }
            }
        } catch (SQLException e) {
            if (!closing) {
                throw new IllegalStateException("The bare loop broke", e);
            }
        }
    }

    @Override
    public Samples samples() {
        return samples;
    }

    @Override
    public void close() throws SQLException {
        closing = true;
        // reading holds the driver's lock until something comes
        connection.abort(Runnable::run);
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
