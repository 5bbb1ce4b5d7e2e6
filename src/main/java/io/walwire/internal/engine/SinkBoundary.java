package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.GapEvent;
import io.walwire.event.Lsn;
import io.walwire.internal.checkpoint.SinkProgress;
import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.internal.connection.ExceptionText;
import io.walwire.internal.dispatch.PendingPart;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.sink.Sink;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkPosition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Handlers, and then a sink. Each piece is held until the flush that covers it has completed. At most one flush is pending. What is
 * written meanwhile is flushed when it has completed.
 */
final class SinkBoundary implements WorkBoundary {
    private static final Logger LOG = Logs.of(SinkBoundary.class);
    private static final long GROUP_BYTES = 8 << 20;
    private static final long GROUP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Less than this is not worth a group without events. */
    private static final long WORTH_BYTES = 1 << 20;

    private final Sink sink;
    private final boolean keeps;
    private final Facts facts;
    private final Runnable wake;

    /** Held while the sink opens or closes. */
    private final ReentrantLock opening = new ReentrantLock();

    private boolean opened;
    private boolean closed;
    private volatile @Nullable SinkProgress progress;
    private @Nullable KeptPosition kept;

    /** Written and not flushed. Used by the handler thread alone, as the two that follow. */
    private List<PendingPart> group = new ArrayList<>();

    private long groupBytes;
    private long groupBegan;

    /** Completes, never with an error, when the last flush has. */
    private volatile CompletableFuture<Void> pending = CompletableFuture.completedFuture(null);

    private volatile boolean failed;

    /** What does not change while an instance lives. */
    record Facts(String instance, String database) {}

    private record Context(String instance, String database, String slot, String systemId, int timeline)
            implements SinkContext {}

    /**
     * A sink that is not open.
     *
     * @param sink the user's
     * @param facts of the instance
     * @param wake called when a flush has completed; by any thread
     */
    SinkBoundary(Sink sink, Facts facts, Runnable wake) {
        this.sink = sink;
        this.keeps = sink.keepsPosition();
        this.facts = facts;
        this.wake = wake;
    }

    @Override
    public @Nullable Gap begin(StreamStart start, @Nullable Lsn common) throws SQLException {
        KeptPosition position = open(start);
        if (keeps) {
            return position.begin(start, common);
        }
        begin(start);
        return null;
    }

    private @Nullable Gap begin(StreamStart start) {
        return progress().begin(start.server().systemId(), start.server().timeline(), start.position());
    }

    private KeptPosition open(StreamStart start) {
        opening.lock();
        try {
            if (closed) {
                throw new WalwireException(ErrorCode.CLOSED, "The instance was closed before the sink was open.");
            }
            KeptPosition known = kept;
            return known == null ? opened(start) : known;
        } finally {
            opening.unlock();
        }
    }

    private KeptPosition opened(StreamStart start) {
        opened = true;
        StreamStart.History server = start.server();
        Context context = new Context(
                facts.instance(), facts.database(), start.slot().name(), server.systemId(), server.timeline());
        try {
            SinkPosition held = keeps ? sink.open(context).orElse(null) : opened(context);
            progress = new SinkProgress("the position in the sink " + sink, keeps, held);
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw explained("opened", e);
        }
        KeptPosition position = new KeptPosition("the position in the sink " + sink, new Store());
        kept = position;
        return position;
    }

    private @Nullable SinkPosition opened(Context context) throws Exception {
        if (sink.open(context).isPresent()) {
            throw new IllegalStateException("open() returned a position, but keepsPosition() returns false");
        }
        return null;
    }

    /** The position that the sink keeps. */
    private final class Store implements KeptPosition.Store {
        @Override
        public @Nullable Gap begin(StreamStart start) {
            return SinkBoundary.this.begin(start);
        }

        @Override
        public Lsn doneTo() {
            return progress().doneTo();
        }

        @Override
        public void serverWasSetBack() {
            progress().serverWasSetBack();
        }

        @Override
        public void forgetBegin() {
            progress().forgetBegin();
        }
    }

    private SinkProgress progress() {
        return Objects.requireNonNull(progress, "no stream has begun");
    }

    @Override
    public @Nullable TransactionPart remaining(TransactionPart part) {
        return progress().remaining(part);
    }

    @Override
    public void part(TransactionPart part, PendingPart piece, ThrowingRunnable<Exception> handlers) throws Exception {
        handlers.run();
        write(piece, part.retainedBytes(), () -> {
            sink.write(part);
            progress().part(part);
        });
        if (groupBytes >= GROUP_BYTES || System.nanoTime() - groupBegan >= GROUP_NANOS) {
            flush();
        }
    }

    @Override
    public void single(Event event, PendingPart piece, ThrowingRunnable<Exception> handlers) throws Exception {
        Gap gap = event instanceof GapEvent of ? of.gap() : null;
        if (gap != null) {
            finish();
        }
        handlers.run();
        write(piece, 0, () -> {
            sink.write(event);
            Lsn to = gap == null ? null : gap.to();
            if (to != null) {
                progress().gap(to);
            }
        });
        if (gap != null) {
            flush();
        }
    }

    @Override
    public void pass(Lsn lsn, PendingPart piece) throws Exception {
        if (!keeps) {
            progress().reach(lsn);
        } else if (isWorthReaching(lsn)) {
            write(piece, 0, () -> progress().reach(lsn));
        }
    }

    private void write(PendingPart piece, long bytes, ThrowingRunnable<Exception> writing) throws Exception {
        piece.hold();
        if (failed) {
            return; // held for ever: nothing from here on is confirmed
        }
        try {
            writing.run();
        } catch (Exception e) {
            failed = true; // a part of it may be in the group
            if (e instanceof InterruptedException) {
                throw e;
            }
            throw explained("written to", e);
        }
        if (group.isEmpty()) {
            groupBegan = System.nanoTime();
            groupBytes = 0;
        }
        groupBytes += bytes;
        group.add(piece);
    }

    @Override
    public boolean isGathering() {
        return !failed && !group.isEmpty();
    }

    @Override
    public void flush() throws InterruptedException {
        if (!isGathering() || !pending.isDone()) {
            return;
        }
        List<PendingPart> covered = group;
        group = new ArrayList<>();
        SinkPosition position = progress().position();
        CompletableFuture<Void> done = new CompletableFuture<>();
        pending = done;
        stage(position).whenComplete((nothing, failure) -> {
            if (failure == null) {
                progress().stored(position);
                covered.forEach(PendingPart::release);
            } else {
                failed = true;
                covered.get(0).fail(explained("flushed", failure));
            }
            done.complete(null);
            wake.run();
        });
    }

    private CompletionStage<Void> stage(SinkPosition position) throws InterruptedException {
        try {
            return Objects.requireNonNull(sink.flush(position), "flush() returned null");
        } catch (InterruptedException e) {
            failed = true;
            throw e;
        } catch (Exception e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public void flushBeforeWait() throws InterruptedException {
        awaitPending();
        flush();
    }

    @Override
    public void finish() throws InterruptedException {
        flushBeforeWait();
        awaitPending();
    }

    private void awaitPending() throws InterruptedException {
        try {
            pending.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // it never fails
        }
    }

    @Override
    public boolean isReached(Lsn lsn) {
        Lsn stored = keeps ? progress().storedTo() : lsn;
        return stored != null && !stored.isBefore(lsn);
    }

    /** Where nothing is stored yet, the first position is: another process may move the slot before the first event. */
    @Override
    public boolean isWorthReaching(Lsn lsn) {
        Lsn stored = keeps ? progress().storedTo() : lsn;
        return stored == null || (stored.isBefore(lsn) && lsn.value() - stored.value() >= WORTH_BYTES);
    }

    @Override
    public boolean reach(Lsn lsn) {
        return isReached(lsn);
    }

    @Override
    public void close() {
        opening.lock();
        try {
            if (!closed && opened) {
                sink.close();
            }
        } catch (Exception e) {
            LOG.warn("The sink {} cannot be closed: {}", sink, ExceptionText.of(e));
            LOG.debug("The cause", e);
        } finally {
            closed = true;
            opening.unlock();
        }
    }

    private WalwireException explained(String what, Throwable e) {
        Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
        return new WalwireException(
                ErrorCode.SINK,
                "The sink " + sink + " cannot be " + what + ": " + ExceptionText.of(cause)
                        + ". What it has not stored is not confirmed; it comes again after a restart.",
                cause);
    }
}
