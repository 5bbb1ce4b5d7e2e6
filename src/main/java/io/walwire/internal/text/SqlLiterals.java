package io.walwire.internal.text;

/** String constants for SQL text. */
public final class SqlLiterals {
    private SqlLiterals() {}

    /**
     * The text as a string constant. One with a backslash becomes an {@code E''} constant, which reads the same whatever
     * {@code standard_conforming_strings} is set to.
     *
     * @throws IllegalArgumentException for a zero character, which PostgreSQL cannot hold
     */
    public static String quote(String text) {
        refuseZero(text);
        String doubled = text.replace("'", "''");
        return text.indexOf('\\') < 0 ? "'" + doubled + "'" : "E'" + doubled.replace("\\", "\\\\") + "'";
    }

    static void refuseZero(String text) {
        int at = text.indexOf('\0');
        if (at >= 0) {
            throw new IllegalArgumentException("PostgreSQL cannot hold the zero character at position " + (at + 1));
        }
    }
}
