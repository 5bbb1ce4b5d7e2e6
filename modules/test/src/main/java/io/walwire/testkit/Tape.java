package io.walwire.testkit;

import io.walwire.event.Lsn;
import io.walwire.internal.concurrent.TimedWait;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.replication.SlotRequest.Loss;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.ReadRows;
import io.walwire.internal.transaction.TableFacts;
import io.walwire.internal.transaction.TransactionPart;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What stands in for a server: its log, as frames of pgoutput; a slot's confirmed position; and what goes wrong with it. */
final class Tape {
    private static final Lsn FIRST = new Lsn(0x100_0000);

    /** Entries of a recording; they come first. */
    private @Nullable RecordedEntries recorded;

    private final List<Entry> entries = new ArrayList<>();
    private final Set<Entry> over = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<Integer, KitTable> described = new HashMap<>();
    private final KitRows rows = new KitRows();
    private volatile Consumer<TransactionPart> handled = part -> {};
    private Lsn end = FIRST;
    private Lsn confirmed = FIRST;
    private int beginAt;
    private int nextXid = 1_000;
    private boolean offline;
    private int cuts;
    private @Nullable Loss loss;

    /** One thing that a connection meets. */
    sealed interface Entry {}

    /** Bytes; the position that is known once they are read. */
    record Frame(byte[] bytes, Lsn received) implements Entry {}

    /** The server says how far it is, and has nothing to send. */
    record Position(Lsn lsn) implements Entry {}

    /** Rows that were read when this was recorded. */
    record Rows(ReadRows read) implements Entry {}

    /** The connection breaks here, once. */
    static final class Break implements Entry {}

    /**
     * A recorded connection began here; the one before ends.
     *
     * @param start as it was
     * @param described what the catalog said of tables, in the order in which it was asked
     */
    record Connection(StreamStart start, List<Described> described) implements Entry {}

    /**
     * What the catalog said of a table.
     *
     * @param oid the table's
     * @param relation its description; null in what older builds recorded
     * @param read how many entries had been read when it was asked
     */
    record Described(int oid, @Nullable Relation relation, TableFacts facts, int read) {
        /** For recordings of older builds, the types of the columns decide. */
        boolean isOf(Relation wanted) {
            if (oid != wanted.oid() || relation != null) {
                return wanted.equals(relation);
            }
            Set<Integer> types = new HashSet<>();
            wanted.columns().forEach(column -> types.add(column.typeOid()));
            return types.equals(facts.types().keySet());
        }

        /** Whether it may be of an older or newer definition of the table, for want of a better one. */
        boolean mayBeOf(Relation wanted) {
            return oid == wanted.oid() && relation == null;
        }
    }

    /**
     * What a reader has seen.
     *
     * @param snapshot all that was committed
     * @param position the end of it
     * @param seen what was asked for
     */
    record Sight<T>(Snapshot snapshot, Lsn position, T seen) {}

    /** Commits a transaction. */
    synchronized Committed commit(KitTransaction transaction) {
        List<Entry> added = new ArrayList<>();
        Lsn at = plus(end, 8);
        for (KitTransaction.Step step : transaction.steps()) {
            if (step instanceof KitTransaction.Break) {
                added.add(new Break());
                continue;
            }
            if (step instanceof KitTransaction.Change change) {
                change.tables().forEach(table -> describe(table, added));
            }
            byte[] frame = step instanceof KitTransaction.Emitted message
                    ? message.frame(true, at)
                    : ((KitTransaction.Change) step).frame();
            added.add(new Frame(frame, at));
            at = plus(at, aligned(frame.length));
        }
        Committed committed = new Committed(nextXid++, at, plus(at, 48), transaction.timestamp());
        entries.add(new Frame(begin(committed), end));
        String origin = transaction.origin();
        if (origin != null) {
            entries.add(new Frame(new FrameWriter('O').int64(0).string(origin).toBytes(), end));
        }
        entries.addAll(added);
        entries.add(new Frame(commit(committed), committed.endLsn()));
        transaction.steps().forEach(step -> {
            if (step instanceof KitTransaction.Change change) {
                change.effect().accept(rows);
            }
        });
        grow(committed.endLsn());
        return committed;
    }

    /** Says who gets recorded rows from which handlers have returned. */
    void onHandled(Consumer<TransactionPart> listener) {
        handled = listener;
    }

    void handled(TransactionPart part) {
        handled.accept(part);
    }

    /** A kit has started, whose reset leads back to the rows that are declared now. */
    synchronized void started() {
        rows.started();
    }

    /** Rows that are there, without a transaction that says so. */
    synchronized void declare(KitTable table, List<Map<String, ? extends @Nullable Object>> declared) {
        if (recorded != null) {
            throw new IllegalStateException(
                    "A kit that replays a recording has no existing rows: it does not know what the recording changes");
        }
        rows.declare(table, declared);
    }

    /**
     * What a reader sees at this moment.
     *
     * @param look gets the rows
     */
    synchronized <T> Sight<T> see(Function<KitRows, T> look) {
        return new Sight<>(new Snapshot(nextXid, nextXid, Set.of()), end, look.apply(rows));
    }

    /** A message outside of transactions. */
    synchronized Lsn emit(KitTransaction.Emitted message) {
        Lsn at = plus(end, 8);
        byte[] frame = message.frame(false, at);
        entries.add(new Frame(frame, at));
        grow(plus(at, aligned(frame.length)));
        return at;
    }

    private void describe(KitTable table, List<Entry> added) {
        if (!table.equals(described.put(table.relation().oid(), table))) {
            table.description().forEach(frame -> added.add(new Frame(frame, end)));
        }
    }

    private static byte[] begin(Committed committed) {
        return new FrameWriter('B')
                .int64(committed.commitLsn().value())
                .timestamp(committed.timestamp())
                .int32((int) committed.xid())
                .toBytes();
    }

    private static byte[] commit(Committed committed) {
        return new FrameWriter('C')
                .int8(0)
                .int64(committed.commitLsn().value())
                .int64(committed.endLsn().value())
                .timestamp(committed.timestamp())
                .toBytes();
    }

    private static Lsn plus(Lsn lsn, long bytes) {
        return new Lsn(lsn.value() + bytes);
    }

    /** As the log's records are: eight bytes are the least. */
    private static long aligned(int length) {
        return (length + 24 + 7) & ~7L;
    }

    private void grow(Lsn to) {
        end = to;
        notifyAll();
    }

    /** Puts what was recorded elsewhere first. */
    synchronized void load(RecordedEntries from, Lsn position, Lsn to) {
        recorded = from;
        end = to;
        confirmed = position;
    }

    /** What was recorded is not read any more. */
    synchronized void close() {
        if (recorded != null) {
            recorded.close();
        }
    }

    private int recordedSize() {
        return recorded == null ? 0 : recorded.size();
    }

    private int size() {
        return recordedSize() + entries.size();
    }

    synchronized Lsn end() {
        return end;
    }

    synchronized Lsn confirmed() {
        return confirmed;
    }

    synchronized void confirm(Lsn lsn) {
        if (confirmed.isBefore(lsn)) {
            confirmed = lsn;
            notifyAll();
        }
    }

    /** Lets the next instance get everything again that commits after a position. */
    synchronized void rewind(Lsn to) {
        confirmed = confirmed.isBefore(to) ? confirmed : to;
        beginAt = 0;
    }

    /** Lets the next instance get nothing that is committed by now, drops all planned failures, and has the rows of the beginning. */
    synchronized void skipAll() {
        over.addAll(entries);
        rows.reset();
        loss = null;
        offline = false;
        confirmed = end;
        beginAt = 0;
    }

    /** The slot is gone, and with it what it had not confirmed; a new one begins at the end. */
    synchronized void loseSlot(String reason) {
        loss = new Loss(confirmed, reason);
        cut();
        confirmed = end;
    }

    /** What a new connection reports of the slot, once. */
    synchronized @Nullable Loss takeLoss() {
        Loss taken = loss;
        loss = null;
        return taken;
    }

    /** Breaks the connection of this moment. */
    synchronized void cut() {
        cuts++;
        // so that a caller that waits for everything waits until there is a connection again
        grow(plus(end, 56));
    }

    synchronized void offline(boolean now) {
        offline = now;
        if (now) {
            cut();
        }
    }

    synchronized boolean isOffline() {
        return offline;
    }

    /** Changes whenever the connection of that moment breaks. */
    synchronized int cuts() {
        return cuts;
    }

    /** Where the next connection begins to read. */
    synchronized int beginAt() {
        return beginAt;
    }

    /** The recorded connection that follows, if one does, is the next one. */
    synchronized void endConnection(int at) {
        int following = recorded == null ? -1 : recorded.connectionFrom(at);
        beginAt = following < 0 ? beginAt : following;
    }

    /** What stands at a place; null if nothing does yet. */
    synchronized @Nullable Entry at(int index) {
        if (recorded != null && index < recorded.size()) {
            return recorded.at(index);
        }
        return index < size() ? entries.get(index - recordedSize()) : null;
    }

    /** Whether this is the first time that a connection comes here. */
    synchronized boolean happens(Entry entry) {
        return over.add(entry);
    }

    /** The end, if nothing stands at this place; null otherwise, and for a connection that is lost. */
    synchronized @Nullable Lsn endAt(int index, int knownCuts) {
        return index < size() || cuts != knownCuts ? null : end;
    }

    /** Waits for something to stand at a place, or to go wrong. */
    void await(int index, int knownCuts, Duration atMost) throws InterruptedException {
        await(() -> index >= size(), knownCuts, atMost);
    }

    /** Waits until a position is confirmed, the connection is cut, or the time has passed. */
    void awaitConfirmed(Lsn lsn, int knownCuts, Duration atMost) throws InterruptedException {
        await(() -> confirmed.isBefore(lsn), knownCuts, atMost);
    }

    private synchronized void await(BooleanSupplier nothingNew, int knownCuts, Duration atMost)
            throws InterruptedException {
        TimedWait.until(this, () -> !nothingNew.getAsBoolean() || cuts != knownCuts, atMost.toNanos());
    }
}
