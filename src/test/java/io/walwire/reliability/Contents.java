package io.walwire.reliability;

import java.util.List;
import java.util.Random;

/** Texts that are hard to read for a reader that parses more than it is asked to. */
final class Contents {
    private static final int DIGITS = 100_000;
    private static final int DEPTH = 1_000;

    /** What PostgreSQL takes for JSON. */
    private static final List<String> JSON = List.of(
            "{\"n\":1e99999999999}",
            "{\"n\":-1e-99999999999}",
            "9".repeat(DIGITS),
            "{\"n\":0." + "1".repeat(DIGITS) + "}",
            "[".repeat(DEPTH) + "]".repeat(DEPTH),
            "{\"a\":".repeat(DEPTH) + "1" + "}".repeat(DEPTH),
            "{\"a\":1,\"a\":2}",
            "\"\\ud83d\"",
            "\"\\u0000\"",
            " \t\r\n{ } ");

    /** What it takes for text. */
    private static final List<String> TEXT = List.of(
            "\u0001\u0002\b\f\u001b[2J\u007f\u0085\u2028",
            "a\tb\r\nERROR: forged\n",
            "{\"n\":",
            "NaN",
            "~",
            "|",
            "\\N",
            "\ufeff\uffff\ud83d\ude00\u202e",
            "'; DROP TABLE account; --");

    private Contents() {}

    /** A valid JSON text. */
    static String json(Random random) {
        return JSON.get(random.nextInt(JSON.size()));
    }

    /** Any text. */
    static String text(Random random) {
        return random.nextBoolean() ? json(random) : TEXT.get(random.nextInt(TEXT.size()));
    }

    /** A number of very many digits. */
    static String number(Random random) {
        return (random.nextBoolean() ? "" : "-") + "9".repeat(1 + random.nextInt(DIGITS)) + "." + "5".repeat(1_000);
    }
}
