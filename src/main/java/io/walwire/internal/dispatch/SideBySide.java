package io.walwire.internal.dispatch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.internal.lanes.Groups;
import io.walwire.internal.lanes.LaneKeys;
import io.walwire.internal.lanes.Lanes;
import io.walwire.internal.transaction.ReceivedChange;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Begins the calls of a transaction, and does not wait for those that have a lane or a batch, nor for stages. Without lanes and batches
 * it makes the calls. Used by the thread that holds the dispatcher's lock, except where it says otherwise.
 */
final class SideBySide implements AutoCloseable {
    /** A part of many rows is split as it goes, so that its lanes take no more room than its events. */
    private static final int MAX_LANES_AT_ONCE = 4_096;

    /** Without lanes all that fails is thrown to the thread that waits. */
    private static final PendingPart AWAITED = failure -> {
        throw new IllegalStateException("Without lanes nothing fails on another thread", failure);
    };

    private final @Nullable Lanes lanes;
    private final Callers callers;
    private final LaneKeys laneKeys = new LaneKeys();
    private final Batches batches;

    SideBySide(@Nullable Lanes lanes, Callers callers) {
        this.lanes = lanes;
        this.callers = callers;
        this.batches = new Batches(this::end, interrupts());
    }

    private Interrupts interrupts() {
        return callers.attempts().interrupts();
    }

    /** Whether this very thread runs a lane. Called by any thread. */
    boolean isLane() {
        return lanes != null && lanes.isLane();
    }

    /** The threads that run lanes. Called by any thread. */
    Stream<Thread> running() {
        return lanes == null ? Stream.empty() : lanes.running();
    }

    /** Whether a batch is open. Called by any thread. */
    boolean hasBatches() {
        return batches.isAnyOpen();
    }

    Batches batches() {
        return batches;
    }

    /** Returns when everything has begun; without lanes all but the batches and stages is done then. */
    void begin(Routes routes, Transaction transaction, PendingPart part) throws InterruptedException {
        if (lanes == null) {
            begin(routes, transaction, part, part);
        } else {
            split(lanes, routes.unbatched(), transaction, part);
            gather(routes, transaction, part);
        }
    }

    /**
     * Without lanes.
     *
     * @param calls held by stages
     * @param gathered held by batches
     */
    private void begin(Routes routes, Transaction transaction, PendingPart calls, PendingPart gathered)
            throws InterruptedException {
        Dispatcher.call(routes.unbatched(), callers, transaction, calls);
        gather(routes, transaction, gathered);
    }

    private void gather(Routes routes, Transaction transaction, PendingPart part) throws InterruptedException {
        Routes batched = routes.batched();
        if (batched != null) {
            batches.gather(batched, transaction.events(), part);
        }
    }

    /** Returns when everything is done, batches and stages included; what threw leaves nothing for the next attempt to meet. */
    void complete(Routes routes, Transaction transaction) throws InterruptedException {
        try {
            if (lanes != null) {
                completeInLanes(routes, transaction);
            } else if (routes.hasAsync()) {
                FailureCollector.await(part -> completeAlone(routes, transaction, part));
            } else {
                completeAlone(routes, transaction, AWAITED);
            }
        } catch (RuntimeException | Error e) {
            awaitIdleAfter(e);
            throw e;
        } finally {
            batches.discard();
        }
    }

    private void completeInLanes(Routes routes, Transaction transaction) throws InterruptedException {
        FailureCollector part = new FailureCollector();
        try {
            begin(routes, transaction, part);
            batches.endAll();
            awaitQuiet(part);
        } catch (RuntimeException | Error e) {
            part.failed();
            throw e;
        }
    }

    private void completeAlone(Routes routes, Transaction transaction, PendingPart calls) throws InterruptedException {
        begin(routes, transaction, calls, AWAITED);
        batches.endAll();
    }

    private void split(Lanes into, Routes routes, Transaction transaction, PendingPart part)
            throws InterruptedException {
        Groups groups = new Groups();
        for (Event event : transaction.events()) {
            List<? extends Object> keys = null;
            if (event instanceof ReceivedChange change) {
                if (routes.of(change).length == 0) {
                    continue;
                }
                keys = laneKeys.of(change);
                if (keys != null) {
                    groups.add(change, keys);
                }
            }
            if (keys == null || groups.size() >= MAX_LANES_AT_ONCE) {
                submit(into, routes, groups, part);
                groups = new Groups();
            }
            if (keys == null) {
                awaitQuiet(part);
                Runs alone = new Runs(routes, interrupts());
                alone.add(event);
                FailureCollector.await(stages -> alone.call(callers, stages));
            }
        }
        submit(into, routes, groups, part);
        if (routes.handlers().stream()
                .anyMatch(handler -> !handler.transactions().isEmpty())) {
            awaitQuiet(part);
            Dispatcher.callTransactions(routes, transaction, callers.attempts());
        }
    }

    private void submit(Lanes into, Routes routes, Groups groups, PendingPart part) throws InterruptedException {
        for (Groups.Group group : groups.split()) {
            Runs runs = new Runs(routes, interrupts());
            group.events().forEach(runs::add);
            // a key that changed joins its lanes, whether or not a handler gets the change
            if (!runs.isEmpty() || group.lanes().size() > 1) {
                part.hold();
                into.submit(group.lanes(), new LaneStep(step -> runs.call(callers, step), List.of(part)));
            }
        }
    }

    private void end(Route<?> route, UserCall<?> call, Collection<PendingPart> parts) throws InterruptedException {
        if (lanes == null) {
            callers.attempts().make(call);
            parts.forEach(PendingPart::release);
        } else {
            lanes.submit(List.of(route), new LaneStep(step -> callers.attempts().make(call), parts));
        }
    }

    /**
     * Waits for all lanes.
     *
     * @throws WalwireException if not all is done that was begun, so that nothing may follow it
     */
    void awaitQuiet() throws InterruptedException {
        if (lanes != null && !lanes.awaitQuiet()) {
            throw new WalwireException(ErrorCode.CLOSED, "The instance was closed before all handlers had run.");
        }
    }

    private void awaitQuiet(PendingPart part) throws InterruptedException {
        awaitQuiet();
        if (part instanceof FailureCollector collector) {
            collector.throwFailure();
        }
    }

    /** Waits until nothing runs any more, whether it was done or given up. Called by any thread. */
    void awaitIdle() throws InterruptedException {
        if (lanes != null) {
            lanes.awaitQuiet();
        }
    }

    private void awaitIdleAfter(Throwable failure) throws InterruptedException {
        try {
            awaitIdle();
        } catch (InterruptedException e) {
            e.addSuppressed(failure);
            throw e;
        }
    }

    /** Interrupts what runs. Called by any thread. */
    @Override
    public void close() {
        if (lanes != null) {
            lanes.close();
        }
    }
}
