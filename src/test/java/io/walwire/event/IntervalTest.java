package io.walwire.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntervalTest {
    @ParameterizedTest
    @CsvSource({
        "0,   0,  0,            PT0S",
        "14,  3,  14706789000,  P1Y2M3DT4H5M6.789S",
        "-14, -3, -14706789000, P-1Y-2M-3DT-4H-5M-6.789S",
        "12,  0,  0,            P1Y",
        "0,   -1, 0,            P-1D",
        "1,   -1, 1,            P1M-1DT0.000001S",
        "0,   0,  -500000,      PT-0.5S",
        "0,   0,  3600000000,   PT1H",
        "0,   0,  60000000,     PT1M",
        "0,   0,  3601000000,   PT1H1S",
        "0,   0,  86400000000,  PT24H",
        "0,   0,  1000010,      PT1.00001S"
    })
    void toString_iso(int months, int days, long microseconds, String iso) {
        assertThat(new Interval(months, days, microseconds)).hasToString(iso);
    }

    @Test
    void toString_theSmallestTime() {
        assertThat(new Interval(0, 0, Long.MIN_VALUE)).hasToString("PT-2562047788H-54.775808S");
    }

    @Test
    void toString_infinities() {
        assertThat(Interval.INFINITY).hasToString("infinity");
        assertThat(Interval.NEGATIVE_INFINITY).hasToString("-infinity");
    }
}
