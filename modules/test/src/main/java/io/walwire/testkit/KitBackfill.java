package io.walwire.testkit;

import io.walwire.backfill.BackfillRun;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A run that reads the existing rows of a table when the test says so, made by {@link WalwireKit#backfill}. The rows that one call of
 * {@link WalwireKit#existing} declared are a chunk: they are read together, as they are then. What the test commits before a call of
 * {@link #next()} comes before its rows, and what it commits after the call comes behind them. For one thread.
 */
public final class KitBackfill {
    private final RunningInstance instance;
    private final ReadSteps steps;
    private final BackfillRun run;

    KitBackfill(RunningInstance instance, ReadSteps steps, BackfillRun run) {
        this.instance = instance;
        this.steps = steps;
        this.run = run;
        steps.by(run.id());
        run.completion().whenComplete((done, failure) -> steps.end(run.id()));
    }

    /**
     * Reads the next chunk, and waits until handlers have returned from its rows. After the last chunk the run ends by itself, and
     * {@code onBackfilled} is called.
     *
     * @return false if nothing was left to read, and the run has ended
     * @throws AssertionError if this takes longer than the kit's timeout, or the run fails
     */
    public boolean next() {
        return next(() -> {});
    }

    /**
     * Reads the next chunk while something happens: after the chunk's snapshot was taken, and before its rows go to handlers. So a row
     * that changes meanwhile is older than its change, which handlers get first. A backfill leaves out such a row, or reads it again
     * in a later chunk if the change has not all of its values.
     *
     * @param meanwhile called on this thread, if there is a chunk; what it commits has been handled when the rows go to handlers
     * @return as {@link #next()}
     * @throws AssertionError as {@link #next()}
     */
    public boolean next(Runnable meanwhile) {
        instance.await("its next chunk was not read", steps::allow);
        if (!steps.isSeen()) {
            requireNotFailed();
            return false;
        }
        try {
            meanwhile.run();
            instance.awaitHandled();
        } finally {
            steps.release();
        }
        instance.await("handlers have not returned from its rows", steps::awaitHandled);
        requireNotFailed();
        return true;
    }

    /**
     * Reads everything that is left, and waits until the run has ended.
     *
     * @throws AssertionError as {@link #next()}
     */
    public void rest() {
        steps.end();
        CompletableFuture<Void> end = run.completion().toCompletableFuture();
        instance.await("it has not ended", atMost -> {
            try {
                end.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
                return true;
            } catch (TimeoutException e) {
                return false;
            } catch (ExecutionException | CancellationException e) {
                return true;
            }
        });
        requireNotFailed();
    }

    /**
     * The run, for its progress, and to pause or cancel it.
     *
     * @return as {@code Walwire.backfill} gave it
     */
    public BackfillRun run() {
        return run;
    }

    private void requireNotFailed() {
        CompletableFuture<Void> end = run.completion().toCompletableFuture();
        if (end.isCompletedExceptionally()) {
            try {
                end.join();
            } catch (CancellationException e) {
                return; // as the test wanted
            } catch (CompletionException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                if (cause instanceof CancellationException) {
                    return;
                }
                throw new AssertionError(
                        "The backfill of " + run.table() + " has failed: " + cause.getMessage(), cause);
            }
        }
    }
}
