package io.walwire.cli;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for an instance, which may end in the middle of anything. */
final class Waiting {
    private Waiting() {}

    /** Waits so long, or until the future is done in whatever way. */
    static void on(CompletableFuture<?> future, long time, TimeUnit unit) throws InterruptedException {
        try {
            future.get(time, unit);
        } catch (TimeoutException stillGoing) {
            return;
        } catch (ExecutionException failed) {
            return;
        }
    }

    /** Throws what the future failed of, if it is done and did. */
    static void rethrow(CompletableFuture<?> future) throws Exception {
        if (!future.isDone()) {
            return;
        }
        try {
            future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }
}
