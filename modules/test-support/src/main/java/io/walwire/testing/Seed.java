package io.walwire.testing;

import java.util.Random;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.TestAbortedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The seed of what a test draws, as an extension of its class: each failure names it, and so does the log.
 * {@code -Dwalwire.chaos.seed=} draws the same again.
 */
public final class Seed implements TestExecutionExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Seed.class);
    private static final String PROPERTY = "walwire.chaos.seed";

    private final long value = Long.getLong(PROPERTY, System.nanoTime());

    /** A generator with the seed, for one thread: others get one of their own, seeded by what this one draws. */
    public Random random() {
        LOG.info("The seed is {}", value); // a test that hangs fails by no exception
        return new Random(value);
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        if (failure instanceof TestAbortedException) {
            throw failure;
        }
        throw new AssertionError("With -D" + PROPERTY + "=" + value + ": " + failure.getMessage(), failure);
    }
}
