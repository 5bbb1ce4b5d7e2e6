package io.walwire.benchmarks.micro;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Messages as pgoutput sends them, of a table with the columns of the wide workloads. */
final class Wire {
    static final int RELATION = 16_384;

    private static final String[] NAMES = {
        "id", "amount", "total", "name", "note", "price", "changed_at", "active", "ratio", "token"
    };
    static final int[] TYPES = {20, 23, 20, 25, 25, 1700, 1184, 16, 701, 2950};
    static final String[] VALUES = {
        "123456",
        "456",
        "1234560",
        "name of row 123456",
        "a note that is somewhat longer, for row 123456",
        "17636.57",
        "2026-01-02 03:04:05.678901+00",
        "t",
        "41152.333333333336",
        "b25ed9cf-f5b8-4b24-b7b3-5a1e2d3c4b5a"
    };

    private Wire() {}

    static byte[] relation() {
        return message(out -> {
            out.writeByte('R');
            out.writeInt(RELATION);
            string(out, "public");
            string(out, "wide");
            out.writeByte('d');
            out.writeShort(NAMES.length);
            for (int i = 0; i < NAMES.length; i++) {
                out.writeByte(i == 0 ? 1 : 0);
                string(out, NAMES[i]);
                out.writeInt(TYPES[i]);
                out.writeInt(-1);
            }
        });
    }

    static byte[] begin(long lsn) {
        return message(out -> {
            out.writeByte('B');
            out.writeLong(lsn);
            out.writeLong(0);
            out.writeInt(7);
        });
    }

    static byte[] insert() {
        return message(out -> {
            out.writeByte('I');
            out.writeInt(RELATION);
            out.writeByte('N');
            out.writeShort(VALUES.length);
            for (String value : VALUES) {
                byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                out.writeByte('t');
                out.writeInt(bytes.length);
                out.write(bytes);
            }
        });
    }

    /** The same row, as its types' send functions write it. */
    static byte[] binaryInsert() {
        HexFormat hex = HexFormat.of();
        byte[][] values = {
            ByteBuffer.allocate(8).putLong(123_456).array(),
            ByteBuffer.allocate(4).putInt(456).array(),
            ByteBuffer.allocate(8).putLong(1_234_560).array(),
            VALUES[3].getBytes(StandardCharsets.UTF_8),
            VALUES[4].getBytes(StandardCharsets.UTF_8),
            // three digits of base 10,000, of weight 1, positive, two decimal places: 1, 7636 and 5700
            hex.parseHex("000300010000000200011dd41644"),
            // microseconds since 2000
            ByteBuffer.allocate(8).putLong(820_638_245_678_901L).array(),
            {1},
            ByteBuffer.allocate(8).putDouble(41152.333333333336).array(),
            hex.parseHex(VALUES[9].replace("-", ""))
        };
        return message(out -> {
            out.writeByte('I');
            out.writeInt(RELATION);
            out.writeByte('N');
            out.writeShort(values.length);
            for (byte[] value : values) {
                out.writeByte('b');
                out.writeInt(value.length);
                out.write(value);
            }
        });
    }

    static byte[] commit(long lsn) {
        return message(out -> {
            out.writeByte('C');
            out.writeByte(0);
            out.writeLong(lsn);
            out.writeLong(lsn + 8);
            out.writeLong(0);
        });
    }

    private interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    private static byte[] message(Body body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            body.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void string(DataOutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.writeByte(0);
    }
}
