package io.walwire.internal.concurrent;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The wait for a condition of a monitor, with a bound. */
public final class TimedWait {
    private TimedWait() {}

    /**
     * Waits until a condition holds. The calling thread holds the monitor, which the wait releases.
     *
     * @param monitor notified after each change of the condition
     * @param condition called with the monitor held
     * @param atMostNanos how long to wait; {@code Long.MAX_VALUE} for no bound
     * @return false if the time passed and the condition does not hold
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public static boolean until(Object monitor, BooleanSupplier condition, long atMostNanos)
            throws InterruptedException {
        long deadline = System.nanoTime() + atMostNanos;
        while (!condition.getAsBoolean()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(monitor, left);
        }
        return true;
    }
}
