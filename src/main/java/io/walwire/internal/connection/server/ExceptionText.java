package io.walwire.internal.connection.server;

import io.walwire.internal.log.PrintableTrace;
import io.walwire.internal.text.Printable;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What a log line or an error message shows of an exception that is not ours: one line, and no value of a row where that can
 * be known. PostgreSQL writes values into the details of its errors, and the driver writes them into the text of a batch.
 */
public final class ExceptionText {
    private static final int MAX_CHARACTERS = 2_000;
    private static final int MAX_CAUSES = 20;
    private static final String INVALID_PARAMETER = "22023";

    private ExceptionText() {}

    /**
     * The class and the message.
     *
     * @param e what was thrown
     * @return one line
     */
    public static String of(Throwable e) {
        String message = message(e);
        String name = e.getClass().getName();
        return message == null ? name : name + ": " + message;
    }

    /**
     * The exception for a stack trace in the log, whose messages are those of {@link #of}.
     *
     * @param e what was thrown
     * @return a copy that holds the frames, the causes and what was suppressed
     */
    public static Throwable trace(Throwable e) {
        return PrintableTrace.of(e, ExceptionText::of);
    }

    private static @Nullable String message(Throwable e) {
        String own = e instanceof SQLException sql ? sqlMessage(sql) : raw(e);
        return own == null ? null : oneLine(withoutDetails(own, e));
    }

    /** A wrapper usually repeats the message of what it wraps. */
    private static String withoutDetails(String message, Throwable e) {
        String shown = message;
        Throwable cause = e.getCause();
        for (int i = 0; cause != null && i < MAX_CAUSES; i++, cause = cause.getCause()) {
            String said = cause instanceof SQLException ? raw(cause) : null;
            if (said != null && !said.isEmpty()) {
                shown = shown.replace(said, String.valueOf(sqlMessage((SQLException) cause)));
            }
        }
        return shown;
    }

    private static @Nullable String raw(Throwable e) {
        try {
            return e.getMessage();
        } catch (RuntimeException | Error broken) {
            return "(its message cannot be read)";
        }
    }

    /**
     * The message of a failed statement without what it says of rows.
     *
     * @param e what failed
     * @return the server's own message where it is the server's error
     */
    static @Nullable String sqlMessage(SQLException e) {
        if (e instanceof BatchUpdateException && e.getCause() instanceof SQLException cause) {
            // the driver shows the statement with its values
            return "a statement of the batch failed: " + sqlMessage(cause);
        }
        ServerErrorMessage server = e instanceof PSQLException driver ? driver.getServerErrorMessage() : null;
        String primary = server == null ? null : server.getMessage();
        return primary == null ? raw(e) : withoutValues(primary, e.getSQLState());
    }

    /**
     * The same of a statement of Walwire's own: what it calls an invalid parameter (22023) is a name or a setting, not a value of a
     * row. Other errors of class 22 are of row filters and of text that cannot be sent, which the walsender meets in rows.
     *
     * @param e what failed
     * @return the server's own message where it is the server's error
     */
    static @Nullable String ownMessage(SQLException e) {
        ServerErrorMessage server = e instanceof PSQLException driver ? driver.getServerErrorMessage() : null;
        String primary = server == null ? null : server.getMessage();
        return primary != null && INVALID_PARAMETER.equals(e.getSQLState()) ? primary : sqlMessage(e);
    }

    /** Errors of class 22 (data exception) quote the value that is at fault, with the quotes of the server's language. */
    private static String withoutValues(String primary, @Nullable String state) {
        return state != null && state.startsWith("22")
                ? "data exception, SQLSTATE " + state
                        + " (the server's message is left out: it may show values of rows)"
                : primary;
    }

    /**
     * The text without line breaks and other control characters, which could forge lines of a log or command a terminal.
     *
     * @param text any
     * @return one line, cut off where it is very long
     */
    public static String oneLine(String text) {
        return Printable.of(text.length() <= MAX_CHARACTERS ? text : text.substring(0, MAX_CHARACTERS) + "…");
    }
}
