package io.walwire.reliability;

/** What a client's handler is ordered to do wrong, once, at the next transaction. */
enum Order {
    /** Throw before the events are recorded: they are retried. */
    THROW,
    /** Throw after they are recorded: success whose answer is lost. */
    ANSWER_LOST,
    /** Throw what ends the instance; the process starts another. */
    STOP,
    /** Record, then hang beyond the timeout of closing, and return when another instance streams. */
    HANG,
    /** Return, and let the process die before the instance confirms. */
    DIE,
    /** No fault: take longer, so that work waits when something fails. */
    SLOW,
    /** No fault: take so long that the server asks for a sign of life meanwhile. */
    LATE,
    /** No fault: close the instance, and start another. */
    CLOSE,
    /** No fault: close the instance and end the process. */
    EXIT
}
