package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that are reached through a unix-domain socket. */
class UnixSocketServerTest {
    private static final String FOLDER = "/var/run/postgresql";

    private static Given socket() {
        return Given.url("postgresql:///shop?host=" + FOLDER);
    }

    @Test
    void url_asLibpqWritesIt() {
        Server server = socket().read().server();
        assertThat(server.unixSocket()).isEqualTo(Path.of(FOLDER, ".s.PGSQL.5432"));
        assertThat(server.display()).isEqualTo("shop@" + FOLDER + "/.s.PGSQL.5432");
        assertThat(server.jdbcUrl(server.hosts().get(0))).isEqualTo("jdbc:postgresql://localhost:5432/shop");
    }

    @Test
    void host_keyWithAPort() {
        Server server = Given.nothing()
                .with("host", FOLDER)
                .with("port", "5433")
                .with("database", "shop")
                .with("publication", "events")
                .read()
                .server();
        assertThat(server.unixSocket()).isEqualTo(Path.of(FOLDER, ".s.PGSQL.5433"));
    }

    @Test
    void host_keyOverAUrlOfAnyForm() {
        assertThat(Given.url("jdbc:postgresql://h:7/shop")
                        .with("host", FOLDER)
                        .read()
                        .server()
                        .unixSocket())
                .isEqualTo(Path.of(FOLDER, ".s.PGSQL.7"));
        assertThat(socket().with("host", "h").with("user", "u").read().server().unixSocket())
                .isNull();
    }

    @Test
    void user_isWhoRunsTheProcess_unlessGiven() {
        assertThat(socket().read().server().credentials())
                .isEqualTo(new Credentials(System.getProperty("user.name"), null));
        assertThat(socket().with("user", "u").read().server().credentials()).isEqualTo(new Credentials("u", null));
        assertThat(Given.url("postgresql://u@/shop?host=" + FOLDER)
                        .with("password", "p")
                        .read()
                        .server()
                        .credentials())
                .isEqualTo(new Credentials("u", "p"));
        assertThat(socket().readWithSupplier().server().credentials()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"disable", "allow", "prefer"})
    void encryption_notInsistedOn_isNotTried(String mode) {
        Properties properties = socket().with("ssl.mode", mode).read().server().driverProperties();
        assertThat(properties).containsEntry("sslmode", "disable").containsEntry("gssEncMode", "disable");
    }

    @ParameterizedTest
    @CsvSource({
        "ssl.mode, require",
        "ssl.mode, verify-ca",
        "ssl.mode, verify-full",
        "pgjdbc.ssl, true",
        "pgjdbc.gssEncMode, require"
    })
    void encryption_insistedOn_isAProblem(String key, String value) {
        assertThat(socket().with(key, value).problems())
                .containsExactly("walwire." + key + " is \"" + value
                        + "\", but PostgreSQL encrypts nothing on a unix-domain socket, which never leaves the machine;"
                        + " leave it out, or connect over TCP");
    }

    @Test
    void encryption_insistedOnInTheUrl() {
        assertThat(Given.url("postgresql:///shop?host=/tmp&sslmode=verify-full").problems())
                .singleElement()
                .asString()
                .startsWith("Parameter sslmode of walwire.url is \"verify-full\", but PostgreSQL encrypts nothing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/tmp,/run", "/tmp,h:5432", "h:5432,/tmp", "/tmp:1,/tmp:2"})
    void severalHosts_aProblem(String hosts) {
        assertThat(Given.url("postgresql://u@/shop?host=" + hosts).problems())
                .containsExactly(
                        "A unix-domain socket is one of several hosts in walwire.url; give it alone, or hosts and"
                                + " ports that are reached over TCP");
    }
}
