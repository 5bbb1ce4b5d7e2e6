package io.walwire.listener;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One call of a handler's code that has ended. Valid until the listener's method returns. After that Walwire uses the same object again. {@link #detach()} gives one to keep. Implemented by Walwire alone, and later
 * versions may add methods.
 */
public interface HandlerCall {
    /** How a call ended. */
    enum Outcome {
        /** It returned, or its stage completed. */
        SUCCEEDED,
        /** It failed, and is made again after a wait. */
        RETRIED,
        /** It failed, and its failure policy skips it. */
        SKIPPED,
        /** It failed, and was handed over as a dead letter. */
        DEAD_LETTER,
        /** It failed, and the instance stops. */
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
     * The table of the call's first event, as {@code schema.table}. The text is made for each call of this method.
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
     * How long the handler's code ran, without waits before a retry. Where it returned a stage: how long until that completed.
     *
     * @return not negative
     */
    Duration duration();

    /**
     * As {@link #duration()}, without an object.
     *
     * @return nanoseconds, 0 or more
     */
    long nanos();

    /**
     * What the call threw, or its stage failed with.
     *
     * @return null if it succeeded
     */
    @Nullable
    Throwable failure();

    /**
     * A copy that stays as it is. It keeps no event in memory.
     *
     * @return valid for as long as it is kept; this one if it is such a copy
     */
    HandlerCall detach();
}
