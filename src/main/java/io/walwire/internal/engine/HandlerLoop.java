package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.event.MessageEvent;
import io.walwire.handler.Interceptor;
import io.walwire.internal.connection.ExceptionText;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.log.Logs;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.internal.watch.Watches;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The handler thread: from the queue through the interceptor to the handlers, and then the confirmation; where a piece may begin
 * before the one ahead of it is finished, by {@link Overlap}.
 */
final class HandlerLoop implements Runnable {
    private static final Logger LOG = Logs.of(HandlerLoop.class);

    private final WorkQueue queue;
    private final Interceptor interceptor;
    private final Dispatcher dispatcher;
    private final Handling handling;
    private final Watches watches;
    private final Handled handled;
    private final Lifecycle lifecycle;
    private final Admission admission;

    private final PartlyHandled partly = new PartlyHandled();
    private final Overlap overlap;
    private volatile boolean gaveUp;

    HandlerLoop(
            WorkQueue queue,
            Interceptor interceptor,
            Dispatcher dispatcher,
            Handling handling,
            Watches watches,
            Handled handled,
            Lifecycle lifecycle,
            Admission admission) {
        this.queue = queue;
        this.interceptor = interceptor;
        this.dispatcher = dispatcher;
        this.handling = handling;
        this.watches = watches;
        this.handled = handled;
        this.lifecycle = lifecycle;
        this.admission = admission;
        this.overlap = new Overlap(queue, interceptor, dispatcher, watches, handled, admission, partly, this::failed);
    }

    @Override
    public void run() {
        for (Work work = next(); work != null; work = next()) {
            tryToHandle(work);
        }
        end();
    }

    /** Handlers of batches are called meanwhile, and may fail as any other. */
    private @Nullable Work next() {
        try {
            return overlap.next();
        } catch (Throwable e) {
            failed(e);
            return null;
        }
    }

    private void end() {
        try {
            overlap.end(gaveUp || lifecycle.failure() != null);
        } catch (Throwable e) {
            failed(e);
        }
    }

    private void tryToHandle(Work work) {
        if (overlap.isOn()) {
            try {
                overlap.handle(work);
            } catch (Throwable e) {
                failed(e);
            }
            return;
        }
        try {
            handle(work);
        } catch (Throwable e) {
            failed(e);
        } finally {
            // after a failure the queue is closed by now, so that this does not count as handled
            queue.finished(work);
        }
    }

    private void failed(Throwable e) {
        if (e instanceof InterruptedException interrupted) {
            interrupted(interrupted);
        } else if (e instanceof WalwireException explained) {
            fail(explained);
        } else {
            fail(new WalwireException(
                    ErrorCode.HANDLER,
                    "The interceptor " + interceptor.getClass().getName() + " failed: " + ExceptionText.of(e)
                            + ". Nothing of this transaction is confirmed; it comes again after a restart.",
                    e));
        }
    }

    /** Only closing interrupts this thread; else it is the user's own code that threw. */
    private void handle(Work work) throws Exception {
        if (!admission.await(work)) {
            // before it counts as finished, which would confirm it
            queue.close();
        } else if (work instanceof Work.Single single) {
            if (single.endsContinuity()) {
                partly.forget();
            }
            if (!isRepeated(single.event())) {
                handling.single(single.event(), () -> dispatcher.dispatch(single.event()));
                watches.tell(single.event());
                Overlap.clearAfterWatches(dispatcher, single.event());
                single.handled().run();
            }
        } else if (work instanceof Work.Part part) {
            handle(part.transaction());
        } else if (work instanceof Work.Resumed) {
            watches.resync("the connection was lost; the stream went on where it had ended", null);
        } else if (work instanceof Work.Idle idle && handling.reach(idle.lsn())) {
            handled.confirm(idle.lsn());
        }
    }

    private void handle(TransactionPart received) throws Exception {
        TransactionPart transaction = unhandled(received);
        if (transaction == null) {
            return;
        }
        TransactionPart left = handling.remaining(transaction);
        // of a large transaction the last part is told even if nothing is left for it
        if (left != null && (!transaction.events().isEmpty() || transaction.part() > 0)) {
            handling.part(left, () -> intercept(left));
            watches.tell(left); // what they find out, they find out after the handlers
            Overlap.clearAfterWatches(dispatcher, left);
            handled.part(left);
        }
        Lsn endLsn = transaction.end();
        if (endLsn != null && handling.reach(endLsn)) {
            handled.confirm(endLsn);
        }
        partly.handled(transaction);
    }

    private void intercept(TransactionPart part) throws Exception {
        interceptor.intercept(part, dispatcher::dispatch);
        Overlap.clearInterrupt(dispatcher, interceptor, part);
    }

    /** Whether this message waited when the connection was lost, was handled since, and came again. */
    private boolean isRepeated(Event event) {
        return event instanceof MessageEvent of && handled.isBehind(of.message().lsn());
    }

    /** Without what was handled before its stream ended, and is sent again: null for a transaction or a part that was. */
    private @Nullable TransactionPart unhandled(TransactionPart part) {
        return handled.isBehind(part.position()) ? null : partly.rest(part);
    }

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
        lifecycle.fail(e);
        queue.close();
    }
}
