package io.walwire.internal.codec;

import static io.walwire.internal.codec.Types.decode;
import static io.walwire.internal.codec.Types.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeValuesTest {
    private static final long SEED = 17_000_101L;

    @ParameterizedTest
    @CsvSource({
        "2024-02-29,2024-02-29",
        "0001-01-01,0001-01-01",
        "9999-12-31,9999-12-31",
        "12345-01-01,+12345-01-01",
        "5874897-12-31,+5874897-12-31",
        "0001-12-31 BC,0000-12-31",
        "0044-03-15 BC,-0043-03-15",
        "0005-02-29 BC,-0004-02-29",
        "4714-11-24 BC,-4713-11-24",
    })
    void date(String text, String iso) {
        assertThat(decode(Types.DATE, text)).isEqualTo(LocalDate.parse(iso));
        assertThat(json(Types.DATE, text)).isEqualTo('"' + iso + '"');
    }

    @Test
    void date_infinite() {
        assertThat(decode(Types.DATE, "infinity")).isEqualTo(LocalDate.MAX);
        assertThat(decode(Types.DATE, "-infinity")).isEqualTo(LocalDate.MIN);
        assertThat(json(Types.DATE, "infinity")).isEqualTo("\"infinity\"");
        assertThat(json(Types.DATE, "-infinity")).isEqualTo("\"-infinity\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2024",
                "2024-02-30",
                "2023-02-29",
                "2024-13-01",
                "2024-00-01",
                "2024-01-00",
                "0000-01-01",
                "2024/01/01",
                "24-01-01",
                "2024-1-01",
                "2024-01-01 AD",
                " BC",
                "02/29/2024",
                "-2024-01-01",
                "2024-01-0x",
                "99999999999-01-01",
                "0004-02-29 BC"
            })
    void date_malformed(String text) {
        assertMalformed(Types.DATE, text);
        assertThat(json(Types.DATE, text)).isEqualTo('"' + text + '"');
    }

    @Test
    void date_anyDay() {
        Random random = seeded();
        for (int i = 0; i < 20_000; i++) {
            LocalDate date = LocalDate.ofEpochDay(random.nextInt(2 * 800_000) - 800_000);
            String text = postgres(date) + (date.getYear() < 1 ? " BC" : "");
            assertThat(decode(Types.DATE, text)).isEqualTo(date);
            assertThat(json(Types.DATE, text)).isEqualTo('"' + date.toString() + '"');
        }
    }

    @Test
    void time() {
        assertThat(decode(Types.TIME, "23:59:59.999999")).isEqualTo(LocalTime.of(23, 59, 59, 999_999_000));
        assertThat(decode(Types.TIME, "00:00:00")).isEqualTo(LocalTime.MIDNIGHT);
        assertThat(decode(Types.TIME, "12:34:56.1")).isEqualTo(LocalTime.of(12, 34, 56, 100_000_000));
        assertThat(json(Types.TIME, "12:34:00")).isEqualTo("\"12:34:00\"");
        assertThat(json(Types.TIME, "23:59:59.999999")).isEqualTo("\"23:59:59.999999\"");
    }

    @Test
    void time_theDaysEnd() {
        assertThatThrownBy(() -> decode(Types.TIME, "24:00:00"))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessage("type time: 24:00:00 is a time of day to PostgreSQL, and none to Java");
        assertThatThrownBy(() -> decode(Types.TIMETZ, "24:00:00-15:59"))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessageStartingWith("type timetz: 24:00:00");
        assertThat(json(Types.TIME, "24:00:00")).isEqualTo("\"24:00:00\"");
        assertThat(json(Types.TIMETZ, "24:00:00-15:59")).isEqualTo("\"24:00:00-15:59\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "12",
                "12:34",
                "12:34:5",
                "25:00:00",
                "24:00:01",
                "24:00:00.000001",
                "12:60:00",
                "12:00:60",
                "12:34:56.",
                "12:34:56.1234567",
                "12-34-56",
                "1x:00:00",
                "12:34:56+02"
            })
    void time_malformed(String text) {
        assertMalformed(Types.TIME, text);
        assertThat(json(Types.TIME, text)).isEqualTo('"' + text + '"');
    }

    @ParameterizedTest
    @CsvSource({
        "12:00:00+00,12:00:00+00:00,0",
        "12:00:00.5+02,12:00:00.5+02:00,7200",
        "12:00:00+05:30,12:00:00+05:30,19800",
        "12:00:00+05:21:10,12:00:00+05:21:10,19270",
        "12:00:00-00:30,12:00:00-00:30,-1800",
        "12:00:00-15:59:59,12:00:00-15:59:59,-57599",
    })
    void timetz(String text, String iso, int seconds) {
        OffsetTime time = (OffsetTime) decode(Types.TIMETZ, text);
        assertThat(time.getOffset()).isEqualTo(ZoneOffset.ofTotalSeconds(seconds));
        assertThat(time).isEqualTo(OffsetTime.parse(iso));
        assertThat(json(Types.TIMETZ, text)).isEqualTo('"' + iso + '"');
    }

    @Test
    void timetz_offsetBeyondJavas() {
        assertThatThrownBy(() -> decode(Types.TIMETZ, "12:00:00+18:00:01"))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessageContaining("offset");
        assertThat(json(Types.TIMETZ, "12:00:00+18:00:01")).isEqualTo("\"12:00:00+18:00:01\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "12:00:00",
                "+02",
                "12:00:00+",
                "12:00:00+2",
                "12:00:00+02:",
                "12:00:00+02:60",
                "12:00:00+02:00:00:00",
                "12:00:00+0x"
            })
    void timetz_malformed(String text) {
        assertMalformed(Types.TIMETZ, text);
        assertThat(json(Types.TIMETZ, text)).isEqualTo('"' + text + '"');
    }

    @ParameterizedTest
    @CsvSource({
        "2024-02-29 12:00:00.123456,2024-02-29T12:00:00.123456",
        "2024-02-29 12:00:00,2024-02-29T12:00:00",
        "2024-02-29 12:00:00.1,2024-02-29T12:00:00.1",
        "4713-01-01 00:00:00 BC,-4712-01-01T00:00:00",
        "294276-12-31 23:59:59.999999,+294276-12-31T23:59:59.999999",
    })
    void timestamp(String text, String iso) {
        assertThat(decode(Types.TIMESTAMP, text)).isEqualTo(LocalDateTime.parse(iso));
        assertThat(json(Types.TIMESTAMP, text)).isEqualTo('"' + iso + '"');
        assertThat(decode(Types.TIMESTAMPTZ, withUtc(text))).isEqualTo(Instant.parse(iso + "Z"));
        assertThat(json(Types.TIMESTAMPTZ, withUtc(text))).isEqualTo('"' + iso + "Z\"");
    }

    private static String withUtc(String text) {
        return text.endsWith(" BC") ? text.replace(" BC", "+00 BC") : text + "+00";
    }

    @Test
    void timestamp_infinite() {
        assertThat(decode(Types.TIMESTAMP, "infinity")).isEqualTo(LocalDateTime.MAX);
        assertThat(decode(Types.TIMESTAMP, "-infinity")).isEqualTo(LocalDateTime.MIN);
        assertThat(decode(Types.TIMESTAMPTZ, "infinity")).isEqualTo(Instant.MAX);
        assertThat(decode(Types.TIMESTAMPTZ, "-infinity")).isEqualTo(Instant.MIN);
        assertThat(json(Types.TIMESTAMP, "-infinity")).isEqualTo("\"-infinity\"");
        assertThat(json(Types.TIMESTAMPTZ, "infinity")).isEqualTo("\"infinity\"");
    }

    @ParameterizedTest
    @CsvSource({
        "2023-08-18 20:09:05.988369+02,2023-08-18T18:09:05.988369Z",
        "1880-01-01 05:21:10+05:21:10,1880-01-01T00:00:00Z",
        "2024-01-01 00:30:00+01,2023-12-31T23:30:00Z",
        "2023-12-31 23:30:00-01:30,2024-01-01T01:00:00Z",
        "0001-01-01 00:00:00+00:00:01,0000-12-31T23:59:59Z",
        "0001-12-31 23:59:59-00:00:01 BC,0001-01-01T00:00:00Z",
        "9999-12-31 23:59:59-01,+10000-01-01T00:59:59Z",
    })
    void timestamptz_otherOffset(String text, String iso) {
        assertThat(decode(Types.TIMESTAMPTZ, text)).isEqualTo(Instant.parse(iso));
        assertThat(json(Types.TIMESTAMPTZ, text)).isEqualTo('"' + iso + '"');
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "2024-02-29",
                "2024-02-29 ",
                "2024-02-29T12:00:00",
                "2024-02-30 12:00:00",
                "2024-02-29 12:00:00 AD",
                "Thu Feb 29 12:00:00 2024",
                "2024-02-29 12:00:00+02+02"
            })
    void timestamp_malformed(String text) {
        assertMalformed(Types.TIMESTAMP, text);
        assertMalformed(Types.TIMESTAMPTZ, text);
        assertThat(json(Types.TIMESTAMP, text)).isEqualTo('"' + text + '"');
        assertThat(json(Types.TIMESTAMPTZ, text)).isEqualTo('"' + text + '"');
    }

    @Test
    void timestamptz_anyMomentAndOffset() {
        Random random = seeded();
        for (int i = 0; i < 20_000; i++) {
            int micros = random.nextInt(1_000_000);
            Instant instant = Instant.ofEpochSecond(random.nextLong() % 100_000_000_000L, micros * 1000L);
            int offset = random.nextInt(2 * 57_599) - 57_599;
            LocalDateTime local = LocalDateTime.ofInstant(instant, ZoneOffset.ofTotalSeconds(offset));
            int magnitude = Math.abs(offset);
            String text = postgres(local.toLocalDate())
                    + String.format(
                            " %02d:%02d:%02d.%06d%s%02d:%02d:%02d%s",
                            local.getHour(),
                            local.getMinute(),
                            local.getSecond(),
                            micros,
                            offset < 0 ? "-" : "+",
                            magnitude / 3600,
                            magnitude / 60 % 60,
                            magnitude % 60,
                            local.getYear() < 1 ? " BC" : "");
            assertThat(decode(Types.TIMESTAMPTZ, text)).isEqualTo(instant);
            String printed = json(Types.TIMESTAMPTZ, text);
            assertThat(Instant.parse(printed.substring(1, printed.length() - 1)))
                    .isEqualTo(instant);
        }
    }

    private static String postgres(LocalDate date) {
        int year = date.getYear() < 1 ? 1 - date.getYear() : date.getYear();
        return String.format("%04d-%02d-%02d", year, date.getMonthValue(), date.getDayOfMonth());
    }

    private static Random seeded() {
        System.out.println("TimeValuesTest seed " + SEED);
        return new Random(SEED);
    }

    private static void assertMalformed(PgType type, String text) {
        assertThatThrownBy(() -> decode(type, text))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessageStartingWith("type " + type.name() + ": ");
    }
}
