package io.walwire.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Any role can write the context of a transaction. */
class TraceparentTest {
    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @ParameterizedTest
    @MethodSource("io.walwire.testing.HostileContents#contexts")
    void hostileContext_hasNone(String content) {
        assertThat(Traceparent.in(content)).isNull();
        assertThat(Traceparent.in("{\"traceparent\":" + content + "}")).isNull();
        assertThat(Traceparent.in("[" + content + ",{\"traceparent\":\"" + TRACE + "\"}]"))
                .isNull();
    }
}
