package io.walwire.internal.recording;

import io.walwire.event.Lsn;
import io.walwire.internal.transaction.TableFacts;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records one connection. Never ends it: what cannot be written is left out, from there on. The reader thread owns it. */
public final class RecordingWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RecordingWriter.class);

    /** Records nothing. */
    static final RecordingWriter NONE = new RecordingWriter(Path.of(""), OutputStream.nullOutputStream());

    private final Path file;
    private final OutputStream out;
    private Lsn position = Lsn.ZERO;
    private boolean failed;

    RecordingWriter(Path file, OutputStream out) {
        this.file = file;
        this.out = out;
    }

    /**
     * The server sent a message.
     *
     * @param frame its bytes; not moved on
     * @param received the position that is known now
     */
    public void frame(ByteBuffer frame, Lsn received) {
        if (this != NONE) {
            byte[] bytes = new byte[frame.remaining()];
            frame.duplicate().get(bytes);
            write(new Recorded.Frame(bytes, received));
        }
    }

    /**
     * The catalog was asked for a table.
     *
     * @param relation its OID
     * @param facts what it said
     */
    public void table(int relation, TableFacts facts) {
        if (this != NONE) {
            write(new Recorded.Table(relation, facts));
        }
    }

    /**
     * The server has nothing to send.
     *
     * @param received the position that is known now
     */
    public void rest(Lsn received) {
        if (this != NONE && !received.equals(position)) {
            position = received;
            write(new Recorded.Position(received));
            flush();
        }
    }

    void write(Recorded recorded) {
        if (failed) {
            return;
        }
        try {
            out.write(Recording.line(recorded));
        } catch (IOException e) {
            failed(e);
        }
    }

    private void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            failed(e);
        }
    }

    private void failed(IOException e) {
        if (!failed) {
            failed = true;
            LOG.error("The recording {} ends here, because it cannot be written: {}", file, e.toString());
        }
    }

    /** Writes what is left. */
    @Override
    public void close() {
        if (this != NONE) {
            try {
                out.close();
            } catch (IOException e) {
                failed(e);
            }
        }
    }
}
