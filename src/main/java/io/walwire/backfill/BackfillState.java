package io.walwire.backfill;

/** What a run is doing. */
public enum BackfillState {
    /** It has not begun to read: it waits for the stream, or for transactions that were open when it was started. */
    WAITING,
    /** It reads and delivers rows. */
    RUNNING,
    /** It is paused, and reads again when it is resumed. */
    PAUSED,
    /** Handlers have returned from all rows. */
    DONE,
    /** It was cancelled. */
    CANCELLED,
    /** It cannot go on; {@code completion()} says why. */
    FAILED
}
