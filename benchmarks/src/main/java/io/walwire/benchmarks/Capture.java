package io.walwire.benchmarks;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.replication.PGReplicationStream;

/** A stream as the server sends it, frame by frame, kept in a file. */
final class Capture {
    private static final int XLOG_HEADER = 25;

    private Capture() {}

    static void write(Target from, long events, Path file) throws Exception {
        try (Connection connection = BareLoop.connect(from);
                DataOutputStream out =
                        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 20))) {
            PGReplicationStream stream = connection
                    .unwrap(PGConnection.class)
                    .getReplicationAPI()
                    .replicationStream()
                    .logical()
                    .withSlotName(from.slot())
                    .withSlotOption("proto_version", "1")
                    .withSlotOption("publication_names", from.publication())
                    .withSlotOption("messages", "true")
                    .withStatusInterval(1, TimeUnit.SECONDS)
                    .withAutomaticFlush(false)
                    .start();
            long seen = 0;
            byte kind = 0;
            while (seen < events || kind != 'C') {
                ByteBuffer message = stream.read();
                kind = message.get(message.position());
                if (kind == 'I' || kind == 'U' || kind == 'D') {
                    seen++;
                }
                frame(out, message, stream.getLastReceiveLSN().asLong());
            }
            connection.abort(Runnable::run);
        }
    }

    /** CopyData around XLogData. (PostgreSQL manual, "Message Formats" and "Streaming Replication Protocol".) */
    private static void frame(DataOutputStream out, ByteBuffer message, long lsn) throws IOException {
        out.writeByte('d');
        out.writeInt(4 + XLOG_HEADER + message.remaining());
        out.writeByte('w');
        out.writeLong(lsn);
        out.writeLong(lsn);
        out.writeLong(0);
        out.write(message.array(), message.arrayOffset() + message.position(), message.remaining());
    }
}
