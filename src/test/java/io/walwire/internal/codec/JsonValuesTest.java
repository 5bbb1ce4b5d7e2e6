package io.walwire.internal.codec;

import static io.walwire.internal.codec.Types.json;
import static io.walwire.internal.codec.Types.node;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.walwire.testing.HostileContents;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonValuesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\": 1, \"b\": [1, 2]}|{\"a\":1,\"b\":[1,2]}",
                "{\"a\": 1, \"a\": 2.50}|{\"a\":1,\"a\":2.50}",
                "null|null",
                "[ ]|[]",
                "{ }|{}",
                "\"a b\\\" c \\\\\"|\"a b\\\" c \\\\\"",
                "[ \"\\\\\" , 1 ]|[\"\\\\\",1]",
                "-0|-0",
                "12345678901234567890123456789012345.10|12345678901234567890123456789012345.10",
                "1E400|1E400",
                "[true, false, null, 1.5e-10, \"\\u00e9\"]|[true,false,null,1.5e-10,\"\\u00e9\"]",
            })
    void json_asStored(String text, String minified) {
        assertThat(json(Types.JSON, text)).isEqualTo(minified);
        assertThat(json(Types.JSONB, text)).isEqualTo(minified);
    }

    @Test
    void json_whiteSpaceNeverBreaksTheLine() {
        assertThat(json(Types.JSON, " \r\n{\n\t\"a\" : \"x y\\n\" ,\r\n \"b\":\t[ 1 , 2 ]\n}\n"))
                .isEqualTo("{\"a\":\"x y\\n\",\"b\":[1,2]}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[1,]",
                "{\"a\":1,}",
                "{\"a\"}",
                "{a:1}",
                "[1 2]",
                "1 2",
                "[1}",
                "{\"a\":1]",
                "01",
                "1.",
                "tru",
                "\"",
                "\"\\\"",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\t\"",
                "]",
                "NaN",
                "'a'",
                "[,1]",
                "{,}",
                "-",
                "1e",
                "\"\\u12"
            })
    void json_malformed(String text) {
        assertThatThrownBy(() -> node(Types.JSON, text))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessage("type json: the text is not one that PostgreSQL prints for it")
                .hasNoCause();
        assertThat(node(Types.JSON, json(Types.JSON, text)).textValue()).isEqualTo(text);
    }

    @Test
    void json_numbersKeepEveryDigit() {
        JsonNode node = node(Types.JSON, "{\"a\": 0.10, \"b\": 123456789012345678901234567890, \"c\": 1e400}");
        assertThat(node.get("a").decimalValue()).isEqualTo(new BigDecimal("0.10"));
        assertThat(node.get("b").bigIntegerValue()).hasToString("123456789012345678901234567890");
        assertThat(node.get("c").decimalValue()).isEqualTo(new BigDecimal("1e400"));
        assertThat(node(Types.JSONB, "1.500").decimalValue()).isEqualTo(new BigDecimal("1.500"));
    }

    /** PostgreSQL's json holds any number; that of a jsonb is a numeric. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e99999999999",
                "-1E-99999999999",
                "[1, {\"a\": 1e147456}]",
                "1e00000000000000000000147456",
                "1e2147483647",
                "1e-2147483648"
            })
    void json_numberBeyondNumeric(String text) {
        assertThatThrownBy(() -> node(Types.JSON, text))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessage("type json: it holds a number of more digits than numeric has")
                .hasNoCause();
        assertThat(json(Types.JSON, text)).isEqualTo(text.replace(" ", ""));
    }

    /** Jackson reads them up to 2.22 and refuses them from 2.23; what is said beforehand is so in both. */
    @Test
    void json_nameWithHalfASurrogatePair_isReadableOnlyIfItIsRead() {
        byte[] bytes = "{\"\\ud800\": 1}".getBytes(UTF_8);
        boolean read;
        try {
            Conversion.convert(Types.JSON, bytes, 0, bytes.length, JsonNode.class);
            read = true;
        } catch (UnrepresentableException e) {
            assertThat(e).hasMessage("type json: Jackson does not read it, although PostgreSQL stores it");
            read = false;
        }
        assertThat(JsonValues.isReadable(bytes, 0, bytes.length)).isEqualTo(read);
        assertThat(json(Types.JSON, "{\"\\ud800\": 1}")).isEqualTo("{\"\\ud800\":1}");
    }

    @Test
    void json_numberOfMoreDigitsThanNumeric() {
        assertThatThrownBy(() -> node(Types.JSON, HostileContents.digits(1_000_000)))
                .isInstanceOf(UnrepresentableException.class);
        String most = HostileContents.digits(131_072) + "." + HostileContents.digits(16_382);
        assertThat(node(Types.JSONB, most).decimalValue().toString()).isEqualTo(most);
        String exponent = "1e00000000000000000000000000000000000000100";
        assertThat(node(Types.JSON, exponent).decimalValue()).isEqualTo(new BigDecimal("1e100"));
    }

    @Test
    void json_notUtf8() {
        byte[] bytes = {'"', (byte) 0xff, '"'};
        assertThatThrownBy(() -> Conversion.convert(Types.JSON, bytes, 0, bytes.length, JsonNode.class))
                .isInstanceOf(UnrepresentableException.class);
        assertThat(node(Types.JSON, "\"\ufffd\"").textValue()).isEqualTo("\ufffd");
    }

    @Test
    void json_null() {
        assertThat(node(Types.JSONB, "null").isNull()).isTrue();
    }

    @Test
    void json_deeperThanJacksonsLimit() {
        int depth = 20_000;
        String text = "[ ".repeat(depth) + "{\"a\": 1}" + "]".repeat(depth);
        assertThat(json(Types.JSON, text)).isEqualTo(text.replace(" ", ""));
        JsonNode node = node(Types.JSON, text);
        for (int i = 0; i < depth; i++) {
            node = node.get(0);
        }
        assertThat(node.get("a").intValue()).isEqualTo(1);
    }

    @Test
    void json_longerThanJacksonsLimits() {
        String number = "9".repeat(5_000);
        String string = "x".repeat(25_000_000);
        String key = "k".repeat(60_000);
        String text = "{\"" + key + "\": [" + number + ", \"" + string + "\"]}";
        assertThat(json(Types.JSON, text)).isEqualTo("{\"" + key + "\":[" + number + ",\"" + string + "\"]}");
        JsonNode node = node(Types.JSON, text).get(key);
        assertThat(node.get(0).bigIntegerValue()).hasToString(number);
        assertThat(node.get(1).textValue()).hasSize(string.length());
    }

    @Test
    void write_manyValuesThroughOneBuffer() {
        JsonOutput out = new JsonOutput();
        byte[] json = "{\"a\": [1, 2]}".getBytes(UTF_8);
        byte[] number = "1234.50".getBytes(UTF_8);
        StringBuilder expected = new StringBuilder("{");
        out.beginObject();
        for (int i = 0; i < 3_000; i++) {
            JsonValues.write(out.name("j" + i), Types.JSONB, json, 0, json.length);
            JsonValues.write(out.name("n" + i), Types.NUMERIC, number, 0, number.length);
            expected.append(i == 0 ? "" : ",").append("\"j" + i + "\":{\"a\":[1,2]},\"n" + i + "\":1234.50");
        }
        out.endObject();
        assertThat(out.end()).isEqualTo(expected.append('}').toString());
    }
}
