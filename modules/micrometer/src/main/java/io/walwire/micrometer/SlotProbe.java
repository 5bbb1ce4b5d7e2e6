package io.walwire.micrometer;

import io.walwire.lifecycle.SlotUsage;
import io.walwire.listener.ObservedInstance;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Measures a slot when the meters are read and the last measure is old. A server that does not answer must not hold up all other meters,
 * so the measure is taken on a thread of its own, and a caller waits at most a second for it. Safe for several threads.
 */
final class SlotProbe {
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long WAIT_MILLIS = 1000;

    private final ObservedInstance instance;

    /** The last one that was begun; null before the first. */
    private @Nullable CompletableFuture<Measure> last;

    /** What was found; nothing is known where the usage is null. */
    private record Measure(@Nullable SlotUsage usage, long takenAt) {}

    SlotProbe(ObservedInstance instance) {
        this.instance = instance;
    }

    /** In bytes; not a number where it is not known. */
    double retained() {
        SlotUsage usage = usage();
        return usage == null ? Double.NaN : usage.retainedBytes();
    }

    /** In bytes; not a number where it is not known, or the server sets no limit. */
    double safe() {
        SlotUsage usage = usage();
        Long safe = usage == null ? null : usage.safeBytes();
        return safe == null ? Double.NaN : safe;
    }

    private @Nullable SlotUsage usage() {
        try {
            return current().get(WAIT_MILLIS, TimeUnit.MILLISECONDS).usage();
        } catch (TimeoutException | ExecutionException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private synchronized CompletableFuture<Measure> current() {
        CompletableFuture<Measure> current = last;
        if (current == null || isOld(current)) {
            CompletableFuture<Measure> next = new CompletableFuture<>();
            Thread thread = new Thread(
                    () -> next.complete(measure()),
                    "walwire-" + instance.details().name() + "-slot");
            thread.setDaemon(true);
            thread.start();
            current = next;
            last = next;
        }
        return current;
    }

    /** One that is not finished is not old, so that there is never more than one. */
    private static boolean isOld(CompletableFuture<Measure> measure) {
        return measure.isDone() && System.nanoTime() - measure.join().takenAt() > FRESH_NANOS;
    }

    private Measure measure() {
        return new Measure(asked(), System.nanoTime());
    }

    private @Nullable SlotUsage asked() {
        try {
            return instance.slotUsage().orElse(null);
        } catch (Throwable e) {
            return null; // the meter shows that nothing is known; a measure that never ended would be the last one
        }
    }
}
