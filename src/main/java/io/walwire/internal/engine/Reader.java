package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.connection.Catalog;
import io.walwire.internal.connection.Database;
import io.walwire.internal.connection.ServerErrors;
import io.walwire.internal.pgoutput.PgOutput;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Message;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.replication.ReplicationStream;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.GapEvent;
import io.walwire.internal.transaction.StreamFacts;
import io.walwire.internal.transaction.TransactionAssembler;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.lifecycle.State;
import java.nio.ByteBuffer;
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
    private long began;
    private volatile @Nullable ReplicationStream current;
    private volatile @Nullable StreamStart last;

    /** What does not change while an instance lives. */
    record Instance(
            Database database,
            String version,
            boolean oldRecordInJson,
            long partBytes,
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

    /** One connection's life. */
    private void stream() throws SQLException, InterruptedException {
        boolean again = connector.hasStreamed();
        ReplicationStream stream = connector.connect(last, positions.confirmed());
        if (stream == null) {
            return;
        }
        try (stream;
                Catalog catalog = new Catalog(instance.database())) {
            begin(stream, again);
            read(
                    stream,
                    catalog,
                    new TransactionAssembler(
                            new StreamFacts(instance.database().name(), instance.version(), instance.oldRecordInJson()),
                            instance.subscriptions(),
                            instance.partBytes()));
            awaitHandled(stream);
            stream.confirm(positions.confirmed());
        } finally {
            current = null;
        }
    }

    private void begin(ReplicationStream stream, boolean again) throws SQLException, InterruptedException {
        StreamStart start = stream.start();
        StreamStart before = last;
        if (before != null && !start.continues(before)) {
            // what was received earlier is confirmed by positions that mean nothing here
            awaitHandled(stream);
        }
        Gap lost = instance.handling().begin(start);
        Gap gap = before == null ? lost : gap(before, start);
        if (gap != null) {
            LOG.warn("Changes may be missing between {} and {}: {}", gap.from(), gap.to(), gap.reason());
            handOver(
                    new Work.Single(
                            new GapEvent(instance.version(), instance.database().name(), gap)),
                    stream);
        } else if (queue.isFinished()) {
            stream.confirm(positions.confirm(start.position()));
        }
        if (before != null && !start.continues(before)) {
            positions.restart();
        }
        positions.receive(start.position());
        positions.handOver(start.position());
        last = start;
        current = stream;
        if (again) {
            positions.reconnected();
        }
        if (again && gap == null) {
            handOver(new Work.Resumed(), stream);
        }
        began = System.nanoTime();
        LOG.info("streaming from {}, slot {}", start.position(), start.slot());
        lifecycle.enter(State.STREAMING);
    }

    /** Whether something may have been missed between the last stream and this one. */
    private @Nullable Gap gap(StreamStart before, StreamStart start) {
        Lsn from = positions.handedOver();
        if (!before.systemId().equals(start.systemId())) {
            return new Gap(from, start.position(), "another server answers: its system identifier differs");
        }
        if (before.timeline() != start.timeline()) {
            return new Gap(
                    from,
                    start.position(),
                    "the server is on timeline " + start.timeline() + ", was on " + before.timeline());
        }
        if (start.created()) {
            return new Gap(from, start.position(), "the temporary slot ended with its connection; a new one began");
        }
        return from.isBefore(start.position())
                ? new Gap(from, start.position(), "the slot was moved on by somebody else")
                : null;
    }

    /** The whole way from bytes to the handlers' queue. */
    private void read(ReplicationStream stream, Catalog catalog, TransactionAssembler assembler)
            throws SQLException, InterruptedException {
        while (!lifecycle.isStopping()) {
            ByteBuffer frame = stream.poll(); // socket -> bytes, null when drained
            if (frame == null) {
                rest(stream, catalog, assembler);
                continue;
            }
            PgOutputMessage message = PgOutput.decode(frame); // bytes -> message
            if (message instanceof Relation relation) {
                assembler.define(relation, catalog.describe(relation)); // what pgoutput leaves out
                continue;
            }
            if (message instanceof Message told && !told.transactional()) {
                handOver(new Work.Single(assembler.untransactional(told)), stream);
                continue;
            }
            TransactionPart transaction = assembler.accept(message); // messages -> transaction
            if (transaction != null) {
                handOver(new Work.Part(transaction), stream); // -> handler thread
                positions.handOver(transaction.endLsn());
            }
        }
    }

    private void rest(ReplicationStream stream, Catalog catalog, TransactionAssembler assembler)
            throws SQLException, InterruptedException {
        positions.receive(stream.received());
        catalog.close();
        if (stream.wasWarned()) {
            // that a publication is gone is a mere warning to a server that then leaves its changes out
            connector.requirePublications();
        }
        // all that was committed before the server's position has been sent, so it is confirmed if all of that is
        // handled
        if (!assembler.isInTransaction() && queue.isFinished()) {
            if (mayConfirm(stream.received())) {
                stream.confirm(positions.confirm(stream.received()));
            }
            positions.handOver(stream.received());
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

    private void handOver(Work work, ReplicationStream stream) throws SQLException, InterruptedException {
        while (!queue.offer(work, STATUS_WHILE_WAITING_MILLIS)) {
            stream.sendStatus();
        }
    }

    /** Keeps the connection alive until the handler has finished what it was given. */
    private void awaitHandled(ReplicationStream stream) throws SQLException, InterruptedException {
        while (!queue.awaitFinished(STATUS_WHILE_WAITING_MILLIS)) {
            stream.sendStatus();
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

    @Nullable
    StreamStart lastStart() {
        return last;
    }
}
