package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.connection.Catalog;
import io.walwire.internal.connection.Database;
import io.walwire.internal.connection.ServerErrors;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.CommitPrepared;
import io.walwire.internal.pgoutput.PgOutputMessage.Message;
import io.walwire.internal.pgoutput.PgOutputMessage.Prepare;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.TwoPhase;
import io.walwire.internal.replication.Progress;
import io.walwire.internal.replication.ReplicationStream;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.BinaryColumns;
import io.walwire.internal.transaction.GapEvent;
import io.walwire.internal.transaction.SchemaHistory;
import io.walwire.internal.transaction.StreamFacts;
import io.walwire.internal.transaction.TableFacts;
import io.walwire.internal.transaction.TransactionAssembler;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.internal.transaction.UnreadableInBinaryException;
import io.walwire.internal.undecided.Undecided;
import io.walwire.lifecycle.State;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The reader thread: from the server's bytes to transactions in the queue, and back to the server what is confirmed. */
final class Reader implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Reader.class);

    /** While nobody reads, the server must still hear from us; well within half of any sensible wal_sender_timeout. */
    private static final int STATUS_WHILE_WAITING_MILLIS = 500;

    /** A stream that lasted so long was in order: what ends it is not what ended the one before. */
    private static final long LASTING_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Instance instance;
    private final Connector connector;
    private final Lifecycle lifecycle;
    private final Positions positions;
    private final WorkQueue queue;
    private final Runnable ended;
    private final Backoff backoff = new Backoff();
    private final SchemaHistory schemas = new SchemaHistory();
    private long began;
    private long reported = System.nanoTime();
    private volatile @Nullable ReplicationStream current;
    private volatile @Nullable StreamStart last;
    private volatile long lastRest = System.nanoTime();

    /** What does not change while an instance lives. */
    record Instance(
            Database database,
            String version,
            boolean oldRecordInJson,
            Shares shares,
            LiveSubscriptions subscriptions,
            Optional<Duration> startWait,
            Handling handling) {}

    Reader(
            Instance instance,
            Connector connector,
            Lifecycle lifecycle,
            Positions positions,
            WorkQueue queue,
            Runnable ended) {
        this.instance = instance;
        this.connector = connector;
        this.lifecycle = lifecycle;
        this.positions = positions;
        this.queue = queue;
        this.ended = ended;
    }

    @Override
    public void run() {
        try {
            keepStreaming();
        } catch (InterruptedException e) {
            LOG.debug("The reader was interrupted, which only closing does");
        } catch (WalwireException e) {
            lifecycle.fail(e);
        } catch (RuntimeException | Error e) {
            lifecycle.fail(new WalwireException(
                    ErrorCode.PROTOCOL, "The reader failed: " + e + ". Please report this. [PROTOCOL]", e));
        } finally {
            ended.run();
        }
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
        String doing = connector.hasStreamed() ? "streaming" : "connecting";
        WalwireException explained = ServerErrors.explain(e, doing, instance.database());
        if (!ServerErrors.heals(e) || !patient) {
            throw connector.cause(explained);
        }
        if (lifecycle.hasStarted()) {
            lifecycle.enter(State.RECONNECTING);
        }
        lifecycle.note(String.valueOf(explained.getMessage()));
        if (connector.hasStreamed() && System.nanoTime() - began > LASTING_NANOS) {
            backoff.reset();
        }
        Duration wait = backoff.next();
        LOG.warn("{} Trying again in {} ms.", explained.getMessage(), wait.toMillis());
        LOG.debug("The cause", e);
        lifecycle.pause(wait);
    }

    private void stream() throws SQLException, InterruptedException {
        boolean again = connector.hasStreamed();
        ReplicationStream stream = connector.connect(progress());
        while (stream != null) {
            stream = live(stream, again);
            again = true;
        }
    }

    /** One connection's life; gives the one that takes over from it, if one does. */
    private @Nullable ReplicationStream live(ReplicationStream stream, boolean again)
            throws SQLException, InterruptedException {
        try (stream;
                Catalog catalog = new Catalog(instance.database());
                Undecided undecided = new Undecided(
                        instance.shares().undecidedBytes(), Path.of(System.getProperty("java.io.tmpdir")))) {
            begin(stream, again);
            try {
                read(
                        stream,
                        undecided,
                        catalog,
                        new TransactionAssembler(
                                new StreamFacts(
                                        instance.database().name(),
                                        instance.version(),
                                        instance.oldRecordInJson(),
                                        schemas),
                                instance.subscriptions(),
                                instance.shares().partBytes()));
            } catch (UnreadableInBinaryException e) {
                connector.endBinary(e); // what was not handed over is sent again, as text
            }
            awaitHandled(stream);
            stream.confirm(positions.confirmed());
            if (lifecycle.isDraining()) {
                lifecycle.stop();
            }
            catalog.close();
            return connector.successor(stream, progress());
        } finally {
            current = null;
        }
    }

    private @Nullable Progress progress() {
        StreamStart before = last;
        return before == null ? null : new Progress(before, positions.confirmed(), positions.seen());
    }

    private void begin(ReplicationStream stream, boolean again) throws SQLException, InterruptedException {
        StreamStart start = stream.start();
        StreamStart before = last;
        Continuity continuity = Continuity.of(before, start, positions);
        if (!continuity.holds()) {
            // what was received earlier is confirmed by positions that mean nothing here
            awaitHandled(stream);
        }
        Gap lost = instance.handling().begin(start, continuity.holds() ? null : continuity.common());
        if (!continuity.holds()) {
            // nothing fails from here on, so that what is found is not forgotten by the next attempt
            positions.returnTo(continuity.common());
            schemas.forget();
        }
        Gap gap = continuity.gap() == null ? lost : continuity.gap();
        if (gap != null) {
            LOG.warn("Changes may be missing between {} and {}: {}", gap.from(), gap.to(), gap.reason());
            handOver(
                    new Work.Single(
                            new GapEvent(instance.version(), instance.database().name(), gap)),
                    stream);
        } else if (queue.isFinished()) {
            stream.confirm(positions.confirm(start.position()));
        }
        positions.begin(start.position());
        positions.receive(start.position());
        positions.handOver(start.position());
        last = start;
        current = stream;
        if (again) {
            positions.reconnected();
        }
        began = System.nanoTime();
        lastRest = began;
        LOG.info("streaming from {}, slot {}", start.position(), start.slot().name());
        lifecycle.enter(State.STREAMING);
    }

    /** The whole way from bytes to the handlers' queue. */
    private void read(ReplicationStream stream, Undecided undecided, Catalog catalog, TransactionAssembler assembler)
            throws SQLException, InterruptedException {
        while (lifecycle.wantsMore()) {
            PgOutputMessage message = undecided.replayed(); // of what was set aside and has committed now
            if (message == null) {
                ByteBuffer frame = stream.poll(); // socket -> bytes, null when drained
                if (frame == null) {
                    rest(stream, undecided, catalog, assembler);
                    continue;
                }
                message = undecided.accept(frame); // bytes -> message, null when set aside
            } else {
                reportMeanwhile(stream);
            }
            if (message == null) {
                continue;
            }
            if (message instanceof Relation relation) {
                assembler.define(relation, facts(relation, catalog)); // what pgoutput leaves out
            } else if (message instanceof PgOutputMessage.Type type) {
                catalog.hear(type); // a name that may be new
                assembler.accept(type);
            } else if (message instanceof Message told && !told.transactional()) {
                handOver(new Work.Single(assembler.untransactional(told)), stream);
                positions.deliver(told.lsn());
            } else if (message instanceof TwoPhase step) {
                hold(step, undecided, stream); // what is prepared must come again until it is handled
            } else {
                TransactionPart transaction = assembler.accept(message); // messages -> transaction
                if (transaction != null) {
                    handOver(new Work.Part(transaction), stream); // -> handler thread
                    positions.handOver(transaction);
                }
            }
        }
    }

    private TableFacts facts(Relation relation, Catalog catalog) throws SQLException {
        TableFacts facts = catalog.describe(relation);
        if (connector.isBinary()) {
            BinaryColumns.requireReadable(relation, facts);
        }
        return facts;
    }

    private void rest(ReplicationStream stream, Undecided undecided, Catalog catalog, TransactionAssembler assembler)
            throws SQLException, InterruptedException {
        positions.receive(stream.received());
        catalog.close();
        if (stream.wasWarned()) {
            // that a publication is gone is a mere warning to a server that then leaves its changes out
            connector.requirePublications();
        }
        // all that was committed before the server's position has been sent, so it is confirmed if all of that is
        // handled
        if (!assembler.isInTransaction() && !undecided.isArriving() && queue.isFinished()) {
            if (mayConfirm(stream.received())) {
                stream.confirm(positions.confirm(stream.received()));
            }
            if (!positions.confirmed().isBefore(stream.received())) {
                lastRest = System.nanoTime();
            }
            positions.handOver(stream.received());
            positions.settle(stream.received());
        }
        stream.await();
    }

    /** If not, what has to be done first may be handed to the handler thread, which has nothing else to do. */
    private boolean mayConfirm(Lsn idle) throws InterruptedException {
        if (instance.handling().isWorthReaching(idle)) {
            queue.offer(new Work.Idle(idle), 0);
        }
        return instance.handling().isReached(idle);
    }

    /** What becomes of a prepared transaction, for the position that may be confirmed. */
    private void hold(TwoPhase step, Undecided undecided, ReplicationStream stream)
            throws SQLException, InterruptedException {
        if (step instanceof Prepare prepare) {
            positions.prepared(prepare.xid(), prepare.prepareLsn());
        } else if (!(step instanceof CommitPrepared commit)) {
            positions.preparedEnded(step.xid());
        } else if (undecided.isReplaying()) {
            positions.preparedCommitted(commit.xid(), commit.endLsn());
        } else {
            Gap gap = new Gap(
                    positions.handedOver(),
                    commit.endLsn(),
                    "the prepared transaction \"" + commit.gid() + "\" committed, but its changes were sent before this"
                            + " stream, and confirmed by somebody who did not keep them");
            LOG.warn("Changes are missing between {} and {}: {}", gap.from(), gap.to(), gap.reason());
            positions.preparedEnded(commit.xid());
            handOver(
                    new Work.Single(
                            new GapEvent(instance.version(), instance.database().name(), gap)),
                    stream);
        }
    }

    /** A long replay does not poll, which would report and answer the server. */
    private void reportMeanwhile(ReplicationStream stream) throws SQLException {
        long now = System.nanoTime();
        if (now - reported > TimeUnit.MILLISECONDS.toNanos(STATUS_WHILE_WAITING_MILLIS)) {
            reported = now;
            stream.stayAlive();
        }
    }

    private void handOver(Work work, ReplicationStream stream) throws SQLException, InterruptedException {
        while (!queue.offer(work, STATUS_WHILE_WAITING_MILLIS)) {
            stream.stayAlive();
        }
    }

    /** Keeps the connection alive until the handler has finished what it was given. */
    private void awaitHandled(ReplicationStream stream) throws SQLException, InterruptedException {
        while (!queue.awaitFinished(STATUS_WHILE_WAITING_MILLIS)) {
            stream.stayAlive();
        }
    }

    /** Called by the handler thread when a transaction is handled. */
    void confirm(Lsn endLsn) {
        Lsn confirmed = positions.confirm(endLsn);
        ReplicationStream stream = current;
        if (stream != null) {
            stream.confirm(confirmed);
        }
    }

    /** Ends the stream without another word to the server, so that its slot is free. */
    void cut() {
        ReplicationStream stream = current;
        if (stream != null) {
            stream.abort();
        }
    }

    /** The stream of this moment, null while there is none. */
    @Nullable
    ReplicationStream current() {
        return current;
    }

    /** For how long there was always something to read, to handle or to confirm. */
    Duration busy() {
        return Duration.ofNanos(System.nanoTime() - lastRest);
    }

    @Nullable
    StreamStart lastStart() {
        return last;
    }
}
