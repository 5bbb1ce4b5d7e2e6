package io.walwire.internal.codec;

import org.jspecify.annotations.Nullable;

/**
 * One text for all texts of a number that are equal: its digits without the zeros at both ends, and where the point is. Takes
 * time in proportion to the text, which may have a hundred thousand digits, and never writes out an exponent.
 */
final class NumberForm {
    /** Integers of up to so many zeros at their end are written out, as they are in Java. */
    private static final int MAX_ZEROS = 40;

    private NumberForm() {}

    /** The form; the text itself where it is no number, such as NaN. */
    static String of(String text) {
        int exponentAt = exponentAt(text);
        Long exponent = exponentAt < 0 ? Long.valueOf(0) : exponent(text, exponentAt + 1);
        if (exponent == null) {
            return text;
        }
        boolean negative = text.startsWith("-");
        int from = negative || text.startsWith("+") ? 1 : 0;
        StringBuilder digits = new StringBuilder(text.length());
        long behindPoint = -1;
        for (int i = from; i < (exponentAt < 0 ? text.length() : exponentAt); i++) {
            char c = text.charAt(i);
            if (c == '.' && behindPoint < 0) {
                behindPoint = 0;
            } else if (c < '0' || c > '9') {
                return text;
            } else {
                behindPoint += behindPoint < 0 ? 0 : 1;
                if (c != '0' || digits.length() > 0) {
                    digits.append(c);
                }
            }
        }
        return print(negative, digits, exponent - Math.max(0, behindPoint));
    }

    private static String print(boolean negative, StringBuilder digits, long scale) {
        int end = digits.length();
        if (end == 0) {
            return "0";
        }
        while (digits.charAt(end - 1) == '0') {
            end--;
        }
        long zeros = scale + digits.length() - end;
        digits.setLength(end);
        if (zeros > 0 && zeros <= MAX_ZEROS) {
            digits.append("0".repeat((int) zeros));
        } else if (zeros != 0) {
            digits.append('e').append(zeros);
        }
        return negative ? digits.insert(0, '-').toString() : digits.toString();
    }

    private static int exponentAt(String text) {
        int small = text.indexOf('e');
        return small >= 0 ? small : text.indexOf('E');
    }

    private static @Nullable Long exponent(String text, int from) {
        try {
            return (long) Integer.parseInt(text.substring(from));
        } catch (NumberFormatException none) {
            return null;
        }
    }
}
