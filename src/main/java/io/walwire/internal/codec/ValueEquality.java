package io.walwire.internal.codec;

/** Texts of values that are the same wherever PostgreSQL holds the values equal, in time proportional to their length. */
public final class ValueEquality {
    private ValueEquality() {}

    /** Of a {@code numeric} or a float: numbers are equal whatever their scale, zero whatever its sign. */
    public static String number(String text) {
        int end = text.length();
        boolean plain = end > 0 && Character.isDigit(text.charAt(end - 1)) && text.indexOf('e') < 0;
        if (!plain) {
            return text; // NaN and the infinities, and a float that has one text alone
        }
        if (text.indexOf('.') >= 0) {
            while (text.charAt(end - 1) == '0') {
                end--;
            }
            end -= text.charAt(end - 1) == '.' ? 1 : 0;
        }
        String number = text.substring(0, end);
        return number.equals("-0") ? "0" : number;
    }

    /** Of a {@code char(n)}: blanks at its end mean nothing. */
    public static String padded(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
            end--;
        }
        return text.substring(0, end);
    }
}
