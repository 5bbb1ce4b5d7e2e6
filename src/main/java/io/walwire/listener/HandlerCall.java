package io.walwire.listener;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One call of a handler's code that has ended. Immutable; implemented by Walwire alone, and later versions may add methods. */
public interface HandlerCall {
    /** How a call ended. */
    enum Outcome {
        /** It returned. */
        SUCCEEDED,
        /** It threw, and is made again after a wait. */
        RETRIED,
        /** It threw, and its failure policy skips it. */
        SKIPPED,
        /** It threw, and was handed over as a dead letter. */
        DEAD_LETTER,
        /** It threw, and the instance stops. */
        STOPPED
    }

    /**
     * The handler's name, as in logs and dead letters.
     *
     * @return never null
     */
    String handler();

    /**
     * What the handler was called for, as in logs: {@code insert}, {@code update}, {@code delete}, {@code transaction},
     * {@code message}, {@code gap} and others.
     *
     * @return never null
     */
    String kind();

    /**
     * The table of the call's first event, as {@code schema.table}.
     *
     * @return null if that event belongs to no table, or the call is of a whole transaction
     */
    @Nullable
    String table();

    /**
     * How many events the call was given.
     *
     * @return at least 0; a transaction may have none
     */
    int events();

    /**
     * Which attempt this was.
     *
     * @return 1 for the first
     */
    int attempt();

    /**
     * How it ended.
     *
     * @return never null
     */
    Outcome outcome();

    /**
     * How long the handler's code ran, without waits before a retry.
     *
     * @return not negative
     */
    Duration duration();

    /**
     * What the call threw.
     *
     * @return null if it returned
     */
    @Nullable
    Throwable failure();
}
