package io.walwire.testkit;

import io.walwire.Walwire;
import io.walwire.error.WalwireException;
import io.walwire.lifecycle.State;
import io.walwire.lifecycle.Status;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The instance under test, and those that take its place when it is restarted. */
final class RunningInstance {
    private final Supplier<Walwire> starter;
    private final InHand inHand;
    private final Duration timeout;
    private volatile Walwire walwire;
    private volatile boolean reported;

    /**
     * Starts the first.
     *
     * @param starter starts an instance, each time it is asked
     * @param inHand what the starter's instances are busy with
     * @param timeout for starting, and for waiting where nothing else is said
     */
    RunningInstance(Supplier<Walwire> starter, InHand inHand, Duration timeout) {
        this.starter = starter;
        this.inHand = inHand;
        this.timeout = timeout;
        this.walwire = started();
    }

    private Walwire started() {
        Walwire starting = starter.get();
        boolean streams = false;
        try {
            streams = uninterrupted(() -> starting.awaitStreaming(timeout));
        } finally {
            if (!streams) {
                starting.close();
            }
        }
        if (!streams) {
            throw new IllegalStateException("The instance does not stream after " + timeout + "; " + starting.status());
        }
        reported = false;
        return starting;
    }

    Walwire walwire() {
        return walwire;
    }

    void restart() {
        walwire.close();
        walwire = started();
    }

    void close() {
        walwire.close();
    }

    /** Whether it has neither failed nor been closed. */
    boolean isRunning() {
        return !walwire.state().isFinal();
    }

    void awaitHandled() {
        awaitHandled(timeout);
    }

    void awaitHandled(Duration atMost) {
        Walwire waiting = walwire;
        boolean handled;
        try {
            handled = uninterrupted(() -> waiting.awaitCurrent(atMost));
        } catch (WalwireException e) {
            reported = true;
            throw new AssertionError(
                    "Not everything is handled, because the instance has failed: " + e.getMessage(), e);
        }
        if (!handled) {
            throw new AssertionError(
                    waiting.state().isFinal()
                            ? "Not everything is handled: the instance was closed before"
                            : "Not everything that was committed is handled after " + atMost.toMillis() + " ms."
                                    + describe(waiting.status()));
        }
    }

    private String describe(Status status) {
        return "\n  state " + status.state() + (status.paused() ? ", paused: call resume()" : "")
                + "\n  received up to " + status.received() + ", confirmed up to " + status.confirmed() + ", "
                + status.queuedBytes() + " bytes wait to be handled, the oldest for "
                + status.lag().toMillis() + " ms"
                + "\n  " + status.transactions() + " transactions handled, " + status.retries() + " calls retried, "
                + status.reconnects() + " connections replaced"
                + (status.lastError() == null ? "" : "\n  last error: " + status.lastError())
                + inHand.describe();
    }

    WalwireException awaitFailure() {
        Walwire failing = walwire;
        boolean ended = uninterrupted(() -> {
            try {
                failing.completion().toCompletableFuture().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
                return true;
            } catch (TimeoutException e) {
                return false;
            } catch (ExecutionException e) {
                return true;
            }
        });
        WalwireException failure = failure();
        if (failure == null) {
            throw new AssertionError(
                    ended
                            ? "The instance was closed, and did not fail"
                            : "The instance has not failed after " + timeout.toMillis() + " ms."
                                    + describe(failing.status()));
        }
        reported = true;
        return failure;
    }

    /** Why it failed; null if it did not, or the test knows already. */
    @Nullable
    WalwireException unreported() {
        return reported ? null : failure();
    }

    /** Fails the test for a failure that it has not noticed. */
    static void require(@Nullable WalwireException failure) {
        if (failure != null) {
            throw new AssertionError(
                    "The instance failed during the test, which has not noticed: "
                            + Objects.requireNonNull(failure.getMessage()),
                    failure);
        }
    }

    private @Nullable WalwireException failure() {
        if (walwire.state() == State.FAILED) {
            try {
                walwire.completion().toCompletableFuture().join();
            } catch (CompletionException e) {
                if (e.getCause() instanceof WalwireException failure) {
                    return failure;
                }
                throw e;
            }
        }
        return null;
    }

    /** Waits for something with a bound. */
    interface Bounded {
        /** Returns false if the time has passed. */
        boolean awaits(Duration atMost) throws InterruptedException;
    }

    /**
     * Waits for a backfill.
     *
     * @param failure what has not happened if the time passes
     * @throws AssertionError if it does
     */
    void await(String failure, Bounded wait) {
        Walwire waiting = walwire;
        if (!uninterrupted(() -> wait.awaits(timeout))) {
            throw new AssertionError("The backfill has not come further: " + failure + " after " + timeout.toMillis()
                    + " ms." + describe(waiting.status()));
        }
    }

    /** What may be interrupted. */
    private interface Waiting {
        boolean done() throws InterruptedException;
    }

    private static boolean uninterrupted(Waiting waiting) {
        try {
            return waiting.done();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("The test was interrupted while it waited", e);
        }
    }
}
