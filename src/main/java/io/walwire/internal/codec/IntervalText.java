package io.walwire.internal.codec;

import io.walwire.event.Interval;

/** PostgreSQL's text of an interval in IntervalStyle postgres: {@code 1 year 2 mons -3 days +04:05:06.789}. */
final class IntervalText {
    private IntervalText() {}

    static Interval interval(byte[] bytes, int from, int to) {
        if (Ascii.equals(bytes, from, to, "infinity")) {
            return Interval.INFINITY;
        }
        if (Ascii.equals(bytes, from, to, "-infinity")) {
            return Interval.NEGATIVE_INFINITY;
        }
        try {
            return parts(bytes, from, to);
        } catch (ArithmeticException overflow) {
            throw new UnrepresentableException("a part is beyond the type's range");
        }
    }

    private static Interval parts(byte[] bytes, int from, int to) {
        int months = 0;
        int days = 0;
        int at = from;
        while (at < to) {
            int end = endOfWord(bytes, at, to);
            if (end == to) {
                return new Interval(months, days, timeOfDay(bytes, at, to));
            }
            int amount = amount(bytes, at, end);
            int unit = end + 1;
            end = endOfWord(bytes, unit, to);
            if (isUnit(bytes, unit, end, "year")) {
                months = Math.addExact(months, Math.multiplyExact(amount, 12));
            } else if (isUnit(bytes, unit, end, "mon")) {
                months = Math.addExact(months, amount);
            } else if (isUnit(bytes, unit, end, "day")) {
                days = Math.addExact(days, amount);
            } else {
                throw UnrepresentableException.malformed();
            }
            at = end + 1;
        }
        if (at == from || at == to) {
            throw UnrepresentableException.malformed();
        }
        return new Interval(months, days, 0);
    }

    private static int endOfWord(byte[] bytes, int from, int to) {
        int space = Ascii.indexOf(bytes, from, to, ' ');
        return space < 0 ? to : space;
    }

    private static boolean isUnit(byte[] bytes, int from, int to, String singular) {
        int length = singular.length();
        return Ascii.startsWith(bytes, from, to, singular)
                && (to - from == length || (to - from == length + 1 && bytes[to - 1] == 's'));
    }

    private static int amount(byte[] bytes, int from, int to) {
        int first = from < to && bytes[from] == '+' ? from + 1 : from;
        return (int) NumberText.integer(bytes, first, to, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /** One sign for all of {@code -04:05:06.789}; hours of any number. */
    private static long timeOfDay(byte[] bytes, int from, int to) {
        boolean negative = bytes[from] == '-';
        int first = negative || bytes[from] == '+' ? from + 1 : from;
        int colon = Ascii.indexOf(bytes, first, to, ':');
        if (colon < first + 2 || to - colon < 6 || bytes[colon + 3] != ':') {
            throw UnrepresentableException.malformed();
        }
        long hours = NumberText.integer(bytes, first, colon, 0, Long.MAX_VALUE);
        int minutes = Ascii.twoDigits(bytes, colon + 1, to);
        int seconds = Ascii.twoDigits(bytes, colon + 4, to);
        if (minutes > 59 || seconds > 59) {
            throw UnrepresentableException.malformed();
        }
        long rest = (minutes * 60L + seconds) * 1_000_000 + TimeText.fraction(bytes, colon + 6, to);
        // the sign before the sum, because the smallest interval has no positive counterpart
        long signedHours = Math.multiplyExact(negative ? -hours : hours, 3_600_000_000L);
        return Math.addExact(signedHours, negative ? -rest : rest);
    }
}
