package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The hstore extension's text: {@code "a"=>"1", "b"=>NULL}. */
final class HstoreText {
    private final byte[] bytes;
    private final int end;
    private int at;

    private HstoreText(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.at = offset;
        this.end = offset + length;
    }

    /** In the order in which PostgreSQL prints the pairs; unmodifiable. */
    static Map<String, @Nullable String> map(byte[] bytes, int offset, int length) {
        return Collections.unmodifiableMap(new HstoreText(bytes, offset, length).pairs());
    }

    private Map<String, @Nullable String> pairs() {
        Map<String, @Nullable String> pairs = new LinkedHashMap<>();
        while (at < end) {
            String key = string();
            skip("=>");
            pairs.put(key, value());
            if (at < end) {
                skip(", ");
                require(at < end);
            }
        }
        return pairs;
    }

    private @Nullable String value() {
        if (at < end && bytes[at] == '"') {
            return string();
        }
        skip("NULL");
        return null;
    }

    private String string() {
        skip("\"");
        int from = at;
        int to = Quoted.end(bytes, from, end);
        at = to + 1;
        return Quoted.isEscaped(bytes, from, to)
                ? new String(Quoted.unescape(bytes, from, to), UTF_8)
                : new String(bytes, from, to - from, UTF_8);
    }

    private void skip(String expected) {
        require(Ascii.startsWith(bytes, at, end, expected));
        at += expected.length();
    }

    private static void require(boolean wellFormed) {
        if (!wellFormed) {
            throw UnrepresentableException.malformed();
        }
    }
}
