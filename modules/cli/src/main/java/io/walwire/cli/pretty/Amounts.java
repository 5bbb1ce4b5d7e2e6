package io.walwire.cli.pretty;

import java.time.Duration;
import java.util.Locale;

/** Rows, bytes and times as a person reads them. */
public final class Amounts {
    private static final int KILO = 1000;
    private static final String PREFIXES = "kMGTPE";
    private static final long SECONDS_PER_MINUTE = 60;
    private static final long SECONDS_PER_HOUR = 3600;

    private Amounts() {}

    /** A number with commas between its thousands. */
    public static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** {@code 1 row}, {@code 1,234 rows}. */
    public static String rows(long number) {
        return count(number) + (number == 1 ? " row" : " rows");
    }

    /** {@code 56 B}, {@code 12.3 MB}. */
    public static String bytes(long number) {
        double left = number;
        int prefix = -1;
        while (left >= KILO && prefix < PREFIXES.length() - 1) {
            left /= KILO;
            prefix++;
        }
        return prefix < 0 ? number + " B" : String.format(Locale.ROOT, "%.1f %sB", left, PREFIXES.charAt(prefix));
    }

    /** {@code 4 s}, {@code 3 min}, {@code 2 h}: rounded up. */
    public static String time(Duration duration) {
        long seconds = Math.max(1, duration.plusMillis(999).toSeconds());
        if (seconds < 2 * SECONDS_PER_MINUTE) {
            return seconds + " s";
        }
        return seconds < 2 * SECONDS_PER_HOUR
                ? roundedUp(seconds, SECONDS_PER_MINUTE) + " min"
                : roundedUp(seconds, SECONDS_PER_HOUR) + " h";
    }

    private static long roundedUp(long seconds, long unit) {
        return (seconds + unit - 1) / unit;
    }
}
