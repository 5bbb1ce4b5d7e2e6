package io.walwire.internal.codec;

import org.jspecify.annotations.Nullable;

/**
 * A value that the Java type cannot hold, or text that is not of its type. The message names the type and the reason and
 * never holds the value.
 */
public final class UnrepresentableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable PgType type;

    public UnrepresentableException(PgType type, String why) {
        super("type " + type.name() + ": " + why);
        this.type = type;
    }

    /** From a parser, which knows not of which type its text is; without a stack trace, for {@link #of} gives it one. */
    UnrepresentableException(String why) {
        super(why, null, false, false);
        this.type = null;
    }

    /** This, with the type named; an array's element keeps its own. */
    UnrepresentableException of(PgType named) {
        return type == null ? new UnrepresentableException(named, String.valueOf(getMessage())) : this;
    }

    /** Text that PostgreSQL does not print for the type. */
    static UnrepresentableException malformed() {
        return new UnrepresentableException("the text is not one that PostgreSQL prints for it");
    }

    /** Bytes that PostgreSQL does not send for the type. */
    static UnrepresentableException malformedBinary() {
        return new UnrepresentableException("the bytes are not ones that PostgreSQL sends for it in binary");
    }
}
