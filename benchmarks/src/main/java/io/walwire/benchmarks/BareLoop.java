package io.walwire.benchmarks;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/** The least that Java can do with the driver: blocking reads, row changes counted by their first byte. */
final class BareLoop implements Drain {
    private long first;

    @Override
    public AutoCloseable run(Target from, long events) throws Exception {
        Connection connection = connect(from);
        PGReplicationStream stream = connection
                .unwrap(PGConnection.class)
                .getReplicationAPI()
                .replicationStream()
                .logical()
                .withSlotName(from.slot())
                .withSlotOption("proto_version", "1")
                .withSlotOption("publication_names", from.publication())
                .withStatusInterval(1, TimeUnit.SECONDS)
                .withAutomaticFlush(false)
                .start();
        long seen = 0;
        first = 0;
        while (seen < events) {
            ByteBuffer message = stream.read();
            byte kind = message.get(message.position());
            if (kind == 'I' || kind == 'U' || kind == 'D') {
                if (seen++ == 0) {
                    first = System.nanoTime();
                }
            } else if (kind == 'C') {
                // a commit's end: kind, flags, commit LSN, end LSN
                stream.setFlushedLSN(LogSequenceNumber.valueOf(message.getLong(message.position() + 10)));
            }
        }
        return () -> connection.abort(Runnable::run);
    }

    @Override
    public long firstChange() {
        return first;
    }

    static Connection connect(Target from) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("user", BenchmarkServer.USER);
        properties.setProperty("replication", "database");
        properties.setProperty("assumeMinServerVersion", "10");
        properties.setProperty("preferQueryMode", "simple");
        if (from.sockets() != null) {
            properties.setProperty("socketFactory", UnixSocketFactory.class.getName());
            properties.setProperty(
                    "socketFactoryArg",
                    from.sockets().resolve(".s.PGSQL." + from.port()).toString());
        }
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:" + from.port() + "/" + BenchmarkServer.DATABASE, properties);
    }
}
