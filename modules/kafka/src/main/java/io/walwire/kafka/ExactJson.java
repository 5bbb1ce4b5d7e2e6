package io.walwire.kafka;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
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
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;

/** JSON of events as trees, with every digit of a number. */
final class ExactJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE) // as the core escapes: equal keys have equal bytes
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    static {
        // what PostgreSQL holds as a value is no attack on the reader
        MAPPER.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(Integer.MAX_VALUE)
                        .maxNumberLength(Integer.MAX_VALUE)
                        .maxNameLength(Integer.MAX_VALUE)
                        .maxNestingDepth(Integer.MAX_VALUE)
                        .build())
                .setStreamWriteConstraints(StreamWriteConstraints.builder()
                        .maxNestingDepth(Integer.MAX_VALUE)
                        .build());
    }

    private ExactJson() {}

    static JsonNode read(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("An event's JSON cannot be read at offset "
                    + e.getLocation().getCharOffset()); // its message may show values
        } catch (NumberFormatException e) {
            throw new IllegalStateException("An event's JSON has a number whose exponent is too large");
        }
    }

    /**
     * An object whose fields are as they were written, so that they may hold what no tree can: numbers of any size, at any depth.
     *
     * @param trees the fields that are read as trees
     */
    static ObjectNode fields(String json, Collection<String> trees) {
        ObjectNode object = object();
        try (JsonParser tokens = MAPPER.createParser(json)) {
            tokens.nextToken();
            for (String name = tokens.nextFieldName(); name != null; name = tokens.nextFieldName()) {
                JsonToken token = tokens.nextToken();
                if (!trees.contains(name) && token.isStructStart()) {
                    long from = tokens.currentTokenLocation().getCharOffset();
                    tokens.skipChildren();
                    object.set(name, raw(json.substring((int) from, (int)
                            tokens.currentLocation().getCharOffset())));
                } else if (!trees.contains(name) && token.isNumeric()) {
                    object.set(name, raw(tokens.getText()));
                } else {
                    object.set(name, MAPPER.readTree(tokens));
                }
            }
            return object;
        } catch (IOException e) {
            throw new IllegalStateException("An event's JSON cannot be read"); // its message may show values
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

    /** An object with some of another's fields. */
    static ObjectNode with(List<String> names, JsonNode from) {
        ObjectNode some = object();
        names.forEach(name -> some.set(name, from.get(name)));
        return some;
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
            to.writeTree(value.isBigDecimal() ? shortest(value.decimalValue().stripTrailingZeros()) : value);
        }
    }

    /** A whole number has no exponent, as PostgreSQL prints it. */
    private static JsonNode shortest(BigDecimal number) {
        return number.scale() <= 0 ? BigIntegerNode.valueOf(number.toBigInteger()) : DecimalNode.valueOf(number);
    }
}
