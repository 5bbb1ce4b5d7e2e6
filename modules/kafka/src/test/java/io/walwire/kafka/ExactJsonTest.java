package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a jsonb may hold: PostgreSQL bounds neither its depth nor the length of a name as Jackson does by default. */
class ExactJsonTest {
    @Test
    void deepValue_isWrittenAsItWasRead() {
        String deep = "[".repeat(3_000) + "]".repeat(3_000);
        assertThat(new String(ExactJson.bytes(ExactJson.read(deep)), StandardCharsets.UTF_8))
                .isEqualTo(deep);
    }

    /** A key may be a jsonb. */
    @Test
    void deepKey_isSorted() {
        int depth = 100_000;
        String deep = "{\"b\":[".repeat(depth) + "1.50" + "],\"a\":{}}".repeat(depth);
        assertThat(ExactJson.canonical(ExactJson.read(deep)))
                .isEqualTo("{\"a\":{},\"b\":[".repeat(depth) + "1.5" + "]}".repeat(depth));
    }

    @Test
    void key_isCanonical() {
        String key =
                "{\"z\":[1e2,{\"é\":\"\\u001f\",\"B\":null,\"a\":true}],\"c\":100.0,\"a\":-0.10,\"e\":[],\"d\":\"\"}";
        assertThat(ExactJson.canonical(ExactJson.read(key)))
                .isEqualTo(
                        "{\"a\":-0.1,\"c\":100,\"d\":\"\",\"e\":[],\"z\":[100,{\"B\":null,\"a\":true,\"é\":\"\\u001f\"}]}");
    }

    @Test
    void longName_isWrittenAsItWasRead() {
        String named = "{\"" + "n".repeat(60_000) + "\":1}";
        assertThat(ExactJson.write(ExactJson.read(named))).isEqualTo(named);
    }

    /** Longer than the parser's buffer, with text that has other lengths as characters and as bytes. */
    @Test
    void fields_areAsTheyWereWritten() {
        String json = "{\"a\":{\"n\":[1.50,\"é\\u001f\"]},\"b\":\"" + "ß".repeat(50_000)
                + "\",\"c\":[ 1e99999999999 , {} ],\"d\":null,\"e\":-1e99999999999,\"f\":true,\"g\":{\"h\":\"\"}}";
        assertThat(ExactJson.write(ExactJson.fields(json, List.of()))).isEqualTo(json);
        assertThat(ExactJson.fields(json, List.of("a", "g")).at("/a/n/0").decimalValue())
                .isEqualTo("1.50");
    }
}
