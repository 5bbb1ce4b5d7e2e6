package io.walwire.kafka;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The fields of an object of JSON, each value as it is written. Nothing inside a value is read, so that it may hold what Jackson refuses:
 * numbers of any size, any depth, and names with half a surrogate pair.
 */
final class JsonFields {
    private final String json;
    private int at;

    private JsonFields(String json) {
        this.json = json;
    }

    /**
     * The fields.
     *
     * @return the values by name, in order; none if the JSON is no object. Of a name that comes twice the last value counts
     * @throws IllegalStateException perhaps, if this is not JSON: that is not checked
     */
    static Map<String, String> of(String json) {
        return new JsonFields(json).read();
    }

    private Map<String, String> read() {
        Map<String, String> fields = new LinkedHashMap<>();
        skipSpace();
        if (!isAt('{')) {
            return fields;
        }
        at++;
        for (skipSpace(); isAt('"'); skipSpace()) {
            String name = name();
            skipSpace();
            skip(1); // the colon
            skipSpace();
            int from = at;
            skipValue();
            fields.put(name, json.substring(from, at).stripTrailing());
            skip(1); // the comma, or the brace behind the last field
        }
        return fields;
    }

    private String name() {
        int from = at;
        skipText();
        String quoted = json.substring(from, at);
        return quoted.length() > 1 && quoted.indexOf('\\') < 0
                ? quoted.substring(1, quoted.length() - 1)
                : ExactJson.read(quoted).asText();
    }

    /** To the comma or the bracket that ends a value. */
    private void skipValue() {
        int depth = 0;
        while (at < json.length()) {
            char c = json.charAt(at);
            if (depth == 0 && (c == ',' || c == '}')) {
                return;
            } else if (c == '"') {
                skipText();
            } else {
                depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
                at++;
            }
        }
    }

    private void skipText() {
        skip(1);
        while (at < json.length() && !isAt('"')) {
            skip(isAt('\\') ? 2 : 1); // what follows a backslash never ends the text
        }
        skip(1);
    }

    private void skip(int characters) {
        at = Math.min(at + characters, json.length());
    }

    private void skipSpace() {
        while (at < json.length() && json.charAt(at) <= ' ') {
            at++;
        }
    }

    private boolean isAt(char c) {
        return at < json.length() && json.charAt(at) == c;
    }
}
