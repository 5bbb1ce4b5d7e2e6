package io.walwire.internal.dispatch;

import io.walwire.internal.connection.server.ExceptionText;

/** What the handlers do together cannot be kept any more, through no fault of theirs: all of it is to be done again. */
public final class UnitLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean position;

    /**
     * An exception for the engine, which no policy sees.
     *
     * @param cause why
     */
    public UnitLostException(Throwable cause) {
        this(cause, false);
    }

    private UnitLostException(Throwable cause, boolean position) {
        super("What was done so far is lost: " + ExceptionText.of(cause), cause);
        this.position = position;
    }

    /**
     * The position could not be read or stored.
     *
     * @param cause why
     */
    public static UnitLostException ofPosition(Throwable cause) {
        return new UnitLostException(cause, true);
    }

    /** Whether a statement about the position failed, and none of the handlers. */
    public boolean isOfPosition() {
        return position;
    }
}
