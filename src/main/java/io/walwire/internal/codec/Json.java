package io.walwire.internal.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/**
 * Jackson without its limits: what the database holds it may print and read, and no digit of a number is lost. What takes more
 * time than in proportion to the length is refused before it is begun.
 */
final class Json {
    static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .streamWriteConstraints(StreamWriteConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .build())
            // keys are the database's data: unbounded in number, and maybe chosen to collide in Jackson's table of them
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    /** What a decoder of UTF-8 puts in the place of bytes that are not. */
    private static final char REPLACEMENT = '\ufffd';

    private static final ObjectMapper MAPPER = JsonMapper.builder(FACTORY)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // the other's time grows with the square of a number's length
            .enable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private Json() {}

    /** Whether {@link #read} gives a node; builds no node, and takes time in proportion to the length. */
    static boolean isReadable(byte[] bytes, int offset, int length) {
        return JsonText.isReadable(bytes, offset, offset + length)
                && Utf8.isValid(bytes, offset, offset + length)
                && isReadableByJackson(TextValues.text(bytes, offset, length));
    }

    /** PostgreSQL stores names in json that Jackson 2.23 refuses: those with the escape of half a surrogate pair. */
    private static boolean isReadableByJackson(String text) {
        try (JsonParser tokens = FACTORY.createParser(text)) {
            JsonToken token = tokens.nextToken();
            while (token != null) {
                token = tokens.nextToken();
            }
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    static JsonNode read(byte[] bytes, int offset, int length) {
        if (!JsonText.isReadable(bytes, offset, offset + length)) {
            throw JsonText.isValid(bytes, offset, offset + length)
                    ? new UnrepresentableException("it holds a number of more digits than numeric has")
                    : UnrepresentableException.malformed();
        }
        String text = TextValues.text(bytes, offset, length);
        if (text.indexOf(REPLACEMENT) >= 0 && !Utf8.isValid(bytes, offset, offset + length)) {
            throw UnrepresentableException.malformed();
        }
        try {
            return MAPPER.readTree(text);
        } catch (IOException | IllegalArgumentException | ArithmeticException malformed) {
            // not kept as the cause, for its message quotes the value
            throw new UnrepresentableException("Jackson does not read it, although PostgreSQL stores it");
        }
    }
}
