package io.walwire.internal.transaction;

/** A stream in binary that cannot be read exactly, and has to be one in text from here on. The message says why. */
public final class UnreadableInBinaryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * The end of such a stream.
     *
     * @param why goes on after "because"
     */
    public UnreadableInBinaryException(String why) {
        super(why, null, false, false);
    }
}
