package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.SerializableString;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Valid JSON that goes to the output as it is, but for white space outside its strings: from PostgreSQL's bytes into
 * Jackson's buffer, without a String in between.
 */
final class RawJson implements SerializableString {
    /** What Jackson takes for "does not fit". */
    private static final int NO_ROOM = -1;

    private final byte[] bytes;
    private final int offset;
    private final int length;

    RawJson(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
    }

    @Override
    public int appendUnquotedUTF8(byte[] buffer, int at) {
        return buffer.length - at < length ? NO_ROOM : JsonText.minify(bytes, offset, offset + length, buffer, at);
    }

    @Override
    public byte[] asUnquotedUTF8() {
        byte[] minified = new byte[length];
        return Arrays.copyOf(minified, JsonText.minify(bytes, offset, offset + length, minified, 0));
    }

    @Override
    public int appendUnquoted(char[] buffer, int at) {
        return NO_ROOM;
    }

    @Override
    public String getValue() {
        return new String(asUnquotedUTF8(), UTF_8);
    }

    @Override
    public int charLength() {
        return getValue().length();
    }

    @Override
    public int writeUnquotedUTF8(OutputStream out) throws IOException {
        byte[] minified = asUnquotedUTF8();
        out.write(minified);
        return minified.length;
    }

    @Override
    public int putUnquotedUTF8(ByteBuffer buffer) {
        byte[] minified = asUnquotedUTF8();
        if (buffer.remaining() < minified.length) {
            return NO_ROOM;
        }
        buffer.put(minified);
        return minified.length;
    }

    @Override
    public char[] asQuotedChars() {
        throw neverQuoted();
    }

    @Override
    public byte[] asQuotedUTF8() {
        throw neverQuoted();
    }

    @Override
    public int appendQuotedUTF8(byte[] buffer, int at) {
        throw neverQuoted();
    }

    @Override
    public int appendQuoted(char[] buffer, int at) {
        throw neverQuoted();
    }

    @Override
    public int writeQuotedUTF8(OutputStream out) {
        throw neverQuoted();
    }

    @Override
    public int putQuotedUTF8(ByteBuffer buffer) {
        throw neverQuoted();
    }

    private static UnsupportedOperationException neverQuoted() {
        return new UnsupportedOperationException("JSON is written as it is, never as a string");
    }
}
