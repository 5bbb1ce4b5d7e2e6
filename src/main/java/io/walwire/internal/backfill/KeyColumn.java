package io.walwire.internal.backfill;

/**
 * A column of a key.
 *
 * @param name its name
 * @param type its type in SQL, with its schema where PostgreSQL needs it
 * @param position where it stands among the columns that are sent
 * @param operators the schema of the operators that compare the type's values; not pg_catalog for types of extensions
 * @param exact whether a value has one text, or one form, alone
 */
public record KeyColumn(String name, String type, int position, String operators, boolean exact) {
    static final String BUILT_IN = "pg_catalog";

    /** A column whose type has built-in operators. */
    public KeyColumn(String name, String type, int position) {
        this(name, type, position, BUILT_IN, true);
    }
}
