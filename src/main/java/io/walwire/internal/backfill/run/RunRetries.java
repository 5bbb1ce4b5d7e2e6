package io.walwire.internal.backfill.run;

import io.walwire.internal.concurrent.Backoff;
import java.time.Duration;
import java.util.IdentityHashMap;

/** Which runs wait before they are tried again, so that one that fails holds up no other. Not thread-safe. */
final class RunRetries {
    private final IdentityHashMap<TableRun, Retry> waiting = new IdentityHashMap<>();

    private static final class Retry {
        final Backoff backoff = new Backoff();
        long since;
        long nanos;
    }

    boolean isDue(TableRun run) {
        Retry retry = waiting.get(run);
        return retry == null || System.nanoTime() - retry.since >= retry.nanos;
    }

    /** Returns how long the run waits. */
    Duration failed(TableRun run) {
        Retry retry = waiting.computeIfAbsent(run, key -> new Retry());
        Duration wait = retry.backoff.next();
        retry.since = System.nanoTime();
        retry.nanos = wait.toNanos();
        return wait;
    }

    void succeeded(TableRun run) {
        waiting.remove(run);
    }
}
