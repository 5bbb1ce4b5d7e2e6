package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.GapEvent;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.run.GroupProgress;
import io.walwire.internal.checkpoint.RowsProgress;
import io.walwire.internal.checkpoint.SinkProgress;
import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.internal.dispatch.PendingPart;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.PositionKind;
import io.walwire.internal.transaction.ReceivedBackfilled;
import io.walwire.internal.transaction.ReceivedRead;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkNote;
import io.walwire.sink.SinkPosition;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Handlers, and then a sink. Each piece is held until the flush that covers it has completed. At most one flush is pending. What is
 * written meanwhile is flushed when it has completed. Whichever thread completes a flush only wakes the handler thread up, which then
 * releases the pieces.
 */
final class SinkBoundary implements WorkBoundary {
    private static final Logger LOG = Logs.of(SinkBoundary.class);
    private static final long GROUP_BYTES = 8 << 20;
    private static final long GROUP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Less than this is not worth a group without events. */
    private static final long WORTH_BYTES = 1 << 20;

    /** How often a wait for the sink looks whether the instance has failed. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final SinkCalls sink;
    private final boolean keeps;
    private final Facts facts;
    private final Lifecycle lifecycle;
    private final Runnable wake;
    private final @Nullable GroupProgress groups;
    private volatile @Nullable SinkProgress progress;

    /** Used only by the reader thread. */
    private @Nullable KeptPosition kept;

    /** Written and not flushed. Used only by the handler thread, as the fields that follow. */
    private List<PendingPart> group = new ArrayList<>();

    private long groupBytes;

    /** When the handlers of the group's first piece began: they count to its age. */
    private long groupBegan;

    /** Whether something was not written or not stored: then nothing more is. */
    private boolean failed;

    /** Written only by the handler thread. */
    private volatile @Nullable Flush pending;

    /** A group that is being stored, and what it covers. */
    private record Flush(SinkPosition position, List<PendingPart> covered, CompletableFuture<Void> stored) {}

    /** What does not change while an instance lives. */
    record Facts(String instance, String database, Duration closeTimeout) {}

    private record Context(String instance, String database, String slot, String systemId, int timeline)
            implements SinkContext {}

    /**
     * A sink that is not open.
     *
     * @param sink the user's
     * @param facts of the instance
     * @param wake called when a flush has completed; by any thread
     */
    SinkBoundary(SinkCalls sink, Facts facts, Lifecycle lifecycle, Runnable wake) {
        this.sink = sink;
        this.keeps = sink.keepsPosition();
        this.groups = sink.keepsNotes() ? new GroupProgress() : null;
        this.facts = facts;
        this.lifecycle = lifecycle;
        this.wake = wake;
    }

    @Override
    public @Nullable Gap begin(StreamStart start, @Nullable Lsn common) throws SQLException {
        KeptPosition known = kept;
        KeptPosition position = known == null ? open(start) : known;
        if (keeps) {
            return position.begin(start, common);
        }
        begin(start);
        return null;
    }

    private @Nullable Gap begin(StreamStart start) {
        return progress().begin(start.server().systemId(), start.server().timeline(), start.position());
    }

    @Override
    public void promoted(int from, int to) {
        progress().promoted(from, to);
    }

    private KeptPosition open(StreamStart start) {
        StreamStart.History server = start.server();
        Context context = new Context(
                facts.instance(), facts.database(), start.slot().name(), server.systemId(), server.timeline());
        String keeper = "the position in the sink " + sink;
        progress = new SinkProgress(keeper, keeps, sink.open(context));
        if (groups != null) {
            groups.opened(sink.notes());
        }
        KeptPosition position = new KeptPosition(keeper, new Store());
        kept = position;
        return position;
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
    public @Nullable GroupProgress groups() {
        return groups;
    }

    @Override
    public @Nullable TransactionPart remaining(TransactionPart part) {
        return progress().remaining(part);
    }

    @Override
    public void part(TransactionPart part, PendingPart piece, ThrowingRunnable<Exception> handlers) throws Exception {
        flushIfDue(); // nobody knows how long the handlers take
        long began = System.nanoTime();
        handlers.run();
        write(piece, part.retainedBytes(), began, () -> {
            sink.write(to -> to.write(part));
            progress().part(part);
        });
        flushIfDue();
    }

    @Override
    public void single(Event event, PendingPart piece, ThrowingRunnable<Exception> handlers) throws Exception {
        Gap gap = event instanceof GapEvent of ? of.gap() : null;
        if (gap != null) {
            finish();
        }
        long began = System.nanoTime();
        handlers.run();
        write(piece, 0, began, () -> {
            sink.write(to -> to.write(event));
            Lsn to = gap == null ? null : PositionKind.to(gap);
            if (to != null) {
                progress().gap(to);
            }
        });
        if (gap != null) {
            flush();
        }
    }

    @Override
    public void reads(
            TransactionPart rows,
            PendingPart piece,
            @Nullable RowsProgress progress,
            ThrowingRunnable<Exception> handlers)
            throws Exception {
        List<Event> taken = sink.takesReads() ? taken(rows) : List.of();
        if (taken.isEmpty()) {
            handlers.run();
            return;
        }
        flushIfDue();
        long began = System.nanoTime();
        handlers.run();
        write(piece, rows.retainedBytes(), began, () -> {
            for (Event read : taken) {
                sink.write(to -> to.write(read));
            }
            if (progress != null) {
                progress.gathered();
            }
        });
        flushIfDue();
    }

    /** A run that was started for some handlers is not for the sink. */
    private static List<Event> taken(TransactionPart rows) {
        return rows.events().stream()
                .filter(event -> !(event instanceof ReceivedRead read && read.isForSome())
                        && !(event instanceof ReceivedBackfilled done && done.isForSome()))
                .toList();
    }

    @Override
    public void pass(Lsn lsn, PendingPart piece) throws Exception {
        if (!keeps) {
            progress().reach(lsn);
        } else if (isWorthReaching(lsn)) {
            write(piece, 0, System.nanoTime(), () -> progress().reach(lsn));
        }
    }

    private void write(PendingPart piece, long bytes, long began, ThrowingRunnable<Exception> writing)
            throws Exception {
        piece.hold();
        if (failed) {
            return; // held for ever: nothing from here on is confirmed
        }
        try {
            writing.run();
        } catch (Throwable e) {
            failed = true; // a part of it may be in the group
            throw e;
        }
        if (group.isEmpty()) {
            groupBegan = began;
        }
        groupBytes += bytes;
        group.add(piece);
    }

    private void flushIfDue() throws InterruptedException {
        settle();
        if (isGathering() && (groupBytes >= GROUP_BYTES || System.nanoTime() - groupBegan >= GROUP_NANOS)) {
            flush();
        }
    }

    @Override
    public boolean isGathering() {
        return !failed && !group.isEmpty();
    }

    @Override
    public boolean isStoring() {
        return pending != null;
    }

    @Override
    public void flush() throws InterruptedException {
        settle();
        if (!isGathering() || isStoring()) {
            return;
        }
        List<PendingPart> covered = group;
        group = new ArrayList<>();
        groupBytes = 0;
        SinkPosition position = progress().position();
        try {
            for (SinkNote note : groups == null ? List.<SinkNote>of() : groups.notes()) {
                sink.write(to -> to.write(note));
            }
            pending = new Flush(position, covered, sink.flush(position, wake));
        } catch (Throwable e) {
            failed = true;
            throw e;
        }
        settle();
    }

    @Override
    public void settle() {
        Flush flush = pending;
        if (flush == null || !flush.stored().isDone()) {
            return;
        }
        pending = null;
        try {
            flush.stored().join();
        } catch (CompletionException | CancellationException e) {
            failed = true;
            throw sink.failed("flushed", e);
        }
        progress().stored(flush.position());
        flush.covered().forEach(PendingPart::release);
    }

    @Override
    public void finish() throws InterruptedException {
        awaitPending();
        flush();
        awaitPending();
    }

    /** An instance that has failed waits for its sink no longer than one that is closed. */
    private void awaitPending() throws InterruptedException {
        Flush flush = pending;
        if (flush == null) {
            return;
        }
        long bound = 0;
        boolean bounded = false;
        while (!flush.stored().isDone()) {
            if (!bounded && lifecycle.failure() != null) {
                bounded = true;
                bound = System.nanoTime() + Lifecycle.nanos(facts.closeTimeout());
            }
            long left = bounded ? bound - System.nanoTime() : LOOK_NANOS;
            if (left <= 0) {
                throw new WalwireException(
                        ErrorCode.CLOSED, "The instance has failed before the sink " + sink + " had stored its group.");
            }
            await(flush.stored(), Math.min(left, LOOK_NANOS));
        }
        settle();
    }

    private static void await(CompletableFuture<Void> stored, long nanos) throws InterruptedException {
        try {
            stored.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException | CancellationException e) {
            LOG.trace("Not stored", e); // the caller looks how it ended
        }
    }

    @Override
    public String reasonForDelay(Work work, long seconds) {
        Flush flush = pending;
        return sink.isBusy() || (flush != null && !flush.stored().isDone())
                ? "the sink " + sink + " has not stored " + work + " yet. The handlers got it " + seconds + " s ago."
                : WorkBoundary.super.reasonForDelay(work, seconds);
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
        if (isStoring() || isGathering()) {
            LOG.warn(
                    "The sink {} is closed before it has stored all that was written to it. What it has not stored is not"
                            + " confirmed; it comes again after a restart.",
                    sink);
        }
        sink.close();
    }
}
