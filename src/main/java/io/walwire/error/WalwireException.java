package io.walwire.error;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The root of everything that Walwire throws: unchecked. It says what happened and where, and what to do; {@link ErrorCode} is for
 * programs. The message is all of it, with the code at its end: {@code what advice sql [CODE]}, or {@code [CODE SQLSTATE]} for an error of
 * the server. Messages never hold a password or a row's values.
 */
public class WalwireException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The kind. */
    private final ErrorCode code;

    /** One line. */
    private final String what;

    /** One line; null if there is none. */
    private final @Nullable String advice;

    /** Statements, with a line break where they have one; null if there are none. */
    private final @Nullable String sql;

    /** The server's code; null if it is no error of the server. */
    private final @Nullable String sqlState;

    /**
     * An error without a cause and without advice.
     *
     * @param code the kind
     * @param what what happened, and where
     */
    public WalwireException(ErrorCode code, String what) {
        this(code, what, (String) null, null);
    }

    /**
     * An error with its cause, without advice.
     *
     * @param code the kind
     * @param what what happened, and where
     * @param cause what was thrown beneath, or null
     */
    public WalwireException(ErrorCode code, String what, @Nullable Throwable cause) {
        this(code, what, null, cause);
    }

    /**
     * An error without a cause.
     *
     * @param code the kind
     * @param what what happened, and where
     * @param advice what to do; null or empty if nothing is known
     */
    public WalwireException(ErrorCode code, String what, @Nullable String advice) {
        this(code, what, advice, null);
    }

    /**
     * An error with its cause.
     *
     * @param code the kind
     * @param what what happened, and where
     * @param advice what to do; null or empty if nothing is known
     * @param cause what was thrown beneath, or null
     */
    public WalwireException(ErrorCode code, String what, @Nullable String advice, @Nullable Throwable cause) {
        this(code, null, what, advice == null ? null : Advice.of(advice), cause);
    }

    /**
     * An error whose advice may have SQL.
     *
     * @param code the kind
     * @param what what happened, and where
     * @param advice what to do
     */
    public WalwireException(ErrorCode code, String what, Advice advice) {
        this(code, null, what, advice, null);
    }

    /**
     * An error of the server.
     *
     * @param code the kind
     * @param sqlState the server's code; null or empty if there is none
     * @param what what happened, and where
     * @param advice what to do; null if nothing is known
     * @param cause what was thrown beneath, or null
     */
    public WalwireException(
            ErrorCode code,
            @Nullable String sqlState,
            String what,
            @Nullable Advice advice,
            @Nullable Throwable cause) {
        super(message(code, line(sqlState), OneLine.of(what), advice == null ? null : line(advice.toString())), cause);
        this.code = code;
        this.sqlState = line(sqlState);
        this.what = OneLine.of(what);
        this.advice = advice == null ? null : line(advice.text());
        this.sql = advice == null ? null : statements(advice.sql());
    }

    /** With several messages, one on each line. */
    WalwireException(ErrorCode code, List<String> messages) {
        super(messages.stream().map(OneLine::of).collect(Collectors.joining(System.lineSeparator())));
        this.code = code;
        this.what = String.valueOf(getMessage());
        this.advice = null;
        this.sql = null;
        this.sqlState = null;
    }

    private static @Nullable String line(@Nullable String text) {
        return text == null || text.isEmpty() ? null : OneLine.of(text);
    }

    private static @Nullable String statements(@Nullable String sql) {
        return sql == null || sql.isBlank()
                ? null
                : sql.strip().lines().map(OneLine::of).collect(Collectors.joining("\n"));
    }

    private static String message(ErrorCode code, @Nullable String sqlState, String what, @Nullable String advice) {
        return what + (advice == null ? "" : " " + advice) + " [" + code + (sqlState == null ? "" : " " + sqlState)
                + "]";
    }

    /**
     * The kind of the error.
     *
     * @return the code, never null
     */
    public ErrorCode code() {
        return code;
    }

    /**
     * What happened, and where: the message without advice, SQL and code.
     *
     * @return one line; of a {@link ConfigurationException} one for each problem
     */
    public String what() {
        return what;
    }

    /**
     * What to do.
     *
     * @return one line, which {@link #sql()} continues; null if it is part of {@link #what()}, or nothing is known
     */
    public @Nullable String advice() {
        return advice;
    }

    /**
     * The SQL that does what the advice says.
     *
     * @return statements as to be run, maybe on several lines; fill in what is in angle brackets; null if there are none
     */
    public @Nullable String sql() {
        return sql;
    }

    /**
     * What happened and what to do: the message without the code.
     *
     * @return as {@link #what()}, followed by {@link #advice()} and {@link #sql()} if there are any
     */
    public String explanation() {
        return what + (advice == null ? "" : " " + advice) + (sql == null ? "" : " " + sql.replace('\n', ' '));
    }

    /**
     * The server's code of an error of the server (PostgreSQL manual, appendix "PostgreSQL Error Codes").
     *
     * @return five characters; null if it is no error of the server
     */
    public @Nullable String sqlState() {
        return sqlState;
    }
}
