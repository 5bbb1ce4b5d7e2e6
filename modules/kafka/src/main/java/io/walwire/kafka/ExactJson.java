package io.walwire.kafka;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.walwire.internal.codec.JsonValues;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;

/** JSON of events as trees, with every digit of a number. */
final class ExactJson {
    /** What PostgreSQL holds as a value has no limit, and names in it may be chosen to harm the reader: the core's factory is made for both. */
    private static final ObjectMapper MAPPER = JsonMapper.builder(
                    JsonValues.factory().copy()) // features of a mapper are kept in its factory
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(
                    StreamReadFeature
                            .USE_FAST_BIG_NUMBER_PARSER) // the other's time grows with the square of a number's length
            .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE) // as the core escapes: equal keys have equal bytes
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private ExactJson() {}

    /**
     * Reads JSON.
     *
     * @throws IllegalStateException if Jackson does not read it; the message shows no value
     */
    static JsonNode read(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation(); // null where a limit is exceeded
            throw new IllegalStateException(
                    "JSON cannot be read" + (at == null ? "" : " at offset " + at.getCharOffset()));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IllegalStateException("JSON has a number whose exponent is too large");
        }
    }

    static String write(JsonNode tree) {
        try {
            return MAPPER.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("An event's JSON cannot be written");
        }
    }

    /** JSON that is written as it is. What a column holds may be too deep for a tree to be written: that takes a call for each level. */
    static JsonNode raw(String json) {
        return MAPPER.getNodeFactory().rawValueNode(new RawValue(json));
    }

    static byte[] bytes(JsonNode tree) {
        return write(tree).getBytes(StandardCharsets.UTF_8);
    }

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** A text as JSON. */
    static String text(String text) {
        return write(MAPPER.getNodeFactory().textNode(text));
    }

    /** Sorted by name, numbers without trailing zeros. A jsonb may be deeper than the stack of calls, so what is left is kept here. */
    static String canonical(JsonNode tree) {
        StringWriter text = new StringWriter();
        Deque<Object> left = new ArrayDeque<>();
        left.push(tree);
        try (JsonGenerator to = MAPPER.createGenerator(text)) {
            while (!left.isEmpty()) {
                Object next = left.pop();
                if (next instanceof String name) {
                    to.writeFieldName(name);
                } else if (next == JsonToken.END_OBJECT) {
                    to.writeEndObject();
                } else if (next == JsonToken.END_ARRAY) {
                    to.writeEndArray();
                } else {
                    begin((JsonNode) next, to, left);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("An event's JSON cannot be written"); // its message may show values
        }
        return text.toString();
    }

    /** Writes the begin of a value, and puts on the stack what follows, the last one first. */
    private static void begin(JsonNode value, JsonGenerator to, Deque<Object> left) throws IOException {
        if (value.isObject()) {
            to.writeStartObject();
            left.push(JsonToken.END_OBJECT);
            TreeMap<String, JsonNode> fields = new TreeMap<>();
            value.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
            fields.descendingMap().forEach((name, field) -> {
                left.push(field);
                left.push(name);
            });
        } else if (value.isArray()) {
            to.writeStartArray();
            left.push(JsonToken.END_ARRAY);
            for (int i = value.size() - 1; i >= 0; i--) {
                left.push(value.get(i));
            }
        } else {
            to.writeTree(value.isBigDecimal() ? shortest(value.decimalValue()) : value);
        }
    }

    /**
     * A whole number has no exponent, as PostgreSQL prints it. All zeros go at once: BigDecimal would divide by ten for each, and a numeric
     * has up to 147,455 of them.
     */
    private static JsonNode shortest(BigDecimal number) {
        BigInteger unscaled = number.unscaledValue();
        String digits = unscaled.toString();
        int zeros = 0;
        while (zeros < digits.length() - 1 && digits.charAt(digits.length() - 1 - zeros) == '0') {
            zeros++;
        }
        BigDecimal stripped = unscaled.signum() == 0 ? BigDecimal.ZERO : number.setScale(number.scale() - zeros);
        return stripped.scale() <= 0 ? BigIntegerNode.valueOf(stripped.toBigInteger()) : DecimalNode.valueOf(stripped);
    }
}
