package io.walwire.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Waits for state that nothing can signal to us, which is state inside the server. The one place in the tests that
 * polls: whatever happens in this JVM has a barrier, {@link Recorder} or a latch.
 */
public final class Eventually {
    private static final long PAUSE_NANOS = Duration.ofMillis(10).toNanos();

    private static final Duration LONGER = Duration.ofSeconds(60);

    private Eventually() {}

    /**
     * Returns as soon as the condition holds.
     *
     * @throws AssertionError if it does not hold in time, or if it throws, at once
     */
    public static void until(Duration atMost, Condition condition) {
        satisfied(atMost, () -> {
            if (!condition.holds()) {
                throw new AssertionError("The condition does not hold");
            }
        });
    }

    /**
     * Returns as soon as the assertions pass; when they do not in time, the last failure is the cause.
     *
     * @throws AssertionError if they do not pass in time, or if they throw anything but an AssertionError, at once
     */
    public static void satisfied(Duration atMost, Assertions assertions) {
        try (PollConnections connections = PollConnections.begin()) {
            poll(atMost, assertions);
        }
    }

    /**
     * Returns as soon as the condition holds, which must not take longer than a bound. It waits longer than that, so that a failure says how
     * long it took.
     *
     * @param bound what a busy machine keeps, too
     * @throws AssertionError if it took longer, or if the condition throws
     */
    public static void within(Duration bound, Condition condition) {
        long begin = System.nanoTime();
        until(bound.plus(LONGER), condition);
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        if (took.compareTo(bound) > 0) {
            throw new AssertionError("It took " + took + ", and has to take at most " + bound);
        }
    }

    private static void poll(Duration atMost, Assertions assertions) {
        long deadline = System.nanoTime() + atMost.toNanos();
        for (AssertionError failure = attempt(assertions); failure != null; failure = attempt(assertions)) {
            if (System.nanoTime() - deadline >= 0) {
                throw new AssertionError("Not within " + atMost + ": " + failure.getMessage(), failure);
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("Interrupted while waiting", failure);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static @Nullable AssertionError attempt(Assertions assertions) {
        try {
            assertions.run();
            return null;
        } catch (AssertionError e) {
            return e;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("The check itself failed: " + e.getMessage(), e);
        }
    }

    /** A question to the server. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }

    /** Assertions about the server. */
    @FunctionalInterface
    public interface Assertions {
        void run() throws Exception;
    }
}
