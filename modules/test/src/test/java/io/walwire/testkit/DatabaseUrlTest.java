package io.walwire.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** URLs of servers, for Walwire and for the driver. */
class DatabaseUrlTest {
    @ParameterizedTest
    @CsvSource({
        "postgresql://u:p@h:1/x, postgresql://u:p@h:1/mine, jdbc:postgresql://h:1/mine?user=u&password=p",
        "postgres://u@h, postgres://u@h/mine, jdbc:postgresql://h/mine?user=u",
        "postgresql://u:a%2Fb+c@h/x?sslmode=require, postgresql://u:a%2Fb+c@h/mine?sslmode=require,"
                + " jdbc:postgresql://h/mine?sslmode=require&user=u&password=a%2Fb%2Bc",
        "jdbc:postgresql://h:1/x?user=u&password=p, jdbc:postgresql://h:1/mine?user=u&password=p,"
                + " jdbc:postgresql://h:1/mine?user=u&password=p"
    })
    void withDatabase_namesAnotherOfTheSameServer(String given, String url, String jdbcUrl) {
        DatabaseUrl mine = DatabaseUrl.parse(given).withDatabase("mine");
        assertThat(mine.url()).isEqualTo(url);
        assertThat(mine.jdbcUrl()).isEqualTo(jdbcUrl);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "h:1/x", "mysql://u:secret@h/x"})
    void parse_ofSomethingElse_saysWhatIsExpected_andNoPassword(String given) {
        assertThatThrownBy(() -> DatabaseUrl.parse(given))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("walwire.testkit.server")
                .message()
                .doesNotContain("u:secret");
    }

    @Test
    void toString_showsNoPassword() {
        assertThat(DatabaseUrl.parse("postgresql://u:secret@h:1/x?password=secret"))
                .asString()
                .isEqualTo("postgresql://h:1/x");
    }
}
