package io.walwire.internal.dispatch;

import io.walwire.error.WalwireException;
import org.jspecify.annotations.Nullable;

/** A transaction whose end a thread waits for, which throws what failed. Thread-safe. */
final class FailureCollector implements PendingPart {
    private @Nullable Throwable failure;

    /** What was begun and has neither been done nor failed. */
    private int holders;

    /** Calls of handlers on this thread. */
    @FunctionalInterface
    interface Calls {
        void make(PendingPart part) throws InterruptedException;
    }

    /**
     * Makes calls on this thread, and waits until all that they have begun has ended, also where one has thrown.
     *
     * @throws WalwireException the first failure
     */
    static void await(Calls calls) throws InterruptedException {
        FailureCollector collector = new FailureCollector();
        try {
            calls.make(collector);
        } catch (RuntimeException | Error e) {
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
        if (failure == null) {
            failure = thrown;
        } else {
            failure.addSuppressed(thrown);
        }
        release();
        return true;
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
