package io.walwire.cli.pretty;

import io.walwire.internal.text.Printable;

/** Text of a database for a terminal: short, on one line, and without anything that a terminal would obey. */
final class VisibleText {
    private static final int MAX_CHARACTERS = 100;

    private VisibleText() {}

    /** The text, escaped as in Java where it cannot be seen, and shortened where it is long. */
    static String of(String text) {
        int length = text.codePointCount(0, text.length());
        boolean isLong = length > MAX_CHARACTERS;
        if (!isLong) {
            return Printable.of(text);
        }
        String start = text.substring(0, text.offsetByCodePoints(0, MAX_CHARACTERS));
        return Printable.of(start) + "… (" + length + " characters)";
    }
}
