package io.walwire.event;

/**
 * PostgreSQL's {@code interval}: months, days and microseconds kept apart, because a month has no fixed number of days and
 * a day no fixed number of hours. (PostgreSQL manual, "Interval Input".)
 *
 * @param months years and months, in months
 * @param days days
 * @param microseconds hours, minutes, seconds and fractions, in microseconds
 */
public record Interval(int months, int days, long microseconds) {
    /** {@code infinity}, PostgreSQL 17 and later; held as PostgreSQL holds it, all three at their largest. */
    public static final Interval INFINITY = new Interval(Integer.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE);

    /** {@code -infinity}, PostgreSQL 17 and later; held as PostgreSQL holds it, all three at their smallest. */
    public static final Interval NEGATIVE_INFINITY = new Interval(Integer.MIN_VALUE, Integer.MIN_VALUE, Long.MIN_VALUE);

    /** ISO 8601, such as {@code P1Y2M3DT4H5M6.789S}; parts may be negative; {@code PT0S} for nothing. */
    @Override
    public String toString() {
        if (equals(INFINITY)) {
            return "infinity";
        }
        if (equals(NEGATIVE_INFINITY)) {
            return "-infinity";
        }
        StringBuilder iso = new StringBuilder("P");
        part(iso, months / 12, 'Y');
        part(iso, months % 12, 'M');
        part(iso, days, 'D');
        if (microseconds != 0 || iso.length() == 1) {
            iso.append('T');
            part(iso, microseconds / 3_600_000_000L, 'H');
            part(iso, microseconds / 60_000_000L % 60, 'M');
            seconds(iso, microseconds % 60_000_000L);
        }
        return iso.toString();
    }

    private static void part(StringBuilder iso, long amount, char unit) {
        if (amount != 0) {
            iso.append(amount).append(unit);
        }
    }

    private static void seconds(StringBuilder iso, long micros) {
        if (micros == 0 && iso.charAt(iso.length() - 1) != 'T') {
            return;
        }
        if (micros < 0) {
            iso.append('-');
        }
        long magnitude = Math.abs(micros);
        iso.append(magnitude / 1_000_000);
        long fraction = magnitude % 1_000_000;
        if (fraction != 0) {
            String digits = Long.toString(1_000_000 + fraction).substring(1);
            int end = digits.length();
            while (digits.charAt(end - 1) == '0') {
                end--;
            }
            iso.append('.').append(digits, 0, end);
        }
        iso.append('S');
    }
}
