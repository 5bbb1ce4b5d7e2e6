package io.walwire.error;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What to do about an error, and the SQL that does it, apart from each other. Immutable.
 *
 * @param text sentences for people; the SQL continues them, as after {@code Run:}
 * @param sql statements to be run as they are by a role that may, each ending with a semicolon and maybe on lines of their own; fill in
 *     what is in angle brackets; null where SQL does not solve it
 */
public record Advice(String text, @Nullable String sql) {
    /**
     * Advice.
     *
     * @param text sentences for people
     * @param sql statements to be run as they are; null where SQL does not solve it
     */
    public Advice {
        Objects.requireNonNull(text, "text");
    }

    /**
     * Advice without SQL.
     *
     * @param text sentences for people
     * @return the advice
     */
    public static Advice of(String text) {
        return new Advice(text, null);
    }

    /**
     * The advice with the SQL at its end.
     *
     * @return one line, unless the text has several
     */
    @Override
    public String toString() {
        return sql == null ? text : text + " " + sql.strip().replace('\n', ' ');
    }
}
