package io.walwire.internal.backfill;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.pgoutput.TupleData;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Rows of COPY in binary format, as the tuples that pgoutput would send in binary. (PostgreSQL manual, "COPY", "Binary Format".)
 * Takes one message after another; the server ends none within a row.
 */
final class CopyBinary {
    private static final byte[] SIGNATURE = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0};
    private static final int HEADER = SIGNATURE.length + 8;

    private final int columns;
    private boolean begun;
    private boolean ended;

    /**
     * Rows of one COPY.
     *
     * @param columns how many columns each has
     */
    CopyBinary(int columns) {
        this.columns = columns;
    }

    /**
     * Takes a message.
     *
     * @param message the next one
     * @param rows gets each row in it, over bytes of its own
     */
    void accept(byte[] message, Consumer<TupleData> rows) {
        ByteBuffer in = ByteBuffer.wrap(message);
        if (!begun) {
            begin(message, in);
        }
        while (in.hasRemaining()) {
            if (ended || in.remaining() < 2) {
                throw malformed("has bytes that belong to no row", in);
            }
            int count = in.getShort();
            if (count == -1) {
                ended = true;
            } else if (count == columns) {
                rows.accept(row(message, in));
            } else {
                throw malformed("has a row of " + count + " columns in place of " + columns, in);
            }
        }
    }

    private void begin(byte[] message, ByteBuffer in) {
        if (in.remaining() < HEADER || !Arrays.equals(message, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length)) {
            throw malformed("does not begin with a header", in);
        }
        in.position(SIGNATURE.length + 4);
        int extension = in.getInt();
        if (extension < 0 || extension > in.remaining()) {
            throw malformed("has a header that is too long", in);
        }
        in.position(in.position() + extension);
        begun = true;
    }

    /** A NULL takes one byte in place of four, and a value one more. */
    private TupleData row(byte[] bytes, ByteBuffer in) {
        int from = in.position();
        int at = from;
        int size = 0;
        for (int i = 0; i < columns; i++) {
            if (bytes.length - at < 4) {
                throw malformed("ends within a row", in);
            }
            int length = in.getInt(at);
            at += 4;
            size += length < 0 ? 1 : 5 + length;
            if (length < -1 || length > bytes.length - at) {
                throw malformed("has a value that is too long", in);
            }
            at += Math.max(length, 0);
        }
        byte[] out = new byte[size];
        int end = 0;
        for (int i = 0; i < columns; i++) {
            int length = in.getInt();
            if (length < 0) {
                out[end++] = TupleData.NULL;
            } else {
                out[end] = TupleData.BINARY;
                System.arraycopy(bytes, in.position() - 4, out, end + 1, 4 + length);
                end += 5 + length;
                in.position(in.position() + length);
            }
        }
        return new TupleData(out, 0, columns);
    }

    private static WalwireException malformed(String what, ByteBuffer in) {
        return new WalwireException(
                ErrorCode.PROTOCOL,
                "A message of COPY in binary, " + in.limit() + " bytes long, " + what + ".",
                "Please report this with the server's version.");
    }
}
