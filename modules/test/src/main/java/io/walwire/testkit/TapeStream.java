package io.walwire.testkit;

import io.walwire.event.Lsn;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.Delete;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.LeftOut;
import io.walwire.internal.pgoutput.PgOutputMessage.Message;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.Truncate;
import io.walwire.internal.pgoutput.PgOutputMessage.TwoPhase;
import io.walwire.internal.pgoutput.PgOutputMessage.Update;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.source.ChangeStream;
import io.walwire.internal.transaction.ReadRows;
import io.walwire.internal.transaction.TableFacts;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.internal.undecided.Undecided;
import io.walwire.testkit.Tape.Connection;
import io.walwire.testkit.Tape.Described;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One connection to a {@link Tape}. Confirmed changes are decoded but not delivered, because their messages may describe tables. */
final class TapeStream implements ChangeStream {
    private static final Duration MOMENT = Duration.ofMillis(100);

    /** Limits the wait for handlers: they may be paused, or fail although they did not fail in the recording. */
    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final String CONNECTION_FAILURE = "08006";

    private final Tape tape;
    private final KitTables tables;
    private final Undecided undecided;
    private final StreamStart start;
    private final Lsn from;
    private final boolean messages;
    private final int begin;
    private final int cuts;
    private final List<Described> described;
    private int index;
    private boolean skipping;
    private @Nullable ReadRows rows;

    /** Waits for the rows that were placed before it. */
    private @Nullable Begin next;

    private boolean drained;

    /** Start of the next connection, while the end of this one waits until handlers have reached it. */
    private @Nullable Lsn awaited;

    private long waitsSince;

    private volatile Lsn received;
    private volatile boolean aborted;

    /**
     * A connection.
     *
     * @param beginning where it begins, and what was recorded about it
     * @param from transactions that committed before this position are not delivered
     * @param messages whether logical messages were asked for
     */
    TapeStream(Tape tape, KitTables tables, Undecided undecided, Beginning beginning, Lsn from, boolean messages) {
        this.tape = tape;
        this.tables = tables;
        this.undecided = undecided;
        this.start = beginning.start();
        this.described = beginning.described();
        this.begin = beginning.index();
        this.index = begin;
        this.from = from;
        this.messages = messages;
        this.cuts = tape.cuts();
        this.received = start.position();
    }

    /** Where a connection begins. */
    record Beginning(int index, StreamStart start, List<Described> described) {}

    @Override
    public StreamStart start() {
        return start;
    }

    @Override
    public Charset encoding() {
        return start.encoding();
    }

    @Override
    public @Nullable PgOutputMessage next() throws SQLException {
        requireConnected();
        drained = false;
        PgOutputMessage message = next == null ? undecided.replayed() : next;
        if (message == null) {
            Tape.Entry entry = tape.at(index);
            if (entry == null) {
                rest();
                return null;
            }
            index++;
            message = meet(entry);
        }
        next = message instanceof Begin begin && takeRowsBefore(begin) ? begin : null;
        if (next != null) {
            return null;
        }
        return message == null || !isLeftOut(message) ? message : inPlaceOf(message);
    }

    /**
     * A stream is held before a transaction begins. One that was sent in pieces, or prepared, begins when its last frame is read: in the
     * recording, rows that come before it are behind that frame.
     */
    private boolean takeRowsBefore(Begin begin) {
        if (tape.at(index) instanceof Tape.Rows recorded
                && recorded.read().before().compareTo(begin.commitLsn()) <= 0) {
            index++;
            rows = placed(recorded);
            return true;
        }
        return false;
    }

    private @Nullable ReadRows placed(Tape.Rows recorded) {
        return recorded.read().before().isBefore(from) ? null : recorded.read();
    }

    /** Replaces a change that is not delivered, so that the table descriptions right before it do not count for a later change. */
    private static @Nullable LeftOut inPlaceOf(PgOutputMessage message) {
        if (message instanceof Insert insert) {
            return new LeftOut(insert.relation());
        } else if (message instanceof Update update) {
            return new LeftOut(update.relation());
        } else if (message instanceof Delete delete) {
            return new LeftOut(delete.relation());
        }
        return message instanceof Truncate ? new LeftOut(0) : null;
    }

    @Override
    public @Nullable ReadRows rows() {
        ReadRows taken = rows;
        rows = null;
        return taken;
    }

    @Override
    public void handled(TransactionPart part) {
        tape.handled(part);
    }

    private void rest() {
        Lsn end = tape.endAt(index, cuts);
        if (end != null) {
            hear(end);
            drained = true;
        }
    }

    private @Nullable PgOutputMessage meet(Tape.Entry entry) throws SQLException {
        if (entry instanceof Tape.Frame frame) {
            hear(frame.received());
            return undecided.accept(ByteBuffer.wrap(frame.bytes()));
        } else if (entry instanceof Tape.Position position) {
            hear(position.lsn());
            drained = true;
        } else if (entry instanceof Tape.Rows recorded) {
            rows = placed(recorded);
        } else if (entry instanceof Connection next && index - 1 > begin) {
            if (isBeingHandled(next)) {
                index--; // as in the recording, this connection goes on until that position is confirmed
                drained = true;
                return null;
            }
            tape.endConnection(index - 1);
            throw new SQLException("The connection ended here when it was recorded", CONNECTION_FAILURE);
        } else if (entry instanceof Tape.Break && tape.happens(entry)) {
            throw new SQLException("The connection was lost, as the test wanted", CONNECTION_FAILURE);
        }
        return null;
    }

    /** Whether the next connection begins at or before the position of this one, and handlers have not confirmed that position yet. */
    private boolean isBeingHandled(Connection next) {
        Lsn begins = next.start().position();
        if (next.start().slot().create()
                || received.isBefore(begins)
                || !tape.confirmed().isBefore(begins)) {
            return false;
        }
        if (awaited == null) {
            awaited = begins;
            waitsSince = System.nanoTime();
        }
        return System.nanoTime() - waitsSince < MAX_WAIT_NANOS;
    }

    private void hear(Lsn lsn) {
        received = received.isBefore(lsn) ? lsn : received;
    }

    private boolean isLeftOut(PgOutputMessage message) {
        if (message instanceof Begin begun) {
            skipping = begun.commitLsn().isBefore(from);
        } else if (message instanceof Message logical
                && (!messages || (!logical.transactional() && logical.lsn().isBefore(from)))) {
            return true;
        }
        boolean left = skipping
                && !(message instanceof Relation
                        || message instanceof PgOutputMessage.Type
                        || message instanceof LeftOut
                        || message instanceof TwoPhase);
        skipping &= !(message instanceof Commit);
        return left;
    }

    private void requireConnected() throws SQLException {
        if (aborted || tape.cuts() != cuts) {
            throw new SQLException("The connection was lost, as the test wanted", CONNECTION_FAILURE);
        }
    }

    /** Ends this connection. The connection that followed it in the recording is next. */
    void end() {
        tape.endConnection(index);
    }

    @Override
    public boolean isDrained() {
        return drained;
    }

    @Override
    public boolean isArriving() {
        return undecided.isArriving();
    }

    @Override
    public boolean isReplaying() {
        return undecided.isReplaying();
    }

    @Override
    public void await(boolean briefly) throws InterruptedException {
        if (awaited == null) {
            tape.await(index, cuts, MOMENT);
        } else {
            tape.awaitConfirmed(awaited, cuts, MOMENT);
        }
    }

    @Override
    public Lsn received() {
        return received;
    }

    @Override
    public void confirm(Lsn lsn) {
        tape.confirm(lsn);
    }

    @Override
    public void stayAlive() throws SQLException {
        requireConnected();
    }

    /** Looks up the latest facts that were recorded up to this position. Changes that are not delivered do not ask for facts. */
    @Override
    public TableFacts facts(Relation relation) {
        Described found = lastSaid(each -> each.isOf(relation));
        found = found == null ? lastSaid(each -> each.mayBeOf(relation)) : found;
        return found == null ? tables.facts(relation) : found.facts();
    }

    private @Nullable Described lastSaid(Predicate<Described> wanted) {
        Described found = null;
        for (Described each : described) {
            if (found != null && each.read() > index) {
                break;
            }
            found = wanted.test(each) ? each : found;
        }
        return found;
    }

    @Override
    public void ask() {
        // the tape's end is known without asking
    }

    @Override
    public Duration silence() {
        return Duration.ZERO;
    }

    @Override
    public void abort() {
        aborted = true;
    }

    @Override
    public void close() {
        undecided.close();
    }
}
