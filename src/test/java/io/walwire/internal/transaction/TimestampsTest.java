package io.walwire.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimestampsTest {
    @ParameterizedTest
    @CsvSource({
        "2023-12-18T15:50:08.329504Z, 2023-12-18T15:50:08.329504Z",
        "2023-12-18T15:50:08.320000Z, 2023-12-18T15:50:08.32Z",
        "2023-12-18T15:50:08.000001Z, 2023-12-18T15:50:08.000001Z",
        "2023-12-18T15:50:00Z,        2023-12-18T15:50:00Z",
        "2023-12-18T00:00:00Z,        2023-12-18T00:00:00Z"
    })
    void print_asPostgresDoes(String time, String printed) {
        assertThat(Timestamps.print(Instant.parse(time))).isEqualTo(printed);
    }
}
