package io.walwire.internal.backfill;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.pgoutput.TupleData;
import java.util.Arrays;

/**
 * Rows of COPY in text format, as the tuples that pgoutput would send. (PostgreSQL manual, "COPY", "Text Format".) The server sends
 * each row in a message of its own, and escapes line ends and tabs in values.
 */
final class CopyText {
    /** The kind byte and the length. */
    private static final int HEADER = 5;

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
                while (line[at] != '\t' && line[at] != '\n') {
                    byte next = line[at++];
                    out[end++] = next == '\\' ? unescaped(line[at++]) : next;
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

    private static void header(byte[] out, int valueStart, int length) {
        int at = valueStart - HEADER;
        out[at] = TupleData.TEXT;
        out[at + 1] = (byte) (length >>> 24);
        out[at + 2] = (byte) (length >>> 16);
        out[at + 3] = (byte) (length >>> 8);
        out[at + 4] = (byte) length;
    }

    private static WalwireException malformed(String what, byte[] line) {
        return new WalwireException(
                ErrorCode.PROTOCOL,
                "A row of COPY in text, " + line.length + " bytes long, " + what + ".",
                "Please report this with the server's version.");
    }
}
