package io.walwire.internal.text;

/**
 * The one place that makes text printable: what came from a database or a user, for a log line, a message or a terminal. Nothing in
 * the result breaks a line, commands a terminal or changes the direction of the text after it.
 */
public final class Printable {
    private static final int FIRST_VISIBLE = 0x20;
    private static final int DELETE = 0x7f;

    private Printable() {}

    /**
     * The text with escapes for the characters that are not visible. The escapes are those of JSON, so that a line of JSON keeps its
     * meaning.
     *
     * @param text any
     * @return the same text where all of it is visible
     */
    public static String of(String text) {
        int from = 0;
        StringBuilder shown = null;
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            int next = i + Character.charCount(point);
            if (!isVisible(point)) {
                shown = shown == null ? new StringBuilder(text.length() + 16) : shown;
                shown.append(text, from, i);
                escape(shown, text, i, next);
                from = next;
            }
            i = next;
        }
        return shown == null ? text : shown.append(text, from, text.length()).toString();
    }

    private static void escape(StringBuilder shown, String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> shown.append("\\n");
                case '\r' -> shown.append("\\r");
                case '\t' -> shown.append("\\t");
                default -> shown.append("\\u").append(hex(c, 4));
            }
        }
    }

    static String hex(int value, int digits) {
        String hex = Integer.toHexString(value);
        return "0".repeat(digits - hex.length()) + hex;
    }

    /** Formats change the direction of what follows, or join characters; surrogates are halves of nothing. */
    static boolean isVisible(int point) {
        if (point < DELETE) {
            return point >= FIRST_VISIBLE;
        }
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
