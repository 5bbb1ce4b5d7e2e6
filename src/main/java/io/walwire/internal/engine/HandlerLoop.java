package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.event.MessageEvent;
import io.walwire.handler.Interceptor;
import io.walwire.internal.connection.server.ExceptionText;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.log.Logs;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.internal.watch.Watches;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The handler thread. It begins each piece of work in commit order: admission, boundary, interceptor, handlers, sink. The rest follows
 * when all of the piece is done, and all before it: watches, counts, confirmation. Without lanes, batches and stages a piece is done
 * when the handlers have returned, so that the rest follows at once, on this thread. Otherwise {@link InFlight} runs it later, in order.
 */
final class HandlerLoop implements Runnable {
    private static final Logger LOG = Logs.of(HandlerLoop.class);

    private final WorkQueue queue;
    private final Lifecycle lifecycle;
    private final Admission admission;
    private final WorkBoundary boundary;
    private final Interceptor interceptor;
    private final Interceptor.Next handlers;
    private final Dispatcher dispatcher;
    private final Watches watches;
    private final Handled handled;

    private final InFlight inFlight;
    private final PartlyHandled partly = new PartlyHandled();

    /** Everything before this position was taken from the queue. What is not handled yet is in flight. */
    private Lsn accepted = Lsn.ZERO;

    /** The last that the interceptor has thrown. Used only by the handler thread. */
    private @Nullable Throwable thrownByInterceptor;

    /** Whether closing has interrupted a handler. */
    private volatile boolean gaveUp;

    HandlerLoop(WorkQueue queue, Lifecycle lifecycle, HandlerStages stages) {
        this.queue = queue;
        this.lifecycle = lifecycle;
        this.admission = stages.admission();
        this.boundary = stages.boundary();
        this.interceptor = stages.interceptor();
        this.dispatcher = stages.dispatcher();
        this.handlers = dispatcher::complete;
        this.watches = stages.watches();
        this.handled = stages.handled();
        this.inFlight = new InFlight(queue, this::failed);
    }

    @Override
    public void run() {
        for (Work work = next(); work != null; work = next()) {
            tryToHandle(work);
        }
        end();
    }

    /** The next piece; null when the queue is closed. */
    private @Nullable Work next() {
        try {
            return take();
        } catch (Throwable e) {
            failed(e); // a handler of a batch has thrown
            return null;
        }
    }

    /** Waits for the next piece. Meanwhile it stores what is gathered, and ends batches whose time is over. */
    private @Nullable Work take() throws Exception {
        while (true) {
            boundary.settle();
            if (boundary.isGathering() && queue.isEmpty()) {
                boundary.flush();
            }
            boolean batches = dispatcher.hasBatches();
            if (!batches && !boundary.isGathering() && !boundary.isStoring()) {
                return queue.take();
            }
            Work work = batches ? queue.take(dispatcher.nanosToNextBatch()) : queue.takeOrWake();
            if (work != null || queue.isClosed()) {
                return work;
            }
            if (batches) {
                dispatcher.endBatches(queue.isNeeded());
            }
        }
    }

    private void tryToHandle(Work work) {
        try {
            handle(work);
        } catch (Throwable e) {
            failed(e); // the piece stays in flight, so that nothing from it on is confirmed
        }
    }

    private void handle(Work work) throws Exception {
        if (inFlight.isEmpty()) {
            accepted = Lsn.ZERO; // all that was taken is handled, which the positions know better
        }
        InFlight.Piece piece = inFlight.begin(work);
        if (!admission.await(work, boundary::finish)) {
            queue.close(); // the piece stays in flight: it must not be confirmed
            return;
        }
        if (work instanceof Work.Part part) {
            begin(part.transaction(), piece);
        } else if (work instanceof Work.Single single) {
            begin(single, piece);
        } else if (work instanceof Work.Reads reads) {
            begin(reads, piece);
        } else if (work instanceof Work.Resumed) {
            piece.then(() -> watches.resync("the connection was lost; the stream went on where it had ended", null));
        } else if (work instanceof Work.Idle idle) {
            boundary.pass(idle.lsn(), piece);
            piece.then(() -> confirm(idle.lsn()));
        }
        piece.begun();
        if (dispatcher.hasBatches()) {
            dispatcher.endBatches(false);
        }
    }

    private void begin(TransactionPart received, InFlight.Piece piece) throws Exception {
        TransactionPart transaction = isAccepted(received.place()) ? null : partly.rest(received);
        if (transaction == null) {
            return;
        }
        TransactionPart left = left(transaction);
        Lsn end = transaction.end();
        piece.then(() -> {
            if (left != null) {
                watches.deliver(left);
                clearAfterWatches(left);
                handled.part(left);
            }
            if (end != null) {
                confirm(end);
            }
        });
        if (left != null) {
            boundary.part(left, piece, () -> call(left, piece));
        } else if (end != null) {
            boundary.pass(end, piece);
        }
        partly.handled(transaction);
        if (end != null && accepted.isBefore(end)) {
            accepted = end;
        }
    }

    /** What handlers get of a transaction or part. The last part of a large one is delivered even if nothing is left for it. */
    private @Nullable TransactionPart left(TransactionPart transaction) {
        return transaction.events().isEmpty() && transaction.part() == 0 ? null : boundary.remaining(transaction);
    }

    private void call(TransactionPart part, InFlight.Piece piece) throws Exception {
        if (interceptor == UserCode.NO_INTERCEPTOR) {
            dispatcher.begin(part, piece);
            return;
        }
        try {
            interceptor.intercept(part, handlers);
        } catch (Throwable e) {
            thrownByInterceptor = e;
            throw e;
        }
        if (Thread.currentThread().isInterrupted()) {
            dispatcher
                    .interrupts()
                    .clear(
                            "The interceptor " + interceptor.getClass().getName(),
                            "the transaction that was committed at " + part.commitLsn());
        }
    }

    private void begin(Work.Single single, InFlight.Piece piece) throws Exception {
        Event event = single.event();
        if (single.endsContinuity()) {
            partly.forget();
            accepted = Lsn.ZERO;
        }
        if (!(event instanceof MessageEvent of) || !isAccepted(of.message().lsn())) {
            boundary.single(event, piece, () -> dispatcher.dispatch(event));
            piece.then(() -> {
                watches.deliver(event);
                clearAfterWatches(event);
                single.handled().run();
            });
        }
    }

    private void begin(Work.Reads reads, InFlight.Piece piece) throws Exception {
        TransactionPart rows = reads.rows();
        piece.then(() -> {
            watches.deliver(rows);
            clearAfterWatches(rows);
            handled.reads(rows);
            reads.handled().run();
        });
        if (!rows.events().isEmpty()) {
            boundary.reads(rows, piece, reads.progress(), () -> dispatcher.begin(rows, piece));
        }
    }

    /** Whether this came before, and is handled or in flight. Then it came again because the connection was lost. */
    private boolean isAccepted(Lsn lsn) {
        return lsn.isBefore(accepted) || handled.isBehind(lsn);
    }

    private void confirm(Lsn lsn) throws Exception {
        if (boundary.reach(lsn)) {
            handled.confirm(lsn);
        }
    }

    /** Predicates of watches run on the thread that settles, and so do subscribers whose executor runs on the calling thread. */
    private void clearAfterWatches(Object delivered) {
        if (Thread.currentThread().isInterrupted()) {
            dispatcher.interrupts().clear("A predicate or executor of a watch", delivered);
        }
    }

    /** The queue is closed. Finishes what may be finished, and gives up the rest, unconfirmed. */
    private void end() {
        try {
            if (!gaveUp && lifecycle.failure() == null && dispatcher.hasBatches()) {
                dispatcher.endBatches(true);
            }
            dispatcher.awaitIdle();
            if (!gaveUp) {
                boundary.finish();
            }
        } catch (Throwable e) {
            failed(e);
        } finally {
            inFlight.abandon();
            boundary.close();
        }
    }

    /** Called by any thread that calls handlers. */
    private void failed(Throwable e) {
        if (e instanceof InterruptedException interrupted) {
            interrupted(interrupted);
        } else if (e instanceof WalwireException explained) {
            fail(explained);
        } else {
            boolean byInterceptor = e == thrownByInterceptor;
            fail(new WalwireException(
                    ErrorCode.HANDLER,
                    (byInterceptor ? "The interceptor " + interceptor.getClass().getName() : "The handling of changes")
                            + " failed: " + ExceptionText.of(e)
                            + ". Nothing of this transaction is confirmed; it comes again after a restart.",
                    byInterceptor ? "" : "Please report this.",
                    e));
        }
    }

    /** Only closing interrupts this thread. Without it, the user's own code has thrown. */
    private void interrupted(InterruptedException e) {
        if (lifecycle.isStopping()) {
            LOG.debug("The handler was interrupted; its transaction stays unconfirmed");
            gaveUp = true;
            queue.close();
        } else {
            fail(new WalwireException(
                    ErrorCode.HANDLER,
                    "A handler gave up with an InterruptedException, although nobody closes the instance. Nothing of this"
                            + " transaction is confirmed; it comes again after a restart.",
                    e));
        }
    }

    private void fail(WalwireException e) {
        if (!lifecycle.fail(e)) {
            logIgnored(e);
        }
        queue.close();
    }

    /** The instance ends for another reason, so that this changes nothing but what is confirmed. */
    private void logIgnored(WalwireException e) {
        boolean isKnown = lifecycle.failure() != null && e.code() != ErrorCode.SINK;
        if (isKnown || e.code() == ErrorCode.CLOSED || lifecycle.isGivenUp()) {
            LOG.debug("While the instance ends", e);
        } else {
            LOG.error("While the instance ends: {}", e.getMessage());
        }
    }
}
