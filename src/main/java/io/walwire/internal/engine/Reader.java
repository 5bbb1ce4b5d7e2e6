package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.run.Backfills;
import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ExceptionText;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.UndecodableChangeException;
import io.walwire.internal.listener.Listeners;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.Progress;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.source.ChangeSource;
import io.walwire.internal.source.ChangeStream;
import io.walwire.internal.transaction.PositionKind;
import io.walwire.internal.transaction.ReadRows;
import io.walwire.internal.transaction.ReadTable;
import io.walwire.internal.transaction.SchemaHistory;
import io.walwire.internal.transaction.StreamFacts;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.internal.transaction.UnreadableInBinaryException;
import io.walwire.lifecycle.State;
import io.walwire.listener.WalwireListener;
import java.nio.charset.Charset;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The reader thread: one stream after another, each read by a {@link StreamReader}; and back to the server what is confirmed. */
final class Reader implements Runnable {
    private static final Logger LOG = Logs.of(Reader.class);

    /** A stream that lasted so long, or got on, was in order: what ends it is not what ended the one before. */
    private static final long LASTING_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** How often to look whether handlers that are waited for are held back. */
    private static final long LOOK_MILLIS = 500;

    private final Instance instance;
    private final ChangeSource source;
    private final Lifecycle lifecycle;
    private final Positions positions;
    private final WorkQueue queue;
    private final Runnable ended;
    private final Backoff backoff = new Backoff();
    private final SchemaHistory schemas = new SchemaHistory();
    private long began;
    private Lsn confirmedAtBegin = Lsn.ZERO;
    private Lsn deliveredAtBegin = Lsn.ZERO;

    /** Kept until it is in the handlers' queue: what fails before must not make the next attempt forget it. */
    private @Nullable Gap found;

    private volatile @Nullable StreamReader current;
    private final AtomicReference<@Nullable StreamStart> last = new AtomicReference<>();

    /**
     * Held while a stream begins: what the one before was, decides about a gap. The checkpoint gets the new stream's timeline before that is
     * the last stream, so that a promotion of the server before, found in between, would be taken for one of the new server.
     */
    private final ReentrantLock beginning = new ReentrantLock();

    /** What does not change while an instance lives. */
    record Instance(
            Database database,
            String version,
            boolean oldRecordInJson,
            BufferBudget budget,
            LiveSubscriptions subscriptions,
            Optional<Duration> startWait,
            WorkBoundary boundary,
            Backfills backfills,
            Listeners listeners,
            PositionKind positions) {
        StreamFacts facts(SchemaHistory schemas, Charset encoding) {
            return new StreamFacts(database.name(), version, oldRecordInJson, schemas, positions, encoding);
        }

        /** Rows that were read when the stream was recorded. */
        TransactionPart part(ReadRows recorded) {
            StreamFacts facts = new StreamFacts(database.name(), version, oldRecordInJson, new SchemaHistory());
            return recorded.part(new ReadTable(recorded.relation(), recorded.facts(), facts));
        }

        /** Listeners hear of a confirmed position. */
        void confirmed(Lsn position) {
            listeners.each(WalwireListener::onConfirmed, positions.of(position));
        }
    }

    Reader(
            Instance instance,
            ChangeSource source,
            Lifecycle lifecycle,
            Positions positions,
            WorkQueue queue,
            Runnable ended) {
        this.instance = instance;
        this.source = source;
        this.lifecycle = lifecycle;
        this.positions = positions;
        this.queue = queue;
        this.ended = ended;
    }

    @Override
    public void run() {
        try {
            try {
                keepStreaming();
            } catch (WalwireException e) {
                handleReceived(e);
                lifecycle.fail(e);
            }
        } catch (InterruptedException e) {
            if (lifecycle.isStopping()) {
                LOG.debug("The reader was interrupted, which only closing does");
            } else {
                lifecycle.fail(failed(e));
            }
        } catch (RuntimeException | Error e) {
            lifecycle.fail(failed(e));
        } finally {
            ended.run();
        }
    }

    private static WalwireException failed(Throwable e) {
        return new WalwireException(
                ErrorCode.PROTOCOL, "The reader failed: " + ExceptionText.of(e) + ".", "Please report this.", e);
    }

    private WalwireException explained(Exception e) {
        if (e instanceof SQLException sql) {
            return ServerErrors.explain(sql, "streaming", instance.database());
        }
        return e instanceof WalwireException known ? known : failed(e);
    }

    private void keepStreaming() throws InterruptedException {
        long startBy =
                System.nanoTime() + Lifecycle.nanos(instance.startWait().orElse(Duration.ofNanos(Long.MAX_VALUE / 2)));
        while (!lifecycle.isStopping()) {
            try {
                stream();
            } catch (SQLException e) {
                boolean patient = lifecycle.hasStarted() || System.nanoTime() - startBy < 0;
                retryOrThrow(e, patient);
            }
        }
    }

    private void retryOrThrow(SQLException e, boolean patient) throws InterruptedException {
        if (lifecycle.isStopping()) {
            LOG.debug("The connection ended while closing", e);
            return;
        }
        String doing = source.hasStreamed() ? "streaming" : "connecting";
        WalwireException explained = ServerErrors.explain(e, doing, instance.database());
        if (!ServerErrors.heals(e) || !patient) {
            throw source.explain(explained);
        }
        if (lifecycle.hasStarted()) {
            lifecycle.enter(State.RECONNECTING);
        }
        lifecycle.note(String.valueOf(explained.getMessage()));
        boolean lasted = System.nanoTime() - began > LASTING_NANOS;
        if (source.hasStreamed() && (lasted || gotOn(e))) {
            backoff.reset();
        }
        Duration wait = backoff.next();
        LOG.warn("{} Trying again in {} ms.", explained.getMessage(), wait.toMillis());
        LOG.debug("The cause", ExceptionText.trace(e)); // a value may be what the server fails at
        lifecycle.pause(wait);
    }

    /** A new slot begins further on in any case: only what handlers get of it is progress. */
    private boolean gotOn(SQLException e) {
        return e instanceof UndecodableChangeException
                ? deliveredAtBegin.isBefore(positions.delivered())
                : confirmedAtBegin.isBefore(positions.confirmed());
    }

    private void stream() throws SQLException, InterruptedException {
        boolean again = source.hasStreamed();
        ChangeStream stream = source.connect(progress());
        while (stream != null) {
            stream = live(stream, again);
            again = true;
        }
    }

    /** One connection's life; gives the one that takes over from it, if one does. */
    private @Nullable ChangeStream live(ChangeStream stream, boolean again) throws SQLException, InterruptedException {
        try (stream) {
            StreamReader reader = new StreamReader(instance, lifecycle, positions, queue, schemas, stream);
            beginning.lock();
            try {
                begin(reader, again);
            } finally {
                beginning.unlock();
            }
            try {
                reader.read();
            } catch (UnreadableInBinaryException e) {
                source.endBinary(e); // what was not handed over is sent again, as text
            } catch (SQLException | RuntimeException e) {
                if (!(e instanceof SQLException sql) || !ServerErrors.heals(sql)) {
                    lifecycle.foresee(explained(e));
                    reader.finish(e);
                }
                throw e;
            }
            reader.awaitHandled();
            stream.confirm(positions.confirmed());
            if (lifecycle.isDraining()) {
                lifecycle.stop();
            }
            return source.successor(stream, progress());
        } finally {
            current = null;
            instance.backfills().first().discard(); // tables must not stay locked for a stream that is gone
        }
    }

    /** What was received before something failed for good is in order, and may never come again. */
    private void handleReceived(WalwireException failure) throws InterruptedException {
        if (source.hasStreamed() && !lifecycle.isStopping() && !queue.isFinished()) {
            LOG.warn("{} What was received before is handled first.", failure.getMessage());
            lifecycle.foresee(failure);
            lifecycle.enter(State.RECONNECTING);
            boolean finished = false;
            while (!finished && !lifecycle.isHeld()) {
                finished = queue.awaitFinished(LOOK_MILLIS);
            }
        }
    }

    private @Nullable Progress progress() {
        StreamStart before = last.get();
        return before == null ? null : new Progress(before, positions.resume(), positions.seen());
    }

    private void begin(StreamReader reader, boolean again) throws SQLException, InterruptedException {
        StreamStart start = reader.stream().start();
        Lsn seen = positions.seen(); // first: what it says next is about this server
        Gap gap = gapBefore(reader, start);
        instance.backfills().begins(start, gap == null, reader.stream().repeats(), seen);
        positions.receive(start.position());
        if (gap != null) {
            handOver(gap, reader);
        } else if (queue.isFinished()) {
            reader.stream().confirm(positions.confirm(start.position()));
        }
        positions.begin(start.position());
        positions.handOver(start.position());
        makeCurrent(reader, start, again);
        LOG.info("streaming from {}, slot {}", start.position(), start.slot().name());
        lifecycle.enter(State.STREAMING);
        if (again && gap == null) {
            reader.handOverResumed();
        }
    }

    /** Compares a stream's start with what came before it, and forgets what does not hold any more. Returns what was lost between. */
    private @Nullable Gap gapBefore(StreamReader reader, StreamStart start) throws SQLException, InterruptedException {
        Continuity continuity = continuity(reader.stream());
        if (!continuity.holds()) {
            // what was received earlier is confirmed by positions that mean nothing here
            reader.awaitHandled();
        }
        boolean isAllValid = continuity.holds() && !reader.stream().repeats();
        Gap lost = instance.boundary().begin(start, isAllValid ? null : continuity.common());
        // the next attempt does not find it again, since positions and checkpoint are set by this one
        found = joined(found, continuity.gap() == null ? lost : continuity.gap(), start.position());
        if (!continuity.holds()) {
            positions.returnTo(continuity.common());
            schemas.forget();
        }
        return found;
    }

    private void handOver(Gap gap, StreamReader reader) throws SQLException, InterruptedException {
        LOG.warn("Changes may be missing between {} and {}: {}", gap.from(), gap.to(), gap.reason());
        source.noteGap(PositionKind.from(gap));
        reader.handOverLoss(gap, source::gapDelivered);
        found = null;
        source.gapQueued();
    }

    private void makeCurrent(StreamReader reader, StreamStart start, boolean again) {
        last.set(start);
        current = reader;
        if (again) {
            positions.reconnected();
        }
        began = System.nanoTime();
        confirmedAtBegin = positions.confirmed();
        deliveredAtBegin = positions.delivered();
    }

    /** A gap that an earlier attempt found, and this one's: both end where this stream begins. */
    private static @Nullable Gap joined(@Nullable Gap earlier, @Nullable Gap now, Lsn end) {
        if (earlier == null) {
            return now;
        }
        String reason = now == null || now.reason().equals(earlier.reason())
                ? earlier.reason()
                : earlier.reason() + "; then: " + now.reason();
        return new Gap(earlier.from(), end, reason);
    }

    private Continuity continuity(ChangeStream stream) {
        StreamStart start = stream.start();
        Continuity continuity = Continuity.of(last.get(), start, positions);
        return stream.repeats() ? continuity.returningTo(start.position(), positions.seen()) : continuity;
    }

    /** Called by the handler thread when a transaction is handled. */
    void confirm(Lsn endLsn) {
        confirmed(positions.confirm(endLsn));
    }

    /** More of what is handled may be confirmed. Called by any thread. */
    void confirmAgain() {
        confirmed(positions.confirmHandled());
    }

    private void confirmed(Lsn position) {
        ChangeStream stream = current();
        if (stream != null) {
            stream.confirm(position);
        }
        if (!instance.listeners().isEmpty()) {
            positions.report(position, instance::confirmed);
        }
    }

    /** Ends the stream without another word to the server, so that its slot is free. */
    void cut() {
        ChangeStream stream = current();
        if (stream != null) {
            stream.abort();
        }
    }

    /** The stream of this moment, null while there is none. */
    @Nullable
    ChangeStream current() {
        StreamReader reader = current;
        return reader == null ? null : reader.stream();
    }

    /** The time since the instance last had nothing to read, to handle or to confirm. */
    Duration busy() {
        StreamReader reader = current;
        return reader == null ? Duration.ZERO : reader.busy();
    }

    @Nullable
    StreamStart lastStart() {
        return last.get();
    }

    /**
     * The server of a stream was promoted, and the stream goes on. Called by any thread.
     *
     * @param was where the stream began
     * @param now what the server has become
     * @return false if another stream has begun meanwhile, or begins now; then it is of no use, or found again
     */
    boolean promoted(StreamStart was, StreamStart.History now) {
        if (!beginning.tryLock()) {
            return false;
        }
        try {
            boolean same = last.compareAndSet(was, was.on(now));
            if (same) {
                instance.boundary().promoted(was.server().timeline(), now.timeline());
            }
            return same;
        } finally {
            beginning.unlock();
        }
    }
}
