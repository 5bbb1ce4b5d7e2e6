package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.HostileContents;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JsonFieldsTest {
    @Test
    void values_areAsTheyWereWritten() {
        Map<String, String> values = Map.of(
                "a", "{\"n\":[1.50,\"é\\u001f\"]}",
                "b", "\"" + "ß".repeat(50_000) + "\"",
                "c", "[ 1e99999999999 , {} ]",
                "d", "null",
                "e", "-1e99999999999",
                "f", "\"}\\\",\\\\\"",
                "", "{\"h\":\"\"}");
        StringBuilder json = new StringBuilder();
        values.forEach((name, value) -> json.append(json.length() == 0 ? "{" : ",\n")
                .append('"')
                .append(name)
                .append("\": ")
                .append(value)
                .append(' '));
        assertThat(JsonFields.of(json.append("} ").toString())).isEqualTo(values);
    }

    @ParameterizedTest
    @MethodSource("io.walwire.testing.HostileContents#jsonTexts")
    void hostileValue_isAsItWasWritten(String value) {
        assertThat(JsonFields.of("{\"a\":" + value + ",\"b\":1}"))
                .containsExactly(Map.entry("a", value.strip()), Map.entry("b", "1"));
    }

    @Test
    void names_areRead() {
        assertThat(JsonFields.of("{\"a\\\"b\":1,\"\\u00e9\":2,\"é\\\\\":3}"))
                .isEqualTo(Map.of("a\"b", "1", "é", "2", "é\\", "3"));
        for (String name : HostileContents.names()) {
            assertThat(JsonFields.of("{" + ExactJson.text(name) + ":1}")).containsExactly(Map.entry(name, "1"));
        }
    }

    @Test
    void noObject_hasNone() {
        for (String json : List.of("[{\"a\":1}]", "1", "\"{\"", " {} ", "null")) {
            assertThat(JsonFields.of(json)).isEmpty();
        }
    }
}
