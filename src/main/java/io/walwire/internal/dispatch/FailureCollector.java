package io.walwire.internal.dispatch;

import io.walwire.error.WalwireException;
import org.jspecify.annotations.Nullable;

/** A transaction whose end a thread waits for, which throws what failed. Thread-safe. */
final class FailureCollector implements PendingPart {
    private @Nullable Throwable failure;

    /** What was begun and has neither been done nor failed. */
    private int holders;

    /** When the first call or stage failed, by {@link System#nanoTime}. */
    private long failedAt;

    private boolean hasFailed;

    /** Whether a stage was to be given up, so that no other call may begin. */
    private volatile boolean overdue;

    /** Calls of handlers on this thread. */
    @FunctionalInterface
    interface Calls {
        void make(PendingPart part) throws InterruptedException;
    }

    /**
     * Makes calls on this thread, and waits until all that they have begun has ended, also where one has thrown.
     * After a failure {@link AsyncCalls} gives up stages that take too long.
     *
     * @throws WalwireException the first failure
     */
    static void await(Calls calls) throws InterruptedException {
        FailureCollector collector = new FailureCollector();
        try {
            calls.make(collector);
        } catch (RuntimeException | Error e) {
            collector.failed();
            collector.awaitEnd();
            throw e;
        }
        collector.awaitEnd();
        collector.throwFailure();
    }

    @Override
    public synchronized void hold() {
        holders++;
    }

    @Override
    public synchronized void release() {
        holders--;
        notifyAll();
    }

    @Override
    public synchronized boolean fail(Throwable thrown) {
        failed();
        if (failure == null) {
            failure = thrown;
        } else {
            failure.addSuppressed(thrown);
        }
        release();
        return true;
    }

    /** From now on the rest is waited for a limited time. */
    synchronized void failed() {
        if (!hasFailed) {
            hasFailed = true;
            failedAt = System.nanoTime();
        }
    }

    @Override
    public synchronized boolean isOverdue(long patienceNanos) {
        if (hasFailed && System.nanoTime() - failedAt >= patienceNanos) {
            overdue = true;
        }
        return overdue;
    }

    @Override
    public void awaitFormer() throws InterruptedException {
        if (overdue) {
            throwFailure(); // stages that never complete would be given up one after another
        }
    }

    private synchronized void awaitEnd() throws InterruptedException {
        while (holders > 0) {
            wait();
        }
    }

    /** Throws the first failure there was. */
    synchronized void throwFailure() throws InterruptedException {
        if (failure instanceof WalwireException stopped) {
            throw stopped;
        } else if (failure instanceof InterruptedException interrupted) {
            throw interrupted;
        } else if (failure != null) {
            throw new IllegalStateException(
                    "Handlers threw " + failure.getClass().getName()
                            + ", which is neither a WalwireException nor an InterruptedException",
                    failure);
        }
    }
}
