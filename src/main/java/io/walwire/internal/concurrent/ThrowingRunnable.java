package io.walwire.internal.concurrent;

/**
 * Code to run that may throw a checked exception.
 *
 * @param <E> the checked exception
 */
@FunctionalInterface
public interface ThrowingRunnable<E extends Exception> {
    /** Runs the code. */
    void run() throws E;
}
