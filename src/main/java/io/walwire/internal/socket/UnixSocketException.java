package io.walwire.internal.socket;

import java.io.IOException;

/** A unix-domain socket could not be connected; the message says why, with the file. */
public final class UnixSocketException extends IOException {
    private static final long serialVersionUID = 1L;

    UnixSocketException(String message) {
        super(message);
    }

    UnixSocketException(String message, Exception cause) {
        super(message, cause);
    }
}
