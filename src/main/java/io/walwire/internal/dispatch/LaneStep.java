package io.walwire.internal.dispatch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.connection.server.ExceptionText;
import io.walwire.internal.lanes.Lanes;
import io.walwire.internal.log.Logs;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What is called in a lane, and what it is done for. Each call waits for the stage of the former. The lane is free when the calls have
 * returned and their stages have completed.
 */
final class LaneStep implements Lanes.Task, PendingPart {
    private static final Logger LOG = Logs.of(LaneStep.class);

    private final FailureCollector.Calls calls;
    private final Collection<PendingPart> parts;

    /** The calls, and each stage that has not completed. */
    private final AtomicInteger holders = new AtomicInteger(1);

    private volatile boolean failed;
    private volatile Lanes.@Nullable Running step;

    /** The lane's thread while it waits for stages. */
    private volatile @Nullable Thread waiting;

    /**
     * A step that has not begun.
     *
     * @param calls what is called
     * @param parts each held for this step
     */
    LaneStep(FailureCollector.Calls calls, Collection<PendingPart> parts) {
        this.calls = calls;
        this.parts = parts;
    }

    @Override
    public void run(Lanes.Running begun) {
        step = begun;
        try {
            calls.make(this);
            release();
        } catch (Throwable e) {
            if (failed) {
                release(); // most often a stage has failed, and that is why this one was not called
                LOG.debug("After a failure of the same step", ExceptionText.trace(e));
            } else {
                fail(e);
            }
        }
    }

    @Override
    public void hold() {
        holders.incrementAndGet();
    }

    @Override
    public void awaitFormer() throws InterruptedException {
        if (holders.get() > 1) {
            waiting = Thread.currentThread();
            while (holders.get() > 1) {
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            waiting = null;
        }
        if (failed) {
            throw new WalwireException(ErrorCode.HANDLER, "A former call of the same key has failed.");
        }
    }

    @Override
    public void release() {
        int left = holders.decrementAndGet();
        if (left == 1) {
            LockSupport.unpark(waiting);
        } else if (left == 0) {
            if (!failed) {
                parts.forEach(PendingPart::release);
            }
            end(true);
        }
    }

    @Override
    public boolean fail(Throwable failure) {
        boolean goesOn = failParts(failure);
        if (!goesOn) {
            end(false);
        }
        release();
        return goesOn;
    }

    @Override
    public boolean cannotRun(Throwable why) {
        return failParts(new WalwireException(
                ErrorCode.HANDLER,
                "No thread could be started to call handlers side by side: " + ExceptionText.of(why)
                        + ". Nothing of their transactions is confirmed; they come again after a restart.",
                "Lower walwire.concurrency, or allow the process more threads (ulimit -u, pids.max of its cgroup) and"
                        + " more memory.",
                why));
    }

    @Override
    public boolean isOverdue(long patienceNanos) {
        return parts.stream().anyMatch(part -> part.isOverdue(patienceNanos));
    }

    /** All parts fail: one that did not hear of the failure would be taken for done. */
    private boolean failParts(Throwable failure) {
        failed = true;
        boolean goesOn = true;
        for (PendingPart part : parts) {
            goesOn &= part.fail(failure);
        }
        return goesOn;
    }

    private void end(boolean goesOn) {
        Lanes.Running begun = step;
        if (begun != null) {
            begun.end(goesOn);
        }
    }
}
