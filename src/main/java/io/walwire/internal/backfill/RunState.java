package io.walwire.internal.backfill;

import java.util.Locale;

/** Where a run stands. */
public enum RunState {
    /** Another process asks for it, and no instance has taken it up. */
    REQUESTED,
    /** It is being read, or will be when the stream is ready. */
    RUNNING,
    /** It stands still until it is resumed. */
    PAUSED,
    /** All rows were delivered. */
    DONE,
    /** It was given up by its user. */
    CANCELLED,
    /** It cannot go on. */
    FAILED;

    /** As the table has it. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static RunState of(String text) {
        return valueOf(text.strip().toUpperCase(Locale.ROOT));
    }
}
