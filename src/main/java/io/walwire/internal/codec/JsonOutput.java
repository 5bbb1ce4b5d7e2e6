package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * JSON under construction, as bytes of UTF-8. The last byte shows whether a comma goes before a name or an element, since no value
 * ends with an opening bracket.
 */
public final class JsonOutput extends TextOutput {
    /** What is kept of the buffer for the next text. */
    private static final int KEPT_BYTES = 16 << 10;

    private static final byte[] HEX = "0123456789ABCDEF".getBytes(ISO_8859_1);
    private static final byte[] BASE64 =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".getBytes(ISO_8859_1);

    /** What follows the backslash, for each character of ASCII; 0 for one that stands for itself. */
    private static final byte[] ESCAPES = escapes();

    /** A one in each of eight bytes. */
    private static final long EACH = 0x0101_0101_0101_0101L;

    private final TextOutput scratch = new TextOutput(0);

    /** For many texts, one after the other. */
    public JsonOutput() {
        super(KEPT_BYTES);
    }

    private JsonOutput(int expected) {
        super(expected);
    }

    private static byte[] escapes() {
        byte[] escapes = new byte[128];
        Arrays.fill(escapes, 0, ' ', (byte) 'u');
        String named = "\b\f\n\r\t\"\\";
        for (int i = 0; i < named.length(); i++) {
            escapes[named.charAt(i)] = (byte) "bfnrt\"\\".charAt(i);
        }
        return escapes;
    }

    /** A name for {@link #name(byte[])}. */
    public static byte[] encodedName(String name) {
        JsonOutput out = new JsonOutput(name.length() + 3);
        out.string(name);
        out.put(':');
        return out.toBytes();
    }

    /** Empty again before the next value that needs a text in between. */
    TextOutput scratch(long most) {
        scratch.clear(KEPT_BYTES);
        scratch.limit(most);
        return scratch;
    }

    /** The text since the last one. */
    public String end() {
        String text = new String(bytes(), 0, length(), UTF_8);
        forget();
        return text;
    }

    /** Writes the text since the last one, in one call. */
    public void end(OutputStream to) throws IOException {
        try {
            to.write(bytes(), 0, length());
        } finally {
            forget();
        }
    }

    /** Keeps no buffer of a large text, since the next one may come late or never. */
    private void forget() {
        clear(KEPT_BYTES);
        scratch.clear(KEPT_BYTES);
    }

    /** What was written since the text had this length, in a new array. */
    public byte[] since(int from) {
        return Arrays.copyOfRange(bytes(), from, length());
    }

    /** A field's name, as {@link #encodedName} made it. */
    public JsonOutput name(byte[] encoded) {
        separate('{');
        put(encoded, 0, encoded.length);
        return this;
    }

    /** A field's name. */
    public JsonOutput name(String name) {
        separate('{');
        string(name);
        put(':');
        return this;
    }

    /** Goes before each element of an array. */
    public JsonOutput element() {
        separate('[');
        return this;
    }

    private void separate(char opening) {
        if (bytes()[length() - 1] != opening) {
            put(',');
        }
    }

    /** Begins an object. */
    public void beginObject() {
        put('{');
    }

    /** Ends an object. */
    public void endObject() {
        put('}');
    }

    /** Begins an array. */
    public void beginArray() {
        put('[');
    }

    /** Ends an array. */
    public void endArray() {
        put(']');
    }

    /** JSON as it is. */
    public void raw(byte[] json) {
        put(json, 0, json.length);
    }

    /** A number. */
    public void number(long number) {
        putLong(number);
    }

    /** A boolean. */
    public void bool(boolean value) {
        put(value ? "true" : "false");
    }

    /** JSON's null. */
    public void nothing() {
        put("null");
    }

    /** A string; null for JSON's null. */
    public void string(@Nullable String text) {
        if (text == null) {
            nothing();
        } else {
            byte[] utf8 = text.getBytes(UTF_8);
            string(utf8, 0, utf8.length);
        }
    }

    /** A string, of bytes in UTF-8; what is none, which a database of encoding SQL_ASCII may hold, is replaced. */
    void string(byte[] utf8, int offset, int count) {
        if (isPlain(utf8, offset, offset + count)) {
            room(Math.addExact(count, 2));
            put('"').put(utf8, offset, count);
            put('"');
        } else if (Utf8.isValid(utf8, offset, offset + count)) {
            escaped(utf8, offset, offset + count);
        } else {
            byte[] replaced = Utf8.replaced(utf8, offset, count);
            escaped(replaced, 0, replaced.length);
        }
    }

    private void escaped(byte[] utf8, int offset, int to) {
        put('"');
        int from = offset;
        for (int at = from; at < to; at++) {
            byte b = utf8[at];
            if (b >= 0 && ESCAPES[b] != 0) {
                put(utf8, from, at - from);
                putEscape(b);
                from = at + 1;
            }
        }
        put(utf8, from, to - from);
        put('"');
    }

    private void putEscape(byte escaped) {
        byte escape = ESCAPES[escaped];
        put('\\').put((char) escape);
        if (escape == 'u') {
            put("00").put((char) HEX[escaped >> 4]).put((char) HEX[escaped & 15]);
        }
    }

    /** Whether all is ASCII and nothing is escaped, which is true of most texts. */
    private static boolean isPlain(byte[] utf8, int from, int to) {
        int at = from;
        for (; to - at >= Long.BYTES; at += Long.BYTES) {
            if (!isPlain((long) Utf8.LONGS.get(utf8, at))) {
                return false;
            }
        }
        while (at < to && utf8[at] >= 0 && ESCAPES[utf8[at]] == 0) {
            at++;
        }
        return at == to;
    }

    /** Eight bytes at once: a difference has a high bit where a byte is below a space, or is a quote or a backslash. */
    private static boolean isPlain(long eight) {
        long quote = eight ^ (EACH * '"');
        long backslash = eight ^ (EACH * '\\');
        long found = (eight - EACH * ' ') | (quote - EACH) | (backslash - EACH) | eight;
        return (found & Utf8.HIGH_BITS) == 0;
    }

    /** Valid JSON without the white space outside its strings. */
    void minified(byte[] json, int offset, int count) {
        room(count);
        int minified = JsonText.minify(json, offset, offset + count, bytes(), length());
        if (Utf8.isValid(bytes(), length(), length() + minified)) {
            grow(minified);
        } else {
            raw(Utf8.replaced(bytes(), length(), minified));
        }
    }

    /** Bytes as a string in base64. */
    public void base64(byte[] from) {
        base64(from, 0, from.length);
    }

    /** The value of PostgreSQL's text of bytea as a string in base64. */
    void base64OfBytea(byte[] text, int from, int to) {
        int most = BytesText.mostBytes(text, from, to);
        long encoded = encodedLength(most);
        room(Math.toIntExact(encoded + most));
        // the value lies behind what is made of it
        int value = Math.toIntExact(length() + encoded);
        int count = BytesText.bytea(text, from, to, bytes(), value);
        base64(bytes(), value, count);
    }

    /** With both quotes. */
    private static long encodedLength(int count) {
        return (count + 2L) / 3 * 4 + 2;
    }

    void base64(byte[] from, int offset, int count) {
        room(Math.toIntExact(encodedLength(count)));
        put('"');
        byte[] into = bytes();
        int at = length();
        for (int i = offset; i < offset + count; i += 3) {
            int left = offset + count - i;
            int bits = (from[i] & 0xff) << 16
                    | (left > 1 ? (from[i + 1] & 0xff) << 8 : 0)
                    | (left > 2 ? from[i + 2] & 0xff : 0);
            into[at] = BASE64[bits >> 18];
            into[at + 1] = BASE64[bits >> 12 & 63];
            into[at + 2] = left > 1 ? BASE64[bits >> 6 & 63] : (byte) '=';
            into[at + 3] = left > 2 ? BASE64[bits & 63] : (byte) '=';
            at += 4;
        }
        grow(at - length());
        put('"');
    }
}
