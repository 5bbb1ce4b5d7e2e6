package io.walwire.internal.config;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts of memory as people write them. */
final class ByteSizes {
    static final long KIB = 1024;
    static final long MIB = 1024 * KIB;

    private static final Pattern SIZE = Pattern.compile("(\\d+)\\s*([a-zA-Z]*)");
    private static final Map<String, Long> UNITS = Map.of("", 1L, "KiB", KIB, "MiB", MIB, "GiB", 1024 * MIB);
    private static final String FORMS = "a size is written like 64MiB, 512KiB, 1GiB or as a number of bytes";

    private ByteSizes() {}

    /**
     * Reads {@code 64MiB}, {@code 512KiB}, {@code 1GiB} or a plain number of bytes.
     *
     * @throws IllegalArgumentException with what is wrong and the nearest choice
     */
    static long parse(String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            throw new IllegalArgumentException(FORMS);
        }
        Long unit = UNITS.get(size.group(2));
        if (unit == null) {
            throw new IllegalArgumentException(size.group(2) + " is not one of the units KiB, MiB and GiB; " + FORMS
                    + "." + Problems.didYouMean(size.group(1), size.group(2), List.of("KiB", "MiB", "GiB")));
        }
        try {
            return Math.multiplyExact(Long.parseLong(size.group(1)), unit);
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("it is too large", e);
        }
    }
}
