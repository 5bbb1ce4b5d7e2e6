package io.walwire.internal.backfill.run;

import io.walwire.internal.concurrent.Backoff;
import java.time.Duration;
import java.util.IdentityHashMap;

/** Which runs wait before they are tried again, so that one that fails holds up no other. Not thread-safe. */
final class RunRetries {
    private static final Duration AFTER_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration MOST_AFTER_TIMEOUTS = Duration.ofMinutes(5);

    private final IdentityHashMap<TableRun, Retry> waiting = new IdentityHashMap<>();

    private static final class Retry {
        final Backoff backoff = new Backoff();
        final Backoff afterTimeouts = new Backoff(AFTER_TIMEOUT, MOST_AFTER_TIMEOUTS);
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
        return wait(retry, retry.backoff.next());
    }

    /** As {@link #failed}, after an attempt that has held the stream: each one costs. */
    Duration timedOut(TableRun run) {
        Retry retry = waiting.computeIfAbsent(run, key -> new Retry());
        return wait(retry, retry.afterTimeouts.next());
    }

    private static Duration wait(Retry retry, Duration wait) {
        retry.since = System.nanoTime();
        retry.nanos = wait.toNanos();
        return wait;
    }

    void succeeded(TableRun run) {
        waiting.remove(run);
    }
}
