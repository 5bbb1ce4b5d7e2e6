package io.walwire.event;

import java.util.HexFormat;
import java.util.Locale;

/**
 * A position in PostgreSQL's write-ahead log: an unsigned 64-bit byte offset, printed as PostgreSQL's {@code pg_lsn}
 * prints it. (PostgreSQL manual, "pg_lsn Type".)
 *
 * @param value the offset; compare it as unsigned, which {@link #compareTo} does
 */
public record Lsn(long value) implements Position {
    /** {@code 0/0}, which PostgreSQL uses for "no position". */
    public static final Lsn ZERO = new Lsn(0);

    /**
     * Reads {@code 16/B374D848}.
     *
     * @param text two hexadecimal numbers of up to eight digits with a slash between
     * @return the position
     * @throws IllegalArgumentException if the text is anything else
     */
    public static Lsn parse(String text) {
        int slash = text.indexOf('/');
        try {
            return new Lsn(half(text, 0, slash) << 32 | half(text, slash + 1, text.length()));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("Not an LSN: \"" + text + "\"; it looks like 16/B374D848", e);
        }
    }

    private static long half(String text, int from, int to) {
        if (to <= from || to - from > 8) {
            throw new NumberFormatException("One to eight digits expected");
        }
        // not Integer.parseUnsignedInt, which takes a sign and the digits of every script
        return HexFormat.fromHexDigitsToLong(text, from, to);
    }

    @Override
    public String toString() {
        return text(value);
    }

    static String text(long position) {
        return Long.toHexString(position >>> 32).toUpperCase(Locale.ROOT)
                + '/'
                + Long.toHexString(position & 0xFFFF_FFFFL).toUpperCase(Locale.ROOT);
    }
}
