package io.walwire.internal.codec;

import static io.walwire.internal.codec.Types.arrayOf;
import static io.walwire.internal.codec.Types.decode;
import static io.walwire.internal.codec.Types.json;
import static io.walwire.internal.codec.Types.node;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArrayValuesTest {
    private static final PgType TEXTS = arrayOf(Types.TEXT);
    private static final PgType INTS = arrayOf(Types.INT4);

    @Test
    void array_empty() {
        assertThat(decode(INTS, "{}")).isEqualTo(List.of());
        assertThat(json(INTS, "{}")).isEqualTo("[]");
    }

    @Test
    void array_nullIsNotItsName() {
        assertThat(decode(TEXTS, "{NULL,\"NULL\",\"null\",NULLS}"))
                .isEqualTo(Arrays.asList(null, "NULL", "null", "NULLS"));
        assertThat(json(TEXTS, "{NULL,\"NULL\",NULLS}")).isEqualTo("[null,\"NULL\",\"NULLS\"]");
    }

    @Test
    void array_quoted() {
        String text = "{\"\",\" \",\"a,b\",\"{x}\",\"q\\\"\\\\\",plain,é,\"\\\\\"}";
        assertThat(decode(TEXTS, text)).isEqualTo(List.of("", " ", "a,b", "{x}", "q\"\\", "plain", "é", "\\"));
        assertThat(json(TEXTS, text)).isEqualTo("[\"\",\" \",\"a,b\",\"{x}\",\"q\\\"\\\\\",\"plain\",\"é\",\"\\\\\"]");
    }

    @Test
    void array_nested() {
        assertThat(decode(INTS, "{{1,2},{3,NULL}}")).isEqualTo(List.of(List.of(1, 2), Arrays.asList(3, null)));
        assertThat(decode(INTS, "{{{{{{7}}}}}}")).isEqualTo(List.of(List.of(List.of(List.of(List.of(List.of(7)))))));
        assertThat(json(INTS, "{{1,2},{3,NULL}}")).isEqualTo("[[1,2],[3,null]]");
    }

    @Test
    void array_anyLowerBound() {
        assertThat(decode(INTS, "[0:1]={5,6}")).isEqualTo(List.of(5, 6));
        assertThat(decode(INTS, "[-1:0][2:3]={{1,2},{3,4}}")).isEqualTo(List.of(List.of(1, 2), List.of(3, 4)));
        assertThat(json(INTS, "[-1:0][2:3]={{1,2},{3,4}}")).isEqualTo("[[1,2],[3,4]]");
    }

    @Test
    void array_ofBoxesHasItsOwnDelimiter() {
        assertThat(decode(Types.BOX_ARRAY, "{(1,1),(0,0);(3,3),(2,2);NULL}"))
                .isEqualTo(Arrays.asList("(1,1),(0,0)", "(3,3),(2,2)", null));
        assertThat(json(Types.BOX_ARRAY, "{(1,1),(0,0);(3,3),(2,2)}")).isEqualTo("[\"(1,1),(0,0)\",\"(3,3),(2,2)\"]");
    }

    @Test
    void array_elementsInTheirOwnType() {
        assertThat(decode(arrayOf(Types.NUMERIC), "{1.50,0}"))
                .isEqualTo(List.of(new BigDecimal("1.50"), new BigDecimal("0")));
        assertThat(decode(arrayOf(Types.TIMESTAMPTZ), "{\"2024-02-29 12:00:00+00\",infinity}"))
                .isEqualTo(List.of(Instant.parse("2024-02-29T12:00:00Z"), Instant.MAX));
        assertThat(json(arrayOf(Types.TIMESTAMPTZ), "{\"2024-02-29 12:00:00+00\",infinity}"))
                .isEqualTo("[\"2024-02-29T12:00:00Z\",\"infinity\"]");
        assertThat(json(arrayOf(Types.BOOL), "{t,f,NULL}")).isEqualTo("[true,false,null]");
        assertThat(json(arrayOf(Types.BYTEA), "{\"\\\\xff\"}")).isEqualTo("[\"/w==\"]");
        assertThat(json(arrayOf(Types.TIME), "{24:00:00}")).isEqualTo("[\"24:00:00\"]");
        assertThat(json(arrayOf(Types.FLOAT8), "{1e+20,NaN}")).isEqualTo("[1e+20,\"NaN\"]");
    }

    @Test
    void array_ofJson() {
        String text = "{\"{\\\"a\\\": 1.50}\",NULL,\"null\",3}";
        List<?> list = (List<?>) decode(arrayOf(Types.JSONB), text);
        assertThat(list).hasToString("[{\"a\": 1.50}, null, null, 3]");
        assertThat(list.get(1)).isNull();
        assertThat(list.get(2)).isEqualTo("null");
        byte[] bytes = text.getBytes(UTF_8);
        JsonNode[] nodes = Conversion.convert(arrayOf(Types.JSONB), bytes, 0, bytes.length, JsonNode[].class);
        assertThat(nodes[0].get("a").decimalValue()).isEqualTo(new BigDecimal("1.50"));
        assertThat(nodes[2].isNull()).isTrue();
        assertThat(json(arrayOf(Types.JSONB), text)).isEqualTo("[{\"a\":1.50},null,null,3]");
    }

    @Test
    void array_ofDomainsOverArrays() {
        assertThat(decode(arrayOf(INTS), "{\"{1,2}\",\"{3}\"}")).isEqualTo(List.of(List.of(1, 2), List.of(3)));
        assertThat(json(arrayOf(INTS), "{\"{1,2}\",\"{3}\"}")).isEqualTo("[[1,2],[3]]");
    }

    @Test
    void array_isUnmodifiable() {
        List<?> list = (List<?>) decode(INTS, "{{1},{2}}");
        assertThatThrownBy(() -> list.remove(0)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> ((List<?>) list.get(0)).remove(0)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void array_elementThatItsTypeCannotHold() {
        assertThatThrownBy(() -> decode(arrayOf(Types.TIME), "{12:00:00,24:00:00}"))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessageStartingWith("type time: ");
        assertThat(json(INTS, "{1,x,3}")).isEqualTo("[1,\"x\",3]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "{",
                "}",
                "{1",
                "{1,",
                "{1,}",
                "{,1}",
                "{1,,2}",
                "{1}}",
                "{{1}",
                "{1},{2}",
                "{1} ",
                "{{1},2}",
                "{1,{2}}",
                "{\"1}",
                "{\"1\\",
                "{\"1\"2}",
                "{1\"2\"}",
                "{1\\2}",
                "[0:1]{1,2}",
                "[0:1]",
                "[0]={1}",
                "[a:b]={1}",
                "[0:1",
                "{{{{{{{1}}}}}}}",
                "{{1}{2}}",
                "{{1},}"
            })
    void array_malformed(String text) {
        assertThatThrownBy(() -> decode(INTS, text))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessageStartingWith("type int4[]: ");
        assertThat(node(Types.JSON, json(INTS, text)).textValue()).isEqualTo(text);
    }

    @Test
    void array_hostileDepth() {
        assertThatThrownBy(() -> decode(INTS, "{".repeat(1_000_000))).isInstanceOf(UnrepresentableException.class);
    }

    @Test
    void type_elementOfNoArray() {
        assertThatThrownBy(() -> new PgType(1, "x", TypeKind.TEXT, Types.INT4, ','))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PgType(1, "x", TypeKind.ARRAY, null, ','))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
