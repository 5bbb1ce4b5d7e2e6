package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitsTest {
    @ParameterizedTest
    @CsvSource({
        "200ms,PT0.2S",
        "5s,PT5S",
        "2m,PT2M",
        "1h,PT1H",
        "0,PT0S",
        "0s,PT0S",
        "PT5S,PT5S",
        "pt1m30s,PT1M30S",
        "5 s,PT5S"
    })
    void duration_forms(String text, Duration duration) {
        assertThat(Durations.parse(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "30 | it has no unit; a duration is written like 200ms, 5s, 2m, 1h, 0 or PT5S. Did you mean 30s?",
                "5S | Did you mean 5s?",
                "5d | d is not one of the units",
                "1.5s | a duration is written like",
                "soon | a duration is written like",
                "-5s | a duration is written like",
                "PT-5S | it must not be negative",
                "300000000h | it is longer than 292 years",
                "99999999999999999999s | it is longer than 292 years",
                "PT9999999999H | it is longer than 292 years"
            })
    void duration_faults(String text, String fault) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Durations.parse(text))
                .withMessageContaining(fault);
    }

    @ParameterizedTest
    @CsvSource({"64MiB,67108864", "512KiB,524288", "2GiB,2147483648", "70000,70000", "64 MiB,67108864"})
    void size_forms(String text, long bytes) {
        assertThat(ByteSizes.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "64MB | Did you mean 64MiB?",
                "64mib | Did you mean 64MiB?",
                "64 apples | apples is not one of the units",
                "-1 | a size is written like",
                "1.5MiB | a size is written like",
                "lots | a size is written like",
                "9999999999GiB | it is too large",
                "99999999999999999999 | it is too large"
            })
    void size_faults(String text, String fault) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSizes.parse(text))
                .withMessageContaining(fault);
    }

    @Test
    void percent_roundTrips() {
        String text = "a b/c+d?e%f&ü€😀\"'";
        assertThat(Percent.decode(Percent.encode(text))).isEqualTo(text);
        assertThat(Percent.encode("a-b._~9Z ")).isEqualTo("a-b._~9Z%20");
        assertThat(Percent.decode("a+b%2b%C3%BC")).isEqualTo("a+b+ü");
    }

    @ParameterizedTest
    @CsvSource({"%,two hexadecimal", "a%2,two hexadecimal", "%2g,two hexadecimal", "%C3,not UTF-8"})
    void percent_faults(String text, String fault) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Percent.decode(text))
                .withMessageContaining(fault);
    }
}
