package io.walwire.internal.dispatch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.connection.ExceptionText;
import io.walwire.internal.lanes.Lanes;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What is called in a lane, and what it is done for. The lane is free when the calls have returned and their stages have completed. */
final class LaneStep implements Lanes.Task, PendingPart {
    private final FailureCollector.Calls calls;
    private final Collection<PendingPart> parts;

    /** The calls, and each stage that has not completed. */
    private final AtomicInteger holders = new AtomicInteger(1);

    private volatile boolean failed;
    private volatile Lanes.@Nullable Running step;

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
            fail(e);
        }
    }

    @Override
    public void hold() {
        holders.incrementAndGet();
    }

    @Override
    public void release() {
        if (holders.decrementAndGet() == 0) {
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
