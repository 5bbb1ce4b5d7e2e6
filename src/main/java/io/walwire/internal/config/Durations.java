package io.walwire.internal.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lengths of time as people write them. */
final class Durations {
    private static final Pattern SHORT = Pattern.compile("(\\d+)\\s*([a-zA-Z]*)");
    private static final Map<String, ChronoUnit> UNITS =
            Map.of("ms", ChronoUnit.MILLIS, "s", ChronoUnit.SECONDS, "m", ChronoUnit.MINUTES, "h", ChronoUnit.HOURS);
    private static final String FORMS = "a duration is written like 200ms, 5s, 2m, 1h, 0 or PT5S";

    /** So that nanoseconds fit a long everywhere. */
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

    private static final String TOO_LONG = "it is longer than 292 years";

    private Durations() {}

    /**
     * Reads {@code 200ms}, {@code 5s}, {@code 2m}, {@code 1h}, {@code 0} or ISO 8601's {@code PT5S}.
     *
     * @throws IllegalArgumentException with what is wrong and the nearest choice
     */
    static Duration parse(String text) {
        Duration duration;
        try {
            Matcher shortForm = SHORT.matcher(text);
            duration = shortForm.matches() ? shortForm(shortForm.group(1), shortForm.group(2)) : Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(FORMS, e);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(TOO_LONG, e);
        }
        if (duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(TOO_LONG);
        }
        if (duration.isNegative()) {
            throw new IllegalArgumentException("it must not be negative");
        }
        return duration;
    }

    private static Duration shortForm(String digits, String unitName) {
        ChronoUnit unit = UNITS.get(unitName);
        if (unit != null) {
            return Duration.of(number(digits), unit);
        }
        if (unitName.isEmpty() && number(digits) == 0) {
            return Duration.ZERO;
        }
        String why = unitName.isEmpty() ? "it has no unit" : unitName + " is not one of the units ms, s, m and h";
        String meant = unitName.isEmpty()
                ? " Did you mean " + digits + "s?"
                : Problems.didYouMean(digits, unitName, UNITS.keySet());
        throw new IllegalArgumentException(why + "; " + FORMS + "." + meant);
    }

    private static long number(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw (ArithmeticException) new ArithmeticException(digits).initCause(e);
        }
    }
}
