package io.walwire.internal.backfill;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.pgoutput.TupleData;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Rows of COPY in text format, as the tuples that pgoutput would send. (PostgreSQL manual, "COPY", "Text Format".) The server sends
 * each row in a message of its own, and escapes line ends and tabs in values.
 */
final class CopyText {
    /** The kind byte and the length. */
    private static final int HEADER = 5;

    private static final VarHandle LENGTH = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    /** Eight bytes are compared at once: a loop over single bytes takes a third of the time that reading a row takes here. */
    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long TABS = ONES * '\t';
    private static final long LINE_ENDS = ONES * '\n';
    private static final long BACKSLASHES = ONES * '\\';

    private CopyText() {}

    /**
     * One row.
     *
     * @param line the message
     * @param columns how many columns it has
     * @return the tuple, over bytes of its own
     */
    static TupleData row(byte[] line, int columns) {
        if (line.length == 0 || line[line.length - 1] != '\n') {
            throw malformed("does not end with its line", line);
        }
        // each value is followed by one byte, in place of which it gets a header
        byte[] out = new byte[columns == 0 ? 0 : line.length + (HEADER - 1) * columns];
        int at = 0;
        int end = 0;
        for (int i = 0; i < columns; i++) {
            if (isNull(line, at)) {
                out[end++] = TupleData.NULL;
                at += 2;
            } else {
                int start = end + HEADER;
                end = start;
                while (true) {
                    int stop = nextSpecial(line, at);
                    System.arraycopy(line, at, out, end, stop - at);
                    end += stop - at;
                    at = stop;
                    if (line[at] != '\\') {
                        break;
                    }
                    out[end++] = unescaped(line[at + 1]);
                    at += 2;
                }
                header(out, start, end - start);
            }
            boolean isLast = i == columns - 1;
            if (line[at] != (isLast ? '\n' : '\t') || (isLast && at != line.length - 1)) {
                throw malformed("does not have " + columns + " columns", line);
            }
            at++;
        }
        return new TupleData(end == out.length ? out : Arrays.copyOf(out, end), 0, columns);
    }

    private static boolean isNull(byte[] line, int at) {
        return line[at] == '\\' && line[at + 1] == 'N' && (line[at + 2] == '\t' || line[at + 2] == '\n');
    }

    private static byte unescaped(byte escaped) {
        return switch (escaped) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> 0x0B;
            default -> escaped;
        };
    }

    /** Where the next tab, line end or backslash is. A line ends with a line end. */
    private static int nextSpecial(byte[] line, int from) {
        int at = from;
        for (; at <= line.length - Long.BYTES; at += Long.BYTES) {
            long eight = (long) EIGHT_BYTES.get(line, at);
            long found = zeroBytes(eight ^ TABS) | zeroBytes(eight ^ LINE_ENDS) | zeroBytes(eight ^ BACKSLASHES);
            if (found != 0) {
                return at + Long.numberOfTrailingZeros(found) / Byte.SIZE;
            }
        }
        while (line[at] != '\t' && line[at] != '\n' && line[at] != '\\') {
            at++;
        }
        return at;
    }

    /** The highest bit of each byte that is zero; of higher bytes than the lowest of these, it may say too much. */
    private static long zeroBytes(long bytes) {
        return (bytes - ONES) & ~bytes & (ONES << 7);
    }

    private static void header(byte[] out, int valueStart, int length) {
        out[valueStart - HEADER] = TupleData.TEXT;
        LENGTH.set(out, valueStart - HEADER + 1, length);
    }

    private static WalwireException malformed(String what, byte[] line) {
        return new WalwireException(
                ErrorCode.PROTOCOL,
                "A row of COPY in text, " + line.length + " bytes long, " + what + ".",
                "Please report this with the server's version.");
    }
}
