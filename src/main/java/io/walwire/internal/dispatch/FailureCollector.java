package io.walwire.internal.dispatch;

import io.walwire.error.WalwireException;
import org.jspecify.annotations.Nullable;

/** A transaction whose end a thread waits for, which throws what failed. Thread-safe. */
final class FailureCollector implements PendingPart {
    private @Nullable Throwable failure;

    @Override
    public synchronized boolean fail(Throwable thrown) {
        if (failure == null) {
            failure = thrown;
        } else {
            failure.addSuppressed(thrown);
        }
        return true;
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
