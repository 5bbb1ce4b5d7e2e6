package io.walwire.internal.engine;

import io.walwire.event.Lsn;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Delete;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.Truncate;
import io.walwire.internal.pgoutput.PgOutputMessage.Update;
import io.walwire.internal.pgoutput.TupleData;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Messages of a transaction that are received before they are due, because a table has to be looked up in the catalog. So one look
 * can cover all tables that have a change among them. A look takes as long as reading a hundred small changes. Bounded; the reader
 * thread owns it.
 */
final class ReadAhead {
    private static final int MAX_TABLES = 512;
    private static final int MAX_MESSAGES = 4_096;

    /** Of rows and of tables; the last message may exceed it. */
    private static final long MAX_BYTES = 1 << 20;

    private static final long BYTES_PER_COLUMN = 128;
    private static final long BYTES_PER_TRUNCATED = 32;

    private final Queue<Received> received = new ArrayDeque<>();

    /**
     * What was received.
     *
     * @param message the message; null if it failed, or is set aside
     * @param frame the frame that it came in; null if it came earlier and was set aside
     * @param position of the stream, with this message
     * @param failure what receiving it ended in, a {@link SQLException} or a {@link RuntimeException}; null if it is in order
     */
    record Received(
            @Nullable PgOutputMessage message,
            @Nullable ByteBuffer frame,
            Lsn position,
            @Nullable Exception failure) {}

    /** The stream. */
    interface Input {
        /** The next message, without waiting, or why there is none; null if nothing has come. */
        @Nullable
        Received next();
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
     * @param asksAtOnce tables that are looked up before more is received, because the server may fail at their rows
     * @return the tables that are described among the messages and have a change among them, in the order of these changes; what
     *     was received earlier counts, too
     */
    List<Relation> read(Input input, Predicate<Relation> asksAtOnce) {
        Found found = new Found();
        boolean goesOn = true;
        for (Received each : received) {
            found.add(each.message());
            goesOn = mayContinue(each.message(), asksAtOnce);
        }
        while (goesOn && found.hasRoom() && received.size() < MAX_MESSAGES) {
            Received next = input.next();
            if (next == null) {
                break;
            }
            received.add(next);
            found.add(next.message());
            goesOn = mayContinue(next.message(), asksAtOnce);
        }
        return List.copyOf(found.tables.values());
    }

    /** Whether more may be received after it: the transaction goes on, and nothing has to be done first. */
    private static boolean mayContinue(@Nullable PgOutputMessage message, Predicate<Relation> asksAtOnce) {
        return message instanceof Insert
                || message instanceof Update
                || message instanceof Delete
                || message instanceof Truncate
                || message instanceof PgOutputMessage.Type
                || (message instanceof Relation relation && !asksAtOnce.test(relation));
    }

    /** What the messages have. */
    private static final class Found {
        private final Map<Integer, Relation> described = new HashMap<>();
        private final Map<Integer, Relation> tables = new LinkedHashMap<>();
        private long bytes;

        boolean hasRoom() {
            return bytes < MAX_BYTES && tables.size() < MAX_TABLES;
        }

        void add(@Nullable PgOutputMessage message) {
            if (message instanceof Relation relation) {
                bytes += BYTES_PER_COLUMN * relation.columns().size();
                described.put(relation.oid(), relation);
            } else if (message instanceof Insert insert) {
                change(insert.relation(), insert.newRow());
            } else if (message instanceof Update update) {
                change(update.relation(), update.newRow());
            } else if (message instanceof Delete delete) {
                change(delete.relation(), delete.oldRow());
            } else if (message instanceof Truncate truncate) {
                bytes += BYTES_PER_TRUNCATED * truncate.relations().size();
                truncate.relations().forEach(this::changed);
            }
        }

        private void change(int relation, TupleData row) {
            bytes += row.bytes().length; // the whole message, with an old row
            changed(relation);
        }

        private void changed(int relation) {
            Relation table = described.get(relation);
            if (table != null) {
                tables.putIfAbsent(relation, table);
            }
        }
    }
}
