package io.walwire.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class SqlTest {
    @Test
    void identifier_isAlwaysQuoted() {
        assertThat(SqlIdentifiers.quote("user")).isEqualTo("\"user\"");
        assertThat(SqlIdentifiers.quote("a\"; DROP TABLE b; --")).isEqualTo("\"a\"\"; DROP TABLE b; --\"");
    }

    @Test
    void identifier_thatPostgresCannotHold() {
        assertThatIllegalArgumentException().isThrownBy(() -> SqlIdentifiers.quote(""));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SqlIdentifiers.quote("a\0"))
                .withMessageContaining("position 2");
    }

    @Test
    void literal_doublesQuotes() {
        assertThat(SqlLiterals.quote("")).isEqualTo("''");
        assertThat(SqlLiterals.quote("it's")).isEqualTo("'it''s'");
    }

    @Test
    void literal_withBackslashMeansTheSameUnderEverySetting() {
        assertThat(SqlLiterals.quote("\\' OR 1=1")).isEqualTo("E'\\\\'' OR 1=1'");
    }

    @Test
    void literal_withZeroCharacter() {
        assertThatIllegalArgumentException().isThrownBy(() -> SqlLiterals.quote("\0"));
    }
}
