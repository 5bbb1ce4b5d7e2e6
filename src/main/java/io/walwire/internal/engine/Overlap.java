package io.walwire.internal.engine;

import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.event.MessageEvent;
import io.walwire.handler.Interceptor;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.internal.watch.Watches;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The handler thread's way where pieces begin before those ahead of them are finished: with lanes, and while batches are
 * gathered. It begins each, in order; {@link Begun} settles them, in order too.
 */
final class Overlap {
    private final WorkQueue queue;
    private final Interceptor interceptor;
    private final Dispatcher dispatcher;
    private final Watches watches;
    private final Handled handled;
    private final Admission admission;
    private final PartlyHandled partly;
    private final Begun begun;

    /** Whatever lies before was taken from the queue, and what is not handled yet is being handled. */
    private Lsn accepted = Lsn.ZERO;

    Overlap(
            WorkQueue queue,
            Interceptor interceptor,
            Dispatcher dispatcher,
            Watches watches,
            Handled handled,
            Admission admission,
            PartlyHandled partly,
            Consumer<Throwable> failed) {
        this.queue = queue;
        this.interceptor = interceptor;
        this.dispatcher = dispatcher;
        this.watches = watches;
        this.handled = handled;
        this.admission = admission;
        this.partly = partly;
        this.begun = new Begun(queue, failed);
    }

    /** Whether this is the way of the next piece. */
    boolean isOn() {
        return dispatcher.isOverlapping() || !begun.isEmpty();
    }

    /** The next piece of work, with batches ended in time meanwhile; null when the queue is closed. */
    @Nullable
    Work next() throws InterruptedException {
        while (dispatcher.hasBatches()) {
            Work work = queue.take(dispatcher.nanosToNextBatch());
            if (work != null || queue.isClosed()) {
                return work;
            }
            dispatcher.endBatches(queue.isNeeded());
        }
        return queue.take();
    }

    void handle(Work work) throws Exception {
        if (begun.isEmpty()) {
            accepted = Lsn.ZERO; // all that was taken is handled, which positions know better
        }
        Begun.Piece piece = begun.add(work);
        if (!admission.await(work)) {
            // before it counts as finished, which would confirm it
            queue.close();
            return;
        }
        begin(work, piece);
        piece.release();
        if (dispatcher.hasBatches()) {
            dispatcher.endBatches(false);
        }
    }

    private void begin(Work work, Begun.Piece piece) throws Exception {
        if (work instanceof Work.Single single) {
            begin(single, piece);
        } else if (work instanceof Work.Part part) {
            begin(part.transaction(), piece);
        } else if (work instanceof Work.Resumed) {
            piece.then(() -> watches.resync("the connection was lost; the stream went on where it had ended", null));
        } else if (work instanceof Work.Idle idle) {
            piece.then(() -> handled.confirm(idle.lsn()));
        }
    }

    private void begin(Work.Single single, Begun.Piece piece) throws InterruptedException {
        Event event = single.event();
        if (single.endsContinuity()) {
            partly.forget();
            accepted = Lsn.ZERO;
        }
        if (!(event instanceof MessageEvent of) || !isAccepted(of.message().lsn())) {
            dispatcher.dispatch(event);
            piece.then(() -> {
                watches.tell(event);
                clearAfterWatches(dispatcher, event);
                single.handled().run();
            });
        }
    }

    private void begin(TransactionPart received, Begun.Piece piece) throws Exception {
        TransactionPart transaction = isAccepted(received.position()) ? null : partly.rest(received);
        if (transaction == null) {
            return;
        }
        boolean told = !transaction.events().isEmpty() || transaction.part() > 0;
        Lsn endLsn = transaction.end();
        piece.then(() -> {
            if (told) {
                watches.tell(transaction);
                clearAfterWatches(dispatcher, transaction);
                handled.part(transaction);
            }
            if (endLsn != null) {
                handled.confirm(endLsn);
            }
        });
        if (told && interceptor == UserCode.NO_INTERCEPTOR) {
            dispatcher.begin(transaction, piece);
        } else if (told) {
            interceptor.intercept(transaction, dispatcher::complete);
            clearInterrupt(dispatcher, interceptor, transaction);
        }
        partly.handled(transaction);
        if (endLsn != null && accepted.isBefore(endLsn)) {
            accepted = endLsn;
        }
    }

    /** Predicates of watches run on the thread that handles, and subscribers whose executor is the calling thread. */
    static void clearAfterWatches(Dispatcher dispatcher, Object told) {
        if (Thread.currentThread().isInterrupted()) {
            dispatcher.interrupts().clear("A predicate or executor of a watch", told);
        }
    }

    static void clearInterrupt(Dispatcher dispatcher, Interceptor interceptor, TransactionPart part) {
        if (Thread.currentThread().isInterrupted()) {
            dispatcher
                    .interrupts()
                    .clear(
                            "The interceptor " + interceptor.getClass().getName(),
                            "the transaction that was committed at " + part.commitLsn());
        }
    }

    /** Whether this came before, and is handled or in hand: then it came again because the connection was lost. */
    private boolean isAccepted(Lsn lsn) {
        return lsn.isBefore(accepted) || handled.isBehind(lsn);
    }

    /** The queue is closed: finishes what may be finished, and gives up the rest, unconfirmed. */
    void end(boolean gaveUp) throws InterruptedException {
        try {
            if (!gaveUp && dispatcher.hasBatches()) {
                dispatcher.endBatches(true);
            }
            dispatcher.awaitIdle();
        } finally {
            begun.abandon();
        }
    }
}
