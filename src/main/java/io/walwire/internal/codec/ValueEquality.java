package io.walwire.internal.codec;

/**
 * When two values of one type are the same value. Keys of rows, lanes and watches all follow this one rule.
 *
 * <p>Values are compared by their form: PostgreSQL's text without what PostgreSQL's {@code =} ignores. These are the scale of a
 * number and the sign of zero ({@code 1.0} and {@code 1.00}, {@code -0} and {@code 0}), the blanks at the end of a
 * {@code char(n)}, and the white space outside the strings of JSON. A domain follows its base type.
 *
 * <ul>
 *   <li>Equal forms are equal values, whatever the type. So two keys with equal forms certainly name one row.
 *   <li>Different forms are different values only where {@link #isExact} says so. Other types (citext, interval, enums, ranges,
 *       arrays, jsonb and types of extensions) may have several texts for one value. So two keys may name one row where the forms
 *       of their exact columns are equal, whatever the other columns hold.
 * </ul>
 *
 * <p>The collation of a text column is not known here. Under a nondeterministic one texts that differ may be equal for PostgreSQL.
 */
public final class ValueEquality {
    private static final int NAME = 19;
    private static final int TEXT = 25;
    private static final int CHAR_OF_LENGTH = 1042;
    private static final int VARCHAR = 1043;

    private ValueEquality() {}

    /**
     * The form of a value. Takes time in proportion to the length of the text.
     *
     * @param type the value's type
     * @param text PostgreSQL's text of it, or another text of the same value that PostgreSQL would read
     * @return the form, to be compared with other forms of the same type
     */
    public static String form(PgType type, String text) {
        return switch (type.kind()) {
            case NUMERIC, FLOAT4, FLOAT8 -> NumberForm.of(text);
            case JSON -> JsonForm.ofPrinted(text);
            case TEXT -> type.oid() == CHAR_OF_LENGTH ? withoutBlanksAtTheEnd(text) : text;
            default -> text;
        };
    }

    /** Whether values of a type with different forms are always different values. */
    public static boolean isExact(PgType type) {
        return switch (type.kind()) {
            case BOOL, INT2, INT4, INT8, OID, NUMERIC, FLOAT4, FLOAT8, UUID, BYTEA -> true;
            case DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> true;
            case TEXT -> isText(type.oid());
            case TIMETZ, INTERVAL, JSON, HSTORE, ARRAY -> false;
        };
    }

    /** Whether a type is text. Decided by OID, because a user's type may have the name of a built-in one. */
    private static boolean isText(long oid) {
        return oid == TEXT || oid == VARCHAR || oid == CHAR_OF_LENGTH || oid == NAME;
    }

    private static String withoutBlanksAtTheEnd(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
            end--;
        }
        return text.substring(0, end);
    }
}
