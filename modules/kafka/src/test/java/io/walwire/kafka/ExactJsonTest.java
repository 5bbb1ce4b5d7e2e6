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
