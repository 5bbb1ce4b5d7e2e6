package io.walwire.internal.engine;

import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.internal.backfill.run.PlacedRows;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.CommitPrepared;
import io.walwire.internal.pgoutput.PgOutputMessage.Message;
import io.walwire.internal.pgoutput.PgOutputMessage.Prepare;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.TwoPhase;
import io.walwire.internal.source.ChangeStream;
import io.walwire.internal.transaction.LostContinuity;
import io.walwire.internal.transaction.ReadRows;
import io.walwire.internal.transaction.SchemaHistory;
import io.walwire.internal.transaction.TableFacts;
import io.walwire.internal.transaction.TransactionAssembler;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.lifecycle.State;
import io.walwire.listener.WalwireListener;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** One stream, read to its end: from the source's messages to transactions in the handlers' queue. The reader thread owns it. */
final class StreamReader {
    private static final Logger LOG = Logs.of(StreamReader.class);

    /** While nobody reads, the server must still hear from us; well within half of any sensible wal_sender_timeout. */
    private static final int STATUS_WHILE_WAITING_MILLIS = 500;

    private static final long STATUS_WHILE_HELD_NANOS = TimeUnit.MILLISECONDS.toNanos(STATUS_WHILE_WAITING_MILLIS);
    private static final long AWAIT_WHILE_HELD_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** Rows that were read wait for each answer, and the next chunk waits for their place in memory. */
    private static final long ASK_FOR_READS_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Reader.Instance instance;
    private final Lifecycle lifecycle;
    private final Positions positions;
    private final WorkQueue queue;
    private final ChangeStream stream;
    private final TransactionAssembler assembler;
    private volatile long lastRest = System.nanoTime();
    private long lastAsk = lastRest;
    private long lastAwait = lastRest;

    StreamReader(
            Reader.Instance instance,
            Lifecycle lifecycle,
            Positions positions,
            WorkQueue queue,
            SchemaHistory schemas,
            ChangeStream stream) {
        this.instance = instance;
        this.lifecycle = lifecycle;
        this.positions = positions;
        this.queue = queue;
        this.stream = stream;
        this.assembler = new TransactionAssembler(
                instance.facts(schemas, stream.encoding()),
                instance.subscriptions(),
                instance.budget().partBytes());
    }

    ChangeStream stream() {
        return stream;
    }

    /** The time since the instance last had nothing to read, to handle or to confirm. */
    Duration busy() {
        return Duration.ofNanos(System.nanoTime() - lastRest);
    }

    /** The whole way from the source's messages to the handlers' queue. */
    void read() throws SQLException, InterruptedException {
        while (lifecycle.wantsMore()) {
            PgOutputMessage message = stream.next(); // socket -> bytes -> message
            if (message instanceof Begin begin) {
                handOverLeftOut(begin.commitLsn()); // in a replay, the last frame received is the commit
                awaitRelease(begin.commitLsn());
                handOver(instance.backfills().beforeBegin(begin.commitLsn()));
            } else if (message instanceof Commit commit) {
                handOverLeftOut(commit.commitLsn()); // of what was left out within the transaction, before its end
            }
            if (message == null) {
                handOverRecorded();
                if (stream.isDrained()) {
                    rest();
                }
            } else if (message instanceof Relation relation) {
                assembler.announce(relation);
                instance.backfills().announced(relation);
                if (stream.asksAtOnce(relation)) {
                    define(relation);
                }
            } else if (message instanceof Message logical && !logical.transactional()) {
                handOver(new Work.Single(assembler.untransactional(logical)));
                positions.deliver(logical.lsn());
            } else if (message instanceof TwoPhase step) {
                hold(step); // what is prepared must come again until it is handled
            } else if (define(message)) {
                TransactionPart transaction = assembler.accept(message); // messages -> transaction
                if (transaction != null) {
                    positions.receive(transaction.end());
                    instance.backfills().delivered(transaction);
                    handOver(new Work.Part(transaction)); // -> handler thread
                    positions.handOver(transaction);
                    handOverReads(transaction.end());
                }
                if (message instanceof Commit commit) {
                    handOverDue(commit.endLsn()); // a stream that always has more to read is never at rest
                }
            }
        }
    }

    /** Asks what pgoutput leaves out of a table at its first change; false if the instance is to end before it is known. */
    private boolean define(PgOutputMessage message) throws SQLException, InterruptedException {
        for (Relation table = assembler.undefined(message); table != null; table = assembler.undefined(message)) {
            if (!define(table)) {
                return false;
            }
        }
        return true;
    }

    private boolean define(Relation table) throws SQLException, InterruptedException {
        TableFacts facts = stream.facts(table);
        if (facts != null) {
            assembler.define(table, facts);
        }
        return facts != null;
    }

    /**
     * Hands over the gap that the stream found in itself; false if there is none. A checkpoint counts everything before its end as done.
     *
     * @param read all that was committed before this position was handed over
     */
    private boolean handOverLeftOut(Lsn read) throws SQLException, InterruptedException {
        Gap gap = stream.leftOut(positions.handedOver(), read);
        if (gap != null) {
            LOG.warn("Changes are missing between {} and {}: {}", gap.from(), gap.to(), gap.reason());
            handOver(gap, () -> {});
        }
        return gap != null;
    }

    private void rest() throws SQLException, InterruptedException {
        instance.backfills().rests();
        positions.receive(stream.received());
        if (stream.leavesOutBeyond(stream.received())) {
            askForPosition(ASK_NANOS); // a gap that ended here would have no length
        } else {
            settle();
        }
        if (instance.backfills().isAwaited(stream.received())) {
            askForPosition(ASK_FOR_READS_NANOS);
        }
        queue.announce();
        awaitMore();
    }

    /** While the stream is held, rows may come at any moment, and nothing else is handed over. */
    private void awaitMore() throws SQLException, InterruptedException {
        long now = System.nanoTime();
        Lsn received = stream.received();
        if (now - lastAwait < AWAIT_WHILE_HELD_NANOS && instance.backfills().holds(received)) {
            handOver(instance.backfills().awaitHeld(received));
        } else {
            lastAwait = now;
            stream.await(instance.backfills().isReading());
        }
    }

    /** Rows that were read, where everything is handed over that they show. */
    private void handOverReads(@Nullable Lsn passed) throws SQLException, InterruptedException {
        if (passed != null) {
            handOver(instance.backfills().passed(passed));
        }
    }

    private void handOver(Queue<PlacedRows> placed) throws SQLException, InterruptedException {
        for (PlacedRows rows = placed.peek(); rows != null; rows = placed.peek()) {
            if (rows.part() != null) {
                handOver(new Work.Reads(rows.part(), rows.progress(), rows.handled()));
            }
            placed.remove(); // not before: if the stream ends in a full queue, the next one hands them over
            if (rows.read() != null) {
                stream.placed(rows.read());
            }
            if (rows.part() == null) {
                rows.handled().run();
            }
        }
    }

    /** Rows of a table without a key come before every transaction that their snapshot does not show. */
    private void awaitRelease(Lsn commit) throws SQLException, InterruptedException {
        long alive = System.nanoTime();
        while (lifecycle.wantsMore() && instance.backfills().holds(commit)) {
            handOver(instance.backfills().awaitHeld(commit));
            queue.announce();
            if (System.nanoTime() - alive > STATUS_WHILE_HELD_NANOS) {
                alive = System.nanoTime();
                stream.stayAlive();
            }
        }
    }

    /** Rows that were read when the stream was recorded. */
    private void handOverRecorded() throws SQLException, InterruptedException {
        ReadRows rows = stream.rows();
        if (rows != null) {
            TransactionPart part = instance.part(rows);
            handOver(new Work.Reads(part, null, () -> stream.handled(part)));
        }
    }

    private void settle() throws SQLException, InterruptedException {
        if (!assembler.isInTransaction()) {
            if (handOverLeftOut(stream.received()) && !stream.isArriving()) {
                positions.restBehindGap(stream.received());
            }
            handOverDue(stream.received());
            if (!stream.isArriving()) {
                handOverReads(stream.received());
            }
        }
        // all that was committed before the server's position has been sent, and is confirmed if it is handled
        if (!assembler.isInTransaction() && !stream.isArriving() && queue.isFinished()) {
            if (mayConfirm(stream.received())) {
                confirmIdle();
            }
            if (!positions.confirmed().isBefore(stream.received())) {
                lastRest = System.nanoTime();
            }
            positions.settle(stream.received());
        }
    }

    private void confirmIdle() {
        Lsn before = positions.confirmed();
        Lsn confirmed = positions.confirm(stream.received());
        stream.confirm(confirmed);
        if (before.isBefore(confirmed)) {
            positions.report(confirmed, instance::confirmed);
        }
    }

    /**
     * Hands over the gap of a source whose end was read. A checkpoint counts everything before the end of a gap as
     * done, so that the gap must not end where something is still to be read, nor before what is done.
     *
     * @param read everything that was committed before this position has come
     */
    private void handOverDue(Lsn read) throws SQLException, InterruptedException {
        Gap due = stream.due();
        if (due == null) {
            return;
        }
        Position to = due.to();
        if (to != null && read.isBefore(to)) {
            askForPosition(ASK_NANOS);
            return;
        }
        LOG.warn("Changes may be missing between {} and {}: {}", due.from(), due.to(), due.reason());
        handOver(new Gap(due.from(), endOf(due), due.reason()), stream::dueDelivered);
        stream.dueQueued();
    }

    /** An idle server reports its position when it is asked, otherwise after half of wal_sender_timeout. */
    private void askForPosition(long pause) {
        long now = System.nanoTime();
        if (now - lastAsk > pause) {
            lastAsk = now;
            stream.ask();
        }
    }

    private @Nullable Position endOf(Gap gap) {
        Lsn done = positions.received();
        Position to = gap.to();
        return to == null || to.isBefore(done) ? done : to;
    }

    /** If not, what has to be done first may be handed to the handler thread, which has nothing else to do. */
    private boolean mayConfirm(Lsn idle) throws InterruptedException {
        if (instance.boundary().isWorthReaching(idle)) {
            queue.offer(new Work.Idle(idle), 0);
        }
        return instance.boundary().isReached(idle);
    }

    /** What becomes of a prepared transaction, for the position that may be confirmed. */
    private void hold(TwoPhase step) throws SQLException, InterruptedException {
        if (step instanceof Prepare prepare) {
            positions.prepared(prepare.xid(), prepare.prepareLsn());
        } else if (!(step instanceof CommitPrepared commit)) {
            positions.preparedEnded(step.xid());
        } else if (stream.isReplaying()) {
            positions.preparedCommitted(commit.xid(), commit.endLsn());
        } else if (positions.isHandledBefore(commit.endLsn())) {
            positions.preparedEnded(commit.xid());
        } else {
            Gap gap = new Gap(
                    positions.handedOver(),
                    commit.endLsn(),
                    "the prepared transaction \"" + commit.gid() + "\" committed, but its changes were sent before this"
                            + " stream, and confirmed by somebody who did not keep them");
            LOG.warn("Changes are missing between {} and {}: {}", gap.from(), gap.to(), gap.reason());
            positions.preparedEnded(commit.xid());
            handOver(new Gap(gap.from(), endOf(gap), gap.reason()), () -> {});
            positions.handOver(commit.endLsn());
        }
    }

    /**
     * Hands over that changes may be missing before this stream.
     *
     * @param delivered runs when handlers have received it
     */
    void handOverLoss(Gap gap, Runnable delivered) throws SQLException, InterruptedException {
        handOver(gap, delivered, true);
    }

    /** A gap within a stream, which goes on: what is handled of a transaction stays handled. */
    private void handOver(Gap gap, Runnable delivered) throws SQLException, InterruptedException {
        instance.backfills().lost();
        handOver(gap, delivered, false);
    }

    private void handOver(Gap gap, Runnable delivered, boolean endsContinuity)
            throws SQLException, InterruptedException {
        Gap shown = instance.positions().of(gap);
        LostContinuity event =
                new LostContinuity(instance.version(), instance.database().name(), shown);
        // the next instance gets the gap again while it would go on with rows that were read before it
        handOver(new Work.Single(event, () -> instance.backfills().whenKept(delivered), endsContinuity));
        instance.listeners().each(WalwireListener::onGap, shown); // once, when the next attempt does not find it again
    }

    /** Puts into the queue what has its place before the interruption of the stream, and for watches that there was one. */
    void handOverResumed() throws SQLException, InterruptedException {
        handOver(instance.backfills().placed());
        handOver(new Work.Resumed());
    }

    private void handOver(Work work) throws SQLException, InterruptedException {
        while (!queue.offer(work, STATUS_WHILE_WAITING_MILLIS)) {
            stream.stayAlive();
        }
        if (work instanceof Work.Reads reads) {
            positions.handOver(reads.rows()); // a server that lacks what they show has another history
        }
    }

    /** After an error that ends the instance: what was received before it is handled and confirmed, if that can still be done. */
    void finish(Exception why) throws InterruptedException {
        if (!queue.isFinished() && !lifecycle.isStopping()) {
            String said = why instanceof SQLException sql ? ServerErrors.said(sql) : why.toString();
            LOG.warn("The stream ended for good; what was received before is handled first: {}", said);
            lifecycle.note(said);
            lifecycle.enter(State.RECONNECTING);
        }
        boolean alive = true;
        // handlers that are held back may be held for ever, and what they have not seen comes again
        while (!lifecycle.isHeld() && !queue.awaitFinished(STATUS_WHILE_WAITING_MILLIS)) {
            alive = alive && staysAlive();
        }
        stream.confirmLast(positions.confirmed());
    }

    private boolean staysAlive() {
        try {
            stream.stayAlive();
            return true;
        } catch (SQLException e) {
            LOG.debug("The stream has ended", e);
            return false;
        }
    }

    /** Keeps the connection alive until the handler has finished what it was given. */
    void awaitHandled() throws SQLException, InterruptedException {
        while (!queue.awaitFinished(STATUS_WHILE_WAITING_MILLIS)) {
            stream.stayAlive();
        }
    }
}
