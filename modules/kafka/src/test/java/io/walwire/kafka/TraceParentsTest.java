package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.HostileContents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Any role can write the context of a transaction. */
class TraceParentsTest {
    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private final TraceParents traces = new TraceParents();

    @ParameterizedTest
    @MethodSource("io.walwire.testing.HostileContents#contexts")
    void hostileContext_hasNone(String content) {
        assertThat(traces.parent(content)).isNull();
        assertThat(traces.parent("[" + content + ",{\"traceparent\":\"" + TRACE + "\"}]"))
                .isNull();
        assertThat(traces.parent("{\"traceparent\":" + content + "}")).isNull();
    }

    /** JSON that PostgreSQL stores takes no trace away, whatever is beside it. */
    @ParameterizedTest
    @MethodSource("io.walwire.testing.HostileContents#jsonTexts")
    void trace_besideHostileContent_isFound(String content) {
        assertThat(traces.parent(" {\"by\":" + content + ", \"traceparent\" : \"" + TRACE + "\" }"))
                .isEqualTo(TRACE);
        assertThat(traces.parent("{\"traceparent\":\"" + TRACE + "\",\"by\":" + content + "}"))
                .isEqualTo(TRACE);
    }

    @Test
    void names_thatCollide_takeNoTraceAway() {
        String names = HostileContents.collidingNames(10);
        assertThat(traces.parent("{\"traceparent\":\"" + TRACE + "\"," + names.substring(1)))
                .isEqualTo(TRACE);
    }

    @Test
    void lastOfTwo_counts() {
        assertThat(traces.parent("{\"traceparent\":1,\"traceparent\":\"" + TRACE + "\"}"))
                .isEqualTo(TRACE);
        assertThat(traces.parent("{\"traceparent\":\"" + TRACE + "\",\"traceparent\":1}"))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00-", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", TRACE + "\\n"})
    void otherText_isNone(String text) {
        assertThat(traces.parent("{\"traceparent\":\"" + text + "\"}")).isNull();
    }
}
