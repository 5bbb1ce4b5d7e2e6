package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.testing.HostileContents;
import java.math.BigDecimal;
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

    @Test
    void zeros_areRemovedAtOnce() {
        for (String number :
                List.of("0.0", "-0.00", "0e5", "10.0", "-1.2300", "1e2", "1.50e3", "1e-7", "0.0000001000")) {
            BigDecimal stripped = new BigDecimal(number).stripTrailingZeros();
            assertThat(ExactJson.canonical(ExactJson.read(number)))
                    .isEqualTo(stripped.scale() <= 0 ? stripped.toBigInteger().toString() : stripped.toString());
        }
        String zeros = "0".repeat(131_071);
        assertThat(ExactJson.canonical(ExactJson.read("1" + zeros + "." + "0".repeat(16_383))))
                .isEqualTo("1" + zeros);
    }

    /** Jackson's own table of names would refuse them. */
    @Test
    void names_thatCollide_areRead() {
        String names = HostileContents.collidingNames(10);
        assertThat(ExactJson.read(names)).hasSize(2 * 1024);
        assertThat(ExactJson.canonical(ExactJson.read(names))).hasSameSizeAs(names);
    }

    @Test
    void unreadable_isSaidWithoutItsContent() {
        assertThatThrownBy(() -> ExactJson.read("{\"a\":secret}"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("JSON cannot be read at offset ")
                .hasNoCause();
    }
}
