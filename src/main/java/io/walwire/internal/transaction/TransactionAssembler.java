package io.walwire.internal.transaction;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.LogicalMessage;
import io.walwire.event.TableSchema;
import io.walwire.internal.codec.JsonValues;
import io.walwire.internal.log.Logs;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.Delete;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.LeftOut;
import io.walwire.internal.pgoutput.PgOutputMessage.Message;
import io.walwire.internal.pgoutput.PgOutputMessage.OldRow;
import io.walwire.internal.pgoutput.PgOutputMessage.Origin;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.Truncate;
import io.walwire.internal.pgoutput.PgOutputMessage.Update;
import io.walwire.internal.pgoutput.TupleData;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Messages to transactions, for one stream: a new stream takes a new assembler. Returns a transaction at its commit, and a
 * part of it each time what was read of it exceeds the bound. Not thread-safe; the reader thread owns it.
 */
public final class TransactionAssembler {
    private static final Logger LOG = Logs.of(TransactionAssembler.class);

    /** A transactional message with this prefix says in JSON who does what follows. */
    private static final String CONTEXT_PREFIX = "walwire.context";

    /** A backfill has the server send its log by an empty message, which is for nobody. */
    public static final String NUDGE_PREFIX = "walwire.backfill";

    /** It is printed with each event of its transaction, so that a long one would multiply. */
    private static final int MAX_CONTEXT_BYTES = 65_536;

    /** Of an event, its message's records, its list slot, and the rows that reading it makes. */
    private static final int BYTES_PER_EVENT = 240;

    /** A transaction is taken to be about as large as the one before; what is kept for it is bounded by this. */
    private static final int MAX_FORESEEN = 128;

    private static final int BYTES_PER_COLUMN = 8;

    private static final int BYTES_PER_TABLE = 800;

    /** Of a table or a schema change that an event holds: the column, its name, its list slot. */
    private static final int BYTES_PER_DEFINED_COLUMN = 160;

    private final StreamFacts stream;
    private final Subscriptions subscriptions;
    private final long partBytes;
    private final DescribedTables tables;
    private final PartitionIdentities partitions;

    /** As of the last Begin: a transaction is not delivered by halves. */
    private Subscriptions wanted;

    /** Of the transaction that has begun and not ended, otherwise null. */
    private @Nullable TransactionHeader header;

    private int part;
    private long index;
    private long retainedBytes;
    private long unreadableContexts;
    private List<Event> events = new ArrayList<>();

    /**
     * An assembler for one stream.
     *
     * @param stream what its tables share
     * @param subscriptions which tables' events are kept
     * @param partBytes how much of a transaction is held before a part of it is returned, in bytes of heap
     */
    public TransactionAssembler(StreamFacts stream, Subscriptions subscriptions, long partBytes) {
        this.stream = stream;
        this.tables = new DescribedTables(stream);
        this.partitions = new PartitionIdentities(tables);
        this.subscriptions = subscriptions;
        this.wanted = subscriptions.now();
        this.partBytes = partBytes;
    }

    /** Whether a transaction has begun whose commit was not read yet. */
    public boolean isInTransaction() {
        return header != null;
    }

    /**
     * Takes note of a table as it was sent. What the catalog knows beside is not needed before its first change.
     *
     * @param relation what was sent
     */
    public void announce(Relation relation) {
        tables.announce(relation);
        partitions.announced(relation);
    }

    /**
     * A table that a message refers to, and that has to be {@link #define defined} before the message is accepted.
     *
     * @param message any
     * @return one of the tables; null if there is none
     */
    public @Nullable Relation undefined(PgOutputMessage message) {
        if (message instanceof Insert insert) {
            return tables.undefined(insert.relation());
        } else if (message instanceof Update update) {
            return tables.undefined(update.relation());
        } else if (message instanceof Delete delete) {
            return tables.undefined(delete.relation());
        } else if (message instanceof Truncate truncate) {
            for (int relation : truncate.relations()) {
                Relation undefined = tables.undefined(relation);
                if (undefined != null) {
                    return undefined;
                }
            }
        }
        return null;
    }

    /**
     * Takes note of what the catalog knows of a table that was {@link #announce announced}, for the changes that follow.
     *
     * @param relation what was announced last of it
     * @param facts what the catalog knows beside
     */
    public void define(Relation relation, TableFacts facts) {
        tables.define(relation, facts);
    }

    /**
     * Takes the next message, in the order of the stream.
     *
     * @param message any but {@link Relation}, which goes to {@link #announce}, and a message that is not transactional, which
     *     goes to {@link #untransactional}. Tables that it refers to are not {@link #undefined} any more
     * @return a transaction or a part of one that is ready to be handled, maybe without events; null if none is
     */
    public @Nullable TransactionPart accept(PgOutputMessage message) {
        if (message instanceof Insert insert) {
            return change(insert.relation(), Kind.INSERT, OldRow.ABSENT, null, insert.newRow());
        } else if (message instanceof Update update) {
            return change(update.relation(), Kind.UPDATE, update.oldKind(), update.oldRow(), update.newRow());
        } else if (message instanceof Delete delete) {
            return change(delete.relation(), Kind.DELETE, delete.oldKind(), delete.oldRow(), null);
        } else if (message instanceof Begin started) {
            begin(started);
        } else if (message instanceof Commit commit) {
            return commit(commit);
        } else if (message instanceof Truncate truncate) {
            return truncate(truncate);
        } else if (message instanceof Origin sent) {
            begun().comesFrom(sent.name());
        } else if (message instanceof PgOutputMessage.Type type) {
            stream.nameType(type.oid(), type.name());
        } else if (message instanceof Message sent) {
            return message(sent);
        } else if (message instanceof LeftOut left) {
            partitions.leftOut(left.relation());
        } else if (message instanceof Relation) {
            throw new IllegalArgumentException("A relation is announced, not accepted");
        }
        return null;
    }

    private void begin(Begin started) {
        if (header != null) {
            throw violation("A transaction that begins inside another");
        }
        partitions.separate(); // what came between transactions was described for none, or for what is set aside
        wanted = subscriptions.now();
        header = new TransactionHeader(started.xid(), started.commitLsn(), started.timestamp(), stream.positions());
        part = 0;
        index = 0;
    }

    private @Nullable TransactionPart change(
            int relation, Kind kind, OldRow oldKind, @Nullable TupleData oldRow, @Nullable TupleData newRow) {
        TransactionHeader current = begun();
        DescribedTable known = known(relation);
        partitions.changed(known);
        long at = index++;
        boolean subscribed = isSubscribed(known);
        addSchemaEvent(current, known, at);
        if (!subscribed) {
            return null;
        }
        Table table = known.table();
        requireFit(table, oldRow);
        requireFit(table, newRow);
        table = partitions.tableOf(known, oldKind, oldRow);
        TupleData any = newRow != null ? newRow : oldRow;
        events.add(new ReceivedRow(current, table, kind, at, oldKind, oldRow, newRow));
        return retain(
                current,
                1,
                (any == null ? 0 : any.bytes().length)
                        + (long) BYTES_PER_COLUMN * table.columns().size()
                        + heldBytes(known));
    }

    /** Of a table that events hold, once: it may be made again for later events while these still wait. */
    private static long heldBytes(DescribedTable known) {
        if (known.counted) {
            return 0;
        }
        known.counted = true;
        return BYTES_PER_TABLE
                + (long) BYTES_PER_DEFINED_COLUMN * known.table().columns().size();
    }

    private @Nullable TransactionPart truncate(Truncate truncate) {
        TransactionHeader current = begun();
        partitions.separate();
        int added = 0;
        for (int relation : truncate.relations()) {
            DescribedTable known = known(relation);
            long at = index++;
            boolean subscribed = isSubscribed(known);
            addSchemaEvent(current, known, at);
            if (subscribed) {
                events.add(new ReceivedTruncate(
                        current, known.table(), at, truncate.cascade(), truncate.restartIdentity()));
                retainedBytes += heldBytes(known);
                added++;
            }
        }
        return retain(current, added, 0);
    }

    /**
     * Where this is the first change under a definition that differs from the one before, an event that says so. By its new
     * name the table may not be subscribed any more, which is worth an event too, the last.
     */
    private void addSchemaEvent(TransactionHeader current, DescribedTable known, long at) {
        if (known.compared) {
            return;
        }
        known.compared = true;
        TableSchema now = known.table().schemaNow();
        if (!known.subscribed && !stream.schemas().knows(now.oid())) {
            return;
        }
        TableSchema before = stream.schemas().see(now, new EventId(current.position(), at));
        if (before != null && (known.subscribed || wanted.includes(before.schema(), before.name()))) {
            events.add(new ReceivedSchema(current, known.table(), before, at));
            int columns = before.columns().size() + now.columns().size();
            retainedBytes += BYTES_PER_EVENT + (long) BYTES_PER_DEFINED_COLUMN * columns;
        }
    }

    /**
     * A message that belongs to no transaction, as an event.
     *
     * @param message not transactional
     * @return the event, to be handled in its place between transactions
     */
    public Event untransactional(Message message) {
        return event(message, null);
    }

    private @Nullable TransactionPart message(Message message) {
        TransactionHeader current = begun();
        if (message.prefix().equals(NUDGE_PREFIX)) {
            return null;
        }
        if (message.prefix().equals(CONTEXT_PREFIX)) {
            current.hasContext(context(message, current));
        }
        events.add(event(message, current));
        return retain(current, 1, message.content().length);
    }

    private ReceivedMessage event(Message message, @Nullable TransactionHeader of) {
        LogicalMessage received = new LogicalMessage(
                message.prefix(), message.content(), message.transactional(), message.lsn(), stream.encoding());
        return new ReceivedMessage(stream.version(), stream.database(), received, of);
    }

    /** The content, if it can be read; otherwise the context that was known before. Nothing is built of it until it is asked for. */
    private byte @Nullable [] context(Message message, TransactionHeader current) {
        byte[] content = message.content();
        if (content.length <= MAX_CONTEXT_BYTES && JsonValues.isReadable(content, 0, content.length)) {
            return content;
        }
        // any role can send any number of them
        LOG.atLevel(unreadableContexts++ == 0 ? Level.WARN : Level.DEBUG)
                .log(
                        "The message at {} with the prefix {} is not JSON that can be read, of {} bytes at most, so its"
                                + " transaction has no context from it; further ones of this stream are logged at DEBUG",
                        message.lsn(),
                        CONTEXT_PREFIX,
                        MAX_CONTEXT_BYTES);
        return current.contextBytes();
    }

    private @Nullable TransactionPart retain(TransactionHeader current, int added, long bytes) {
        retainedBytes += (long) BYTES_PER_EVENT * added + bytes;
        if (added == 0 || retainedBytes < partBytes) {
            return null;
        }
        header = current.next();
        return part(current, false);
    }

    private TransactionPart commit(Commit commit) {
        TransactionHeader current = begun();
        if (!current.place().equals(commit.commitLsn())) {
            throw violation("A commit at " + commit.commitLsn() + " of the transaction at " + current.position());
        }
        partitions.separate();
        current.endsAt(commit.endLsn());
        header = null;
        return part(current, true);
    }

    private TransactionPart part(TransactionHeader of, boolean last) {
        List<Event> taken = events.isEmpty() ? List.of() : Collections.unmodifiableList(events);
        TransactionPart ready = new TransactionPart(of, part, last, taken, retainedBytes);
        part++;
        if (!events.isEmpty()) {
            events = new ArrayList<>(Math.min(taken.size(), MAX_FORESEEN));
        }
        retainedBytes = 0;
        return ready;
    }

    private boolean isSubscribed(DescribedTable known) {
        int version = wanted.version();
        if (known.version != version) {
            known.subscribed =
                    wanted.includes(known.table().schema(), known.table().name());
            known.version = version;
            known.compared = false;
        }
        return known.subscribed;
    }

    private TransactionHeader begun() {
        if (header == null) {
            throw violation("A change outside a transaction");
        }
        return header;
    }

    private DescribedTable known(int relation) {
        DescribedTable known = tables.get(relation);
        if (known == null) {
            throw violation(
                    "A change of relation " + Integer.toUnsignedString(relation) + ", which was not described,");
        }
        return known;
    }

    private static void requireFit(Table table, @Nullable TupleData tuple) {
        if (tuple != null && tuple.columns() != table.columns().size()) {
            throw violation("A row of " + tuple.columns() + " columns for "
                    + table.source().qualifiedTable() + ", which has "
                    + table.columns().size() + ",");
        }
        if (tuple != null && table.isShownByItsRows()) {
            BinaryColumns.requireReadable(table, tuple);
        }
    }

    private static WalwireException violation(String what) {
        return new WalwireException(
                ErrorCode.PROTOCOL, what + " arrived from pgoutput.", "Please report this with the server's version.");
    }
}
