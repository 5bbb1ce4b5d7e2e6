package io.walwire.internal.transaction;

/** A stream in binary that cannot be read exactly, and has to be one in text from here on. The message says why. */
public final class UnreadableInBinaryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableInBinaryException(String schema, String table, String column, String type) {
        super("column " + schema + "." + table + "." + column + " is of type " + type, null, false, false);
    }
}
