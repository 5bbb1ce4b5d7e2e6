package io.walwire.internal.recording;

import io.walwire.event.Lsn;
import io.walwire.internal.file.FileErrors;
import io.walwire.internal.log.Logs;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.transaction.ReadRows;
import io.walwire.internal.transaction.TableFacts;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.slf4j.Logger;

/** Records one connection. Never ends it: what cannot be written is left out, from there on. The reader thread owns it. */
public final class RecordingWriter implements AutoCloseable {
    private static final Logger LOG = Logs.of(RecordingWriter.class);

    private static final int BUFFER = 1 << 16;

    /** Records nothing. */
    static final RecordingWriter NONE = new RecordingWriter(Path.of(""), OutputStream.nullOutputStream());

    private final Path file;
    private final OutputStream sink;
    private final OutputStream out;
    private Lsn position = Lsn.ZERO;
    private boolean failed;

    /** Writes to a file that is open; it is closed with this. */
    RecordingWriter(Path file, OutputStream sink) {
        this.file = file;
        this.sink = sink;
        this.out = new BufferedOutputStream(sink, BUFFER);
    }

    /**
     * The server sent a message.
     *
     * @param frame its bytes; not moved on
     * @param received the position that is known now
     */
    public void frame(ByteBuffer frame, Lsn received) {
        if (this != NONE) {
            write(() -> new Recorded.Frame(copy(frame), received));
        }
    }

    private static byte[] copy(ByteBuffer frame) {
        byte[] bytes = new byte[frame.remaining()];
        frame.duplicate().get(bytes);
        return bytes;
    }

    /**
     * The catalog was asked for a table.
     *
     * @param relation its description
     * @param facts what it said
     */
    public void table(Relation relation, TableFacts facts) {
        if (this != NONE) {
            write(() -> new Recorded.Table(relation.oid(), relation, facts));
        }
    }

    /**
     * Rows that were read beside the stream have their place here.
     *
     * @param rows the rows
     */
    public void rows(ReadRows rows) {
        if (this != NONE) {
            write(() -> new Recorded.Rows(rows));
            flush();
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
            write(() -> new Recorded.Position(received));
            flush();
        }
    }

    void write(Supplier<Recorded> recorded) {
        if (failed) {
            return;
        }
        try {
            Recording.write(recorded.get(), out);
        } catch (IOException e) {
            failed(FileErrors.said(e));
        } catch (OutOfMemoryError e) {
            failed("there is not enough memory for its next line");
        }
    }

    private void flush() {
        if (failed) {
            return;
        }
        try {
            out.flush();
        } catch (IOException e) {
            failed(FileErrors.said(e));
        }
    }

    private void failed(String reason) {
        if (!failed) {
            failed = true;
            LOG.error("The recording {} ends here, because it cannot be written: {}", file, reason);
        }
    }

    /** Writes what is left; after a failure nothing more, since half a line stands at the end, which the next one removes. */
    @Override
    public void close() {
        if (this != NONE) {
            flush();
            try {
                sink.close();
            } catch (IOException e) {
                failed(FileErrors.said(e));
            }
        }
    }
}
