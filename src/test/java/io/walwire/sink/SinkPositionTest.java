package io.walwire.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.testing.HostileContents;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a sink stores may be changed by another hand. */
class SinkPositionTest {
    private static final String POSITION = "1 7 1 0/1#-1 0/0 complete 0/2";

    @Test
    void position_isReadAsItWasWritten() {
        assertThat(SinkPosition.parse(POSITION)).hasToString(POSITION);
    }

    @ParameterizedTest
    @MethodSource("hostileTexts")
    void otherText_isRefused(String text) {
        assertThatThrownBy(() -> SinkPosition.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    static Stream<String> hostileTexts() {
        return Stream.of(
                        HostileContents.texts(),
                        List.of(
                                POSITION + "\n",
                                POSITION.replace(" 7 ", " 7#8 "), // would be read as two fields
                                POSITION.replace(" 1 0", " 9999999999 0"),
                                POSITION.replace("#-1", "#-9999999999999999999"),
                                POSITION.replace("0/2", "0/")))
                .flatMap(List::stream);
    }
}
