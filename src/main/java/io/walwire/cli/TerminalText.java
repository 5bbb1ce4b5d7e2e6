package io.walwire.cli;

/**
 * Text that came from a database or a handler, for output that a terminal may show: nothing in it commands the terminal or reorders what
 * is shown.
 */
final class TerminalText {
    private static final int DELETE = 0x7f;
    private static final int LAST_CONTROL = 0x9f;

    private TerminalText() {}

    /**
     * A line of JSON that means the same. JSON escapes the control characters below the blank itself, and leaves those of eight
     * bits, which some terminals obey, and those that turn the direction of text.
     */
    static String json(String line) {
        return escape(line);
    }

    /** A message on one line. */
    static String line(String message) {
        return escape(message.strip().replaceAll("\\s*\\R\\s*", " "));
    }

    private static String escape(String text) {
        int from = 0;
        StringBuilder out = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isUnsafe(c)) {
                out = out == null ? new StringBuilder(text.length() + 16) : out;
                out.append(text, from, i).append("\\u").append(hex(c));
                from = i + 1;
            }
        }
        return out == null ? text : out.append(text, from, text.length()).toString();
    }

    private static String hex(char c) {
        String digits = Integer.toHexString(c);
        return "0".repeat(4 - digits.length()) + digits;
    }

    private static boolean isUnsafe(char c) {
        if (c < DELETE) {
            return c < ' ';
        }
        return c <= LAST_CONTROL
                || (c >= 0x2028 && c <= 0x202e)
                || (c >= 0x2066 && c <= 0x2069)
                || c == 0x200e
                || c == 0x200f;
    }
}
