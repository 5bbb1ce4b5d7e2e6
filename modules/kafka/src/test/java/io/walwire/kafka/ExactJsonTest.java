package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
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
}
