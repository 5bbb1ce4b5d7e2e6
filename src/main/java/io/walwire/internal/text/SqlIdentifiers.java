package io.walwire.internal.text;

/** Identifiers for SQL text. */
public final class SqlIdentifiers {
    private SqlIdentifiers() {}

    /**
     * The identifier in double quotes. Always quoted, so that no reserved word, no case folding and no injection is possible.
     *
     * @throws IllegalArgumentException for what PostgreSQL cannot hold as a name
     */
    public static String quote(String identifier) {
        if (identifier.isEmpty()) {
            throw new IllegalArgumentException("an SQL identifier cannot be empty");
        }
        SqlLiterals.refuseZero(identifier);
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }
}
