package io.walwire.reliability;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a server sends on one connection, in a file, if the connection is in replication mode. It begins behind the client's
 * startup message. A connection with TLS is not recorded, for its startup message cannot be read.
 */
final class Recording implements AutoCloseable {
    private static final int BUFFER = 64 * 1024;
    private static final int LONGEST_STARTUP = 10_000;
    private static final int PROTOCOL_3 = 3;
    private static final String REPLICATION = "\0replication\0";

    private final Path file;
    private final ByteArrayOutputStream first = new ByteArrayOutputStream();
    private boolean decided;
    private @Nullable OutputStream out;

    /** Begins when the client asks for replication. */
    Recording(Path file) {
        this.file = file;
    }

    /** What the client sends, before it is passed on. */
    synchronized void fromClient(byte[] bytes, int length) throws IOException {
        if (decided) {
            return;
        }
        first.write(bytes, 0, length);
        ByteBuffer message = ByteBuffer.wrap(first.toByteArray());
        if (message.remaining() < 2 * Integer.BYTES || message.remaining() < message.getInt(0)) {
            decided = message.remaining() > LONGEST_STARTUP;
        } else if (message.getShort(Integer.BYTES) == PROTOCOL_3) {
            decided = true;
            if (first.toString(StandardCharsets.UTF_8).contains(REPLICATION)) {
                out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER);
            }
        } else {
            first.reset(); // it asks for encryption, and waits for the answer
        }
    }

    /** What the server sends. */
    synchronized void fromServer(byte[] bytes, int length) throws IOException {
        if (out != null) {
            out.write(bytes, 0, length);
        }
    }

    /** Ends it; what comes later is left out. */
    @Override
    public synchronized void close() throws IOException {
        decided = true;
        if (out != null) {
            out.close();
            out = null;
        }
    }
}
