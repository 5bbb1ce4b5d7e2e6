package io.walwire.internal.text;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The one place that makes text printable: what came from a database or a user, for a log line, a message or a terminal. Nothing in
 * the result breaks a line, commands a terminal or changes the direction of the text after it.
 */
public final class Printable {
    private static final int FIRST_VISIBLE = 0x20;
    private static final int DELETE = 0x7f;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    /** A one in each of eight bytes. */
    private static final long EACH = 0x0101_0101_0101_0101L;

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

    /**
     * Whether {@link #of} would change nothing of a text, as far as that is seen at once: true only if all is ASCII.
     *
     * @param utf8 holds the text
     * @param length its bytes, from the first on
     * @return false also for a visible text that has other characters
     */
    public static boolean isVisibleAscii(byte[] utf8, int length) {
        int at = 0;
        for (; length - at >= Long.BYTES; at += Long.BYTES) {
            long eight = (long) LONGS.get(utf8, at);
            // each has a high bit where a byte is below a space, is DELETE, or is no ASCII
            if (((eight - EACH * FIRST_VISIBLE | eight + EACH | eight) & (EACH << 7)) != 0) {
                return false;
            }
        }
        while (at < length && utf8[at] >= FIRST_VISIBLE && utf8[at] != DELETE) {
            at++;
        }
        return at == length;
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
