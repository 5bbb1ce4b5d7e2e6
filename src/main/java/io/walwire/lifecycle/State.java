package io.walwire.lifecycle;

/** What an instance is doing. */
public enum State {
    /** Connecting for the first time. */
    STARTING,
    /** Waiting for a slot that another process streams from; takes over when it is released. */
    STANDBY,
    /** Receiving changes, or ready to. */
    STREAMING,
    /** The connection was lost; trying again, with backoff. */
    RECONNECTING,
    /** Closed by its owner; final. */
    STOPPED,
    /** Ended by an error that trying again does not solve, or by a handler; final. */
    FAILED;

    /**
     * Whether the instance will never run again.
     *
     * @return true for stopped and failed
     */
    public boolean isFinal() {
        return this == STOPPED || this == FAILED;
    }
}
