package io.walwire.error;

import org.jspecify.annotations.Nullable;

/**
 * A value cannot be read as asked. The row stays usable: {@link #text()} holds PostgreSQL's own text if there is one,
 * and {@code Row.text(column)} never throws for this reason.
 */
public final class ValueException extends WalwireException {
    private static final long serialVersionUID = 1L;

    /** Why the value cannot be read. */
    public enum Reason {
        /** The table has no such column. */
        UNKNOWN_COLUMN,
        /** PostgreSQL did not send the value: an unchanged TOASTed value, or a column outside the replica identity. */
        NOT_SENT,
        /** The Java type asked for cannot hold this value, such as {@code 24:00:00} as a {@code LocalTime}. */
        NOT_REPRESENTABLE,
        /** SQL NULL was read as a primitive. */
        NULL
    }

    /** Why. */
    private final Reason reason;
    /** The table, with its schema. */
    private final String table;
    /** The name of the column. */
    private final String column;
    /** Null where the column is unknown. */
    private final @Nullable String type;
    /** Null if there is none. */
    private final @Nullable String text;

    /**
     * A value that cannot be read.
     *
     * @param reason why
     * @param table the table, with its schema
     * @param column the column
     * @param type the column's PostgreSQL type, null where the column is unknown
     * @param text PostgreSQL's text of the value, null if there is none
     * @param message what, where, and what to do, without the value
     */
    public ValueException(
            Reason reason, String table, String column, @Nullable String type, @Nullable String text, String message) {
        super(ErrorCode.VALUE, message);
        this.reason = reason;
        this.table = table;
        this.column = column;
        this.type = type;
        this.text = text;
    }

    /**
     * Why the value cannot be read.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /**
     * The table, with its schema.
     *
     * @return for example {@code public.user}
     */
    public String table() {
        return table;
    }

    /**
     * The column that was asked for.
     *
     * @return its name
     */
    public String column() {
        return column;
    }

    /**
     * The column's type.
     *
     * @return {@code pg_type.typname}, or null where the column is unknown
     */
    public @Nullable String type() {
        return type;
    }

    /**
     * The value as PostgreSQL prints it. It is not part of the message, so that logs hold no values.
     *
     * @return the text, or null if there is none
     */
    public @Nullable String text() {
        return text;
    }
}
