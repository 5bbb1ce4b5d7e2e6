package io.walwire.cli.pretty;

/** Text of a database for a terminal: short, on one line, and without anything that a terminal would obey. */
final class VisibleText {
    private static final int MAX_CHARACTERS = 100;

    private VisibleText() {}

    /** The text, escaped as in Java where it cannot be seen, and shortened where it is long. */
    static String of(String text) {
        int length = text.codePointCount(0, text.length());
        boolean isLong = length > MAX_CHARACTERS;
        StringBuilder visible = new StringBuilder(Math.min(text.length(), MAX_CHARACTERS) + 16);
        text.codePoints().limit(isLong ? MAX_CHARACTERS : length).forEach(point -> append(visible, point));
        if (isLong) {
            visible.append("… (").append(length).append(" characters)");
        }
        return visible.toString();
    }

    private static void append(StringBuilder visible, int point) {
        switch (point) {
            case '\n' -> visible.append("\\n");
            case '\r' -> visible.append("\\r");
            case '\t' -> visible.append("\\t");
            default -> {
                if (isVisible(point)) {
                    visible.appendCodePoint(point);
                } else {
                    visible.append(String.format("\\u%04x", point));
                }
            }
        }
    }

    /** Formats turn the direction of what follows, or join characters; surrogates are halves of nothing. */
    private static boolean isVisible(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE -> false;
            default -> true;
        };
    }
}
