package io.walwire.internal.engine;

import io.walwire.event.Lsn;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Delete;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.Truncate;
import io.walwire.internal.pgoutput.PgOutputMessage.Update;
import io.walwire.internal.pgoutput.TupleData;
import io.walwire.internal.transaction.BinaryColumns;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What of a transaction was received while one of its tables has to be asked about. The tables among it are asked about
 * together, since each question takes as long as a transaction of a few rows. They were received before the question, as if
 * each had been asked about by itself. Bounded; the reader thread owns it.
 */
final class ReadAhead {
    private static final int MAX_TABLES = 512;
    private static final int MAX_MESSAGES = 4_096;

    /** Of rows and of tables; the last message may exceed it. */
    private static final long MAX_BYTES = 1 << 20;

    private static final long BYTES_PER_COLUMN = 128;

    private final Queue<Received> received = new ArrayDeque<>();
    private final boolean binary;

    /**
     * Nothing received yet.
     *
     * @param binary whether the stream is in binary
     */
    ReadAhead(boolean binary) {
        this.binary = binary;
    }

    /**
     * What was received.
     *
     * @param message the message
     * @param frame the frame that it was; null if it was set aside before
     * @param position of the stream, with this message
     */
    record Received(PgOutputMessage message, @Nullable ByteBuffer frame, Lsn position) {}

    /** The stream. */
    interface Input {
        /** The next message, without waiting; null if there is none. */
        @Nullable
        Received next() throws SQLException;
    }

    /** The message that was received first; null if all were taken. */
    @Nullable
    Received poll() {
        return received.poll();
    }

    /**
     * Receives what has come of a transaction, to its end at most.
     *
     * @param input the stream, in the middle of the transaction
     * @return the tables that it describes, in their order; those that were received before are among them
     * @throws SQLException if the stream is broken
     */
    List<Relation> read(Input input) throws SQLException {
        List<Relation> tables = new ArrayList<>();
        long bytes = 0;
        boolean goesOn = true;
        for (Received each : received) {
            bytes += bytes(each.message());
            goesOn = mayContinue(each.message());
            add(each.message(), tables);
        }
        while (goesOn && tables.size() < MAX_TABLES && received.size() < MAX_MESSAGES && bytes < MAX_BYTES) {
            Received next = input.next();
            if (next == null) {
                break;
            }
            received.add(next);
            bytes += bytes(next.message());
            goesOn = mayContinue(next.message());
            add(next.message(), tables);
        }
        return tables;
    }

    /**
     * Whether more may be received after it. A table of types that may not be exact in binary is asked about before the server
     * sends its row, at which the server may fail.
     */
    private boolean mayContinue(PgOutputMessage message) {
        return isChange(message)
                || message instanceof PgOutputMessage.Type
                || (message instanceof Relation relation && !asksAlone(relation));
    }

    private boolean asksAlone(Relation relation) {
        return binary && !BinaryColumns.areBuiltIn(relation);
    }

    private static boolean isChange(PgOutputMessage message) {
        return message instanceof Insert
                || message instanceof Update
                || message instanceof Delete
                || message instanceof Truncate;
    }

    private void add(PgOutputMessage message, List<Relation> tables) {
        if (message instanceof Relation relation && !asksAlone(relation)) {
            tables.add(relation);
        }
    }

    private static long bytes(PgOutputMessage message) {
        TupleData row = null;
        if (message instanceof Relation relation) {
            return BYTES_PER_COLUMN * relation.columns().size();
        } else if (message instanceof Insert insert) {
            row = insert.newRow();
        } else if (message instanceof Update update) {
            row = update.newRow();
        } else if (message instanceof Delete delete) {
            row = delete.oldRow();
        }
        return row == null ? 0 : row.bytes().length;
    }
}
