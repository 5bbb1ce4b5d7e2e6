package io.walwire.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LsnTest {
    @ParameterizedTest
    @CsvSource({
        "0/0,               0",
        "16/B374D848,       97500059720",
        "0/1,               1",
        "1/0,               4294967296",
        "FFFFFFFF/FFFFFFFF, -1",
        "80000000/0,        -9223372036854775808"
    })
    void parse_andBack(String text, long value) {
        assertThat(Lsn.parse(text)).isEqualTo(new Lsn(value)).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource({"16/b374d848, 16/B374D848", "00000016/0B374D84, 16/B374D84"})
    void parse_otherSpellings(String text, String printed) {
        assertThat(Lsn.parse(text)).hasToString(printed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "0",
                "0/",
                "/0",
                "0/0/0",
                "G/0",
                "0/G",
                "-1/0",
                "0/-1",
                "+1/0",
                "0/+1",
                " 0/0",
                "0/0 ",
                "0x1/0",
                "123456789/0",
                "0/123456789",
                "१/0",
                "０/０"
            })
    void parse_anythingElse(String text) {
        assertThatThrownBy(() -> Lsn.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"")
                .hasMessageContaining("16/B374D848");
    }

    @Test
    void compareTo_unsigned() {
        assertThat(Lsn.parse("7FFFFFFF/FFFFFFFF").isBefore(Lsn.parse("80000000/0")))
                .isTrue();
        assertThat(Lsn.parse("80000000/0").isBefore(Lsn.parse("7FFFFFFF/FFFFFFFF")))
                .isFalse();
        assertThat(Lsn.ZERO.isBefore(Lsn.ZERO)).isFalse();
    }
}
