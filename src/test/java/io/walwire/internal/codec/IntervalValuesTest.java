package io.walwire.internal.codec;

import static io.walwire.internal.codec.Types.decode;
import static io.walwire.internal.codec.Types.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Interval;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IntervalValuesTest {
    @ParameterizedTest
    @CsvSource({
        "00:00:00,0,0,0,PT0S",
        "1 year 2 mons 3 days 04:05:06.789,14,3,14706789000,P1Y2M3DT4H5M6.789S",
        "1 year 2 mons 3 days -04:05:06.789,14,3,-14706789000,P1Y2M3DT-4H-5M-6.789S",
        "-1 years -2 mons +3 days -04:05:06,-14,3,-14706000000,P-1Y-2M3DT-4H-5M-6S",
        "-1 years -2 mons +3 days +04:05:06,-14,3,14706000000,P-1Y-2M3DT4H5M6S",
        "10 mons 3 days -04:05:06.789,10,3,-14706789000,P10M3DT-4H-5M-6.789S",
        "1 mon,1,0,0,P1M",
        "2 years,24,0,0,P2Y",
        "1 day,0,1,0,P1D",
        "-1 days,0,-1,0,P-1D",
        "-00:00:00.000001,0,0,-1,PT-0.000001S",
        "100:00:00,0,0,360000000000,PT100H",
        "2562047788:00:54.775807,0,0,9223372036854775807,PT2562047788H54.775807S",
        "-2562047788:00:54.775808,0,0,-9223372036854775808,PT-2562047788H-54.775808S",
        "178956970 years 7 mons 2147483647 days,2147483647,2147483647,0,P178956970Y7M2147483647D",
        "-178956970 years -8 mons -2147483648 days,-2147483648,-2147483648,0,P-178956970Y-8M-2147483648D",
    })
    void interval(String text, int months, int days, long micros, String iso) {
        assertThat(decode(Types.INTERVAL, text)).isEqualTo(new Interval(months, days, micros));
        assertThat(json(Types.INTERVAL, text)).isEqualTo('"' + iso + '"');
    }

    @Test
    void interval_infinite() {
        assertThat(decode(Types.INTERVAL, "infinity")).isEqualTo(Interval.INFINITY);
        assertThat(decode(Types.INTERVAL, "-infinity")).isEqualTo(Interval.NEGATIVE_INFINITY);
        assertThat(json(Types.INTERVAL, "infinity")).isEqualTo("\"infinity\"");
        assertThat(json(Types.INTERVAL, "-infinity")).isEqualTo("\"-infinity\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "1",
                "day",
                "1 day ",
                " 1 day",
                "1 week",
                "1 dayss",
                "@ 1 day",
                "P1D",
                "1-2 3 4:05:06",
                "1:2:3",
                "01:02",
                "01:60:00",
                "01:00:60",
                "01:00:00.",
                "01:00:00.1234567",
                "1 day 01:00:00 1 day",
                "x mons",
                "-:00:00",
                "9223372036854775807:00:00",
                "99999999999 days",
                "2147483647 years",
                "2562047788:00:54.775808"
            })
    void interval_malformed(String text) {
        assertThatThrownBy(() -> decode(Types.INTERVAL, text))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessageStartingWith("type interval: ");
        assertThat(json(Types.INTERVAL, text)).isEqualTo('"' + text + '"');
    }
}
