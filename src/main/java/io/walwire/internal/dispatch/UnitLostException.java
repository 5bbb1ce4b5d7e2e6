package io.walwire.internal.dispatch;

import io.walwire.internal.connection.ExceptionText;

/** What the handlers do together cannot be kept any more, through no fault of theirs: all of it is to be done again. */
public final class UnitLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * An exception for the engine, which no policy sees.
     *
     * @param cause why
     */
    public UnitLostException(Throwable cause) {
        super("What was done so far is lost: " + ExceptionText.of(cause), cause);
    }
}
