package io.walwire.internal.triggers;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.Delete;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.OldRow;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.Truncate;
import io.walwire.internal.pgoutput.PgOutputMessage.Update;
import io.walwire.internal.pgoutput.TupleData;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows of the outbox to the messages that a replication stream would have sent: Begin, what is new of tables, changes, Commit.
 * A transaction stands at its id, and ends one behind it. Not thread-safe; the reader thread owns it.
 */
final class OutboxMessages {
    private static final int MAX_TABLES = 4_096;

    /** Taken apart one at a time: one row of the outbox may be hundreds of a table, whose objects are many times as large. */
    private final ArrayDeque<Added> added = new ArrayDeque<>();

    /** Of the row that was taken apart last. */
    private final ArrayDeque<PgOutputMessage> messages = new ArrayDeque<>();

    /** Whether nothing more comes of the last transaction that was added. */
    private boolean ends;

    /** What was last said in this stream of the tables that were used last. Of others it is said again, which does no harm. */
    private final Map<Integer, Relation> described = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Relation> eldest) {
            return size() > MAX_TABLES;
        }
    };

    private long xid;
    private @Nullable Instant begun;

    private record Added(OutboxRow row, Definition definition) {}

    /**
     * Takes the next row, in the outbox's order.
     *
     * @param definition that of the row
     */
    void add(OutboxRow row, Definition definition) {
        added.add(new Added(row, definition));
        ends = false;
    }

    private void takeApart(OutboxRow row, Definition definition) {
        if (begun != null && row.xid() != xid) {
            commit();
        }
        if (begun == null) {
            xid = row.xid();
            begun = row.changedAt();
            messages.add(new Begin(new Lsn(xid), begun, (int) xid));
        }
        Relation relation = definition.relation();
        if (!relation.equals(described.put(relation.oid(), relation))) {
            messages.addAll(definition.types());
            messages.add(relation);
        }
        if (row.kind() == 'I') {
            tuples(row.after(), row, definition).forEach(tuple -> messages.add(new Insert(relation.oid(), tuple)));
        } else {
            messages.add(change(row, definition));
        }
    }

    private static PgOutputMessage change(OutboxRow row, Definition definition) {
        int relation = definition.relation().oid();
        return switch (row.kind()) {
            case 'U' ->
                new Update(
                        relation,
                        OldRow.FULL,
                        tuple(row.before(), row, definition),
                        tuple(row.after(), row, definition));
            case 'D' -> new Delete(relation, OldRow.FULL, tuple(row.before(), row, definition));
            case 'T' -> new Truncate(false, false, List.of(relation));
            default -> throw unreadable(row, definition, null);
        };
    }

    private static TupleData tuple(byte @Nullable [] text, OutboxRow row, Definition definition) {
        List<TupleData> tuples = tuples(text, row, definition);
        if (tuples.size() != 1) {
            throw unreadable(row, definition, null);
        }
        return tuples.get(0);
    }

    private static List<TupleData> tuples(byte @Nullable [] text, OutboxRow row, Definition definition) {
        if (text == null) {
            throw unreadable(row, definition, null);
        }
        try {
            return RecordText.tuples(text, definition.order(), definition.columns());
        } catch (IllegalArgumentException e) {
            throw unreadable(row, definition, e);
        }
    }

    private static WalwireException unreadable(OutboxRow row, Definition definition, @Nullable Exception cause) {
        return new WalwireException(
                ErrorCode.PROTOCOL,
                "The outbox's row " + row.seq() + " of transaction " + Long.toUnsignedString(row.xid())
                        + " is not a change of " + definition.relation().schema() + "."
                        + definition.relation().name() + " as it was defined.",
                "Please report this with the server's version.",
                cause);
    }

    /** All that there is of the last transaction was added. */
    void end() {
        ends = true;
    }

    private void commit() {
        Instant at = begun;
        if (at != null) {
            messages.add(new Commit(new Lsn(xid), new Lsn(xid + 1), at));
            begun = null;
        }
    }

    /**
     * The next message, or null.
     *
     * @throws WalwireException if the row that is next is none of its table
     */
    @Nullable
    PgOutputMessage poll() {
        if (messages.isEmpty()) {
            Added next = added.poll();
            if (next != null) {
                takeApart(next.row(), next.definition());
            } else if (ends) {
                ends = false;
                commit();
            }
        }
        return messages.poll();
    }
}
