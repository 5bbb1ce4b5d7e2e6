package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/**
 * One text of a JSON value, to compare it by: without the white space outside its strings. It is made without recursion, so
 * that a value may be nested as deep as PostgreSQL lets it.
 */
public final class JsonForm {
    /** PostgreSQL orders the keys of jsonb by their length in bytes, then by the bytes. */
    private static final Comparator<String> JSONB_ORDER = Comparator.<String>comparingInt(
                    key -> key.getBytes(UTF_8).length)
            .thenComparing(key -> key.getBytes(UTF_8), Arrays::compareUnsigned);

    /** The most digits before and behind the point that PostgreSQL's numeric has. */
    private static final int MAX_DIGITS = 131_072 + 16_383;

    private final StringBuilder out = new StringBuilder();
    private final Deque<Level> levels = new ArrayDeque<>();

    private JsonForm() {}

    /**
     * The form of what PostgreSQL printed.
     *
     * @param text of a json or jsonb value
     */
    public static String ofPrinted(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted || !(c == ' ' || c == '\n' || c == '\t' || c == '\r')) {
                out.append(c);
            }
            if (c == '"') {
                quoted = !quoted;
            } else if (c == '\\' && i + 1 < text.length()) {
                // what follows a backslash never ends the string
                out.append(text.charAt(++i));
            }
        }
        return out.toString();
    }

    /**
     * Whether two values are alike but for white space outside strings, as PostgreSQL printed them.
     *
     * @param bytes hold one value
     * @param from its begin
     * @param to its end
     * @param others hold the other
     * @param othersFrom its begin
     * @param othersTo its end
     */
    public static boolean areAlike(byte[] bytes, int from, int to, byte[] others, int othersFrom, int othersTo) {
        byte[] one = new byte[to - from];
        byte[] other = new byte[othersTo - othersFrom];
        int length = JsonText.minify(bytes, from, to, one, 0);
        int otherLength = JsonText.minify(others, othersFrom, othersTo, other, 0);
        return Arrays.equals(one, 0, length, other, 0, otherLength);
    }

    /**
     * The form of what a user gave.
     *
     * @param text JSON
     * @param jsonb whether PostgreSQL would put it in the order and spelling of jsonb
     * @throws UnrepresentableException if it is not JSON, or jsonb cannot hold it
     */
    public static String ofGiven(String text, boolean jsonb) {
        byte[] bytes = text.getBytes(UTF_8);
        if (!JsonText.isValid(bytes, 0, bytes.length)) {
            throw UnrepresentableException.malformed();
        }
        if (!jsonb) {
            return ofPrinted(text);
        }
        try {
            return new JsonForm().jsonb(Json.read(bytes, 0, bytes.length));
        } catch (NumberFormatException | ArithmeticException beyondAnyNumber) {
            throw UnrepresentableException.malformed();
        }
    }

    /** A container that has begun; the keys of an array are empty. */
    private record Level(boolean isObject, Iterator<Map.Entry<String, JsonNode>> left) {}

    private String jsonb(JsonNode root) {
        value(root);
        while (!levels.isEmpty()) {
            Level level = levels.getLast();
            if (!level.left().hasNext()) {
                out.append(level.isObject() ? '}' : ']');
                levels.removeLast();
                continue;
            }
            Map.Entry<String, JsonNode> next = level.left().next();
            char last = out.charAt(out.length() - 1);
            if (last != '{' && last != '[') {
                out.append(',');
            }
            if (level.isObject()) {
                string(next.getKey());
                out.append(':');
            }
            value(next.getValue());
        }
        return out.toString();
    }

    private void value(JsonNode node) {
        if (node.isObject()) {
            Map<String, JsonNode> sorted = new TreeMap<>(JSONB_ORDER);
            node.properties().forEach(field -> sorted.put(field.getKey(), field.getValue()));
            begin('{', sorted.entrySet().iterator());
        } else if (node.isArray()) {
            Iterator<JsonNode> elements = node.elements();
            begin('[', new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return elements.hasNext();
                }

                @Override
                public Map.Entry<String, JsonNode> next() {
                    return Map.entry("", elements.next());
                }
            });
        } else if (node.isTextual()) {
            string(node.textValue());
        } else if (node.isNumber()) {
            number(node.decimalValue());
        } else {
            out.append(node.asText());
        }
    }

    private void begin(char bracket, Iterator<Map.Entry<String, JsonNode>> content) {
        out.append(bracket);
        levels.addLast(new Level(bracket == '{', content));
    }

    private void number(BigDecimal number) {
        long digits = Math.max((long) number.precision() - number.scale(), number.scale());
        if (digits > MAX_DIGITS) {
            throw UnrepresentableException.malformed();
        }
        out.append(number.toPlainString());
    }

    /** As PostgreSQL's escape_json. */
    private void string(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int named = "\b\f\n\r\t\"\\".indexOf(c);
            if (named >= 0) {
                out.append('\\').append("bfnrt\"\\".charAt(named));
            } else if (c < ' ') {
                out.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 0xf, 16));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
