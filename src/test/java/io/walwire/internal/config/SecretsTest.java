package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
    private static final String SECRET = "hunter2";

    @Test
    void toString_showsNoSecret() {
        WalwireConfig config = Given.url("postgresql://walwire:" + SECRET + "@localhost/shop?options=" + SECRET)
                .with("ssl.key-password", SECRET)
                .with("pgjdbc.sslfactoryarg", SECRET)
                .read();
        assertThat(config.server().credentials()).isNotNull();
        assertThat(config.server().driverProperties())
                .containsEntry("sslpassword", SECRET)
                .containsEntry("options", SECRET)
                .doesNotContainKeys("user", "password");
        assertThat(config.toString())
                .contains("shop@localhost:5432", "user=walwire", "sslpassword")
                .doesNotContain(SECRET);
        assertThat(config.server().display()).doesNotContain(SECRET);
        assertThat(config.server().jdbcUrl(config.server().hosts().get(0))).doesNotContain(SECRET, "walwire");
    }

    @Test
    void connectionUrl_toStringShowsNoSecret() {
        assertThat(String.valueOf(ConnectionUrl.parse("postgres://u:" + SECRET + "@h/d", new Problems())))
                .contains("h")
                .doesNotContain(SECRET);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "u:hunter2@localhost/shop",
                "postgresq://u:hunter2@localhost/shop",
                "postgresql:/u:hunter2@localhost/shop",
                "postgresql:u:hunter2@localhost/shop",
                "jdbc:postgresql:u:hunter2@localhost/shop",
                "host=localhost user=u password=hunter2",
                "postgres://u:hunter2@localhost:port/shop",
                "postgres://u:hunter2%zz@localhost/shop",
                "postgres://u:x@hunter2@host with blank/shop",
                "postgres://u:hunter2/x@localhost/shop",
                "postgres://u:1/hunter2@localhost",
                "postgres://u:hunter2?x@localhost/shop",
                "postgres://u:1?hunter2=x@localhost/shop",
                "postgres://u:1?hunter2@localhost/shop",
                "postgres://u:1?sslmode=hunter2@localhost",
                "postgres://localhost/shop/x?user=u&password=hunter2",
                "postgres://localhost/shop?user=u&password=a&hunter2=b",
                "postgres://localhost/shop?user=u&password=a&hunter2",
                "postgres://localhost/shop/x?user=u&p%61ssword=hunter2",
                "postgres://localhost/shop/x?user=u&sslpassword=hunter2",
                "postgres://localhost/shop/x?user=u&PASSWORD=hunter2",
                "u:p://hunter2@localhost/shop",
                "postgres://u:[hunter2@[hunter2@::/shop",
            })
    void badUrl_isShownWithoutItsPassword(String url) {
        assertThat(Given.url(url).problems()).isNotEmpty().noneMatch(problem -> problem.contains(SECRET));
    }

    @ParameterizedTest
    @CsvSource({
        "password,hunter2${",
        "password,hunter2${not a name}",
        "password,${hunter2-x}",
        "host,u:hunter2@localhost",
        "ssl.key-password,hunter2${"
    })
    void badValue_isNotShownWhereItMayBeAPassword(String name, String value) {
        assertThat(Given.minimum().with(name, value).problems())
                .singleElement()
                .asString()
                .startsWith("walwire." + name)
                .doesNotContain(SECRET);
    }

    @Test
    void environmentValue_isNotShown() {
        assertThat(Given.url("${DATABASE_URL}")
                        .environment("DATABASE_URL", "mysql://u:" + SECRET + "@h/d")
                        .problems())
                .singleElement()
                .asString()
                .contains("mysql://u:***@h/d")
                .doesNotContain(SECRET);
    }

    @Test
    void password_keepsItsBlanks() {
        assertThat(Given.minimum().with("password", " a b ").read().server().credentials())
                .isEqualTo(new Credentials("walwire", " a b "));
    }
}
