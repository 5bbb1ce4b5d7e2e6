package io.walwire.error;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The root of everything that Walwire throws: unchecked, with a message that says what happened, where, and what to do,
 * and an {@link ErrorCode} for programs. Messages never hold a password or a row's values.
 */
public class WalwireException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The kind. */
    private final ErrorCode code;

    /**
     * An error without a cause.
     *
     * @param code the kind
     * @param message what, where, and what to do
     */
    public WalwireException(ErrorCode code, String message) {
        this(code, message, null);
    }

    /**
     * An error with its cause.
     *
     * @param code the kind
     * @param message what, where, and what to do
     * @param cause what was thrown beneath, or null
     */
    public WalwireException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(OneLine.of(message), cause);
        this.code = code;
    }

    /** With a line for each of several messages. */
    WalwireException(ErrorCode code, List<String> messages) {
        super(messages.stream().map(OneLine::of).collect(Collectors.joining(System.lineSeparator())));
        this.code = code;
    }

    /**
     * The kind of the error.
     *
     * @return the code, never null
     */
    public ErrorCode code() {
        return code;
    }
}
