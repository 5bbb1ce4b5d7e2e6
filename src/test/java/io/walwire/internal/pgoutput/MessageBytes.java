package io.walwire.internal.pgoutput;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Builds a message of pgoutput by hand, field by field. */
public final class MessageBytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** A column's value in a tuple: its kind byte, and of a text its bytes. */
    public record Cell(char kind, byte @Nullable [] value) {
        public static final Cell NULL = new Cell('n', null);

        /** An unchanged TOASTed value. */
        public static final Cell UNCHANGED = new Cell('u', null);

        public static Cell of(String text) {
            return new Cell('t', text.getBytes(StandardCharsets.UTF_8));
        }

        /** A value in binary, in hexadecimal. */
        public static Cell binary(String hex) {
            return new Cell('b', HexFormat.of().parseHex(hex));
        }
    }

    public static MessageBytes kind(char kind) {
        return new MessageBytes().int8(kind);
    }

    public MessageBytes int8(int value) {
        bytes.write(value);
        return this;
    }

    public MessageBytes int16(int value) {
        return int8(value >>> 8).int8(value);
    }

    public MessageBytes int32(int value) {
        return int16(value >>> 16).int16(value);
    }

    public MessageBytes int64(long value) {
        return int32((int) (value >>> 32)).int32((int) value);
    }

    /** With the zero byte that ends it. */
    public MessageBytes string(String text) {
        return raw(text.getBytes(StandardCharsets.UTF_8)).int8(0);
    }

    public MessageBytes raw(byte[] more) {
        bytes.writeBytes(more);
        return this;
    }

    public MessageBytes tuple(Cell... cells) {
        int16(cells.length);
        for (Cell cell : cells) {
            int8(cell.kind());
            byte[] value = cell.value();
            if (value != null) {
                int32(value.length).raw(value);
            }
        }
        return this;
    }

    /** A column of a relation. */
    public MessageBytes column(int flags, String name, int typeOid, int typeModifier) {
        return int8(flags).string(name).int32(typeOid).int32(typeModifier);
    }

    public byte[] toArray() {
        return bytes.toByteArray();
    }

    public PgOutputMessage decode() {
        byte[] array = toArray();
        return PgOutput.decode(array, 0, array.length);
    }
}
