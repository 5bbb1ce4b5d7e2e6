package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.Driver;

class ServerTest {
    private final Path folder;

    ServerTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void keys_insteadOfUrl() {
        Server server = parts("h1, h2:7")
                .with("port", "5433")
                .with("password", "p")
                .read()
                .server();
        assertThat(server.hosts()).containsExactly(new HostPort("h1", 5433), new HostPort("h2", 7));
        assertThat(server.database()).isEqualTo("shop");
        assertThat(server.credentials()).isEqualTo(new Credentials("walwire", "p"));
        assertThat(server.display()).isEqualTo("shop@h1:5433,h2:7");
    }

    @Test
    void keys_overrideTheUrl() {
        Given url = Given.url("postgresql://a:b@h:1/d");
        assertThat(url.with("host", "other").read().server().display()).isEqualTo("d@other:1");
        assertThat(url.with("port", "2").read().server().display()).isEqualTo("d@other:2");
        assertThat(url.without("host").read().server().display()).isEqualTo("d@h:2");
        assertThat(url.with("database", "e").read().server().display()).isEqualTo("e@h:2");
        assertThat(url.with("user", "c").read().server().credentials()).isEqualTo(new Credentials("c", "b"));
        assertThat(url.with("password", "x").read().server().credentials()).isEqualTo(new Credentials("c", "x"));
    }

    @Test
    void host_replacingHostsOfDifferentPorts() {
        Given url = Given.url("postgresql://u@h1:1,h2:2/d").with("host", "h3");
        assertThat(url.problems())
                .singleElement()
                .asString()
                .startsWith("walwire.host is \"h3\": the hosts of walwire.url that it replaces have different ports");
        assertThat(url.with("host", "h3:3").read().server().display()).isEqualTo("d@h3:3");
    }

    @Test
    void port_thatNoHostUses() {
        assertThat(parts("h:1").with("port", "2").problems())
                .singleElement()
                .asString()
                .startsWith("walwire.port is \"2\": every host already has a port");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "@postgresql | abstract unix-domain sockets are not supported",
                "/tmp/.s.PGSQL.5432 | it is a unix-domain socket; give the folder",
                "h:x | a port is a whole number",
                "h1,,h2 | host 2: the host is empty",
                ":5432 | the host is empty",
                "::1 | an IPv6 address is written in brackets",
                "h/d | a character that is not allowed in a host name"
            })
    void host_faults(String host, String fault) {
        assertThat(parts(host).problems()).singleElement().satisfies(problem -> assertThat(problem)
                .startsWith("walwire.host is \"" + host + "\": ")
                .contains(fault));
    }

    @Test
    void partsMissing() {
        assertThat(parts("h").without("database").problems())
                .containsExactly("walwire.database is missing; give it, or end walwire.url with /database");
        assertThat(parts("h").without("host").problems())
                .containsExactly("walwire.host is missing; give it beside walwire.database, or give walwire.url");
        assertThat(parts("h").without("user").problems())
                .singleElement()
                .asString()
                .startsWith("walwire.user is missing");
    }

    @Test
    void unreadableUrl_isTheOnlyProblem() {
        assertThat(Given.url("nonsense").problems()).hasSize(1);
    }

    @Test
    void supplier_needsNoUser() {
        assertThat(parts("h").without("user").readWithSupplier().server().credentials())
                .isNull();
    }

    @Test
    void supplier_besideUserAndPassword() {
        assertThat(parts("h").with("password", "p").problemsWithSupplier())
                .hasSize(2)
                .allMatch(problem -> problem.contains("a supplier of credentials too"));
        assertThat(Given.url("postgresql://u:p@h/d").problemsWithSupplier())
                .singleElement()
                .asString()
                .startsWith("A user or password in walwire.url");
    }

    @Test
    void targetServerType_ofSeveralHosts() {
        assertThat(parts("h1,h2").read().server().driver()).containsEntry("targetServerType", "primary");
        assertThat(parts("h1,h2")
                        .with("pgjdbc.targetServerType", "any")
                        .read()
                        .server()
                        .driver())
                .containsEntry("targetServerType", "any");
        assertThat(parts("h1").read().server().driver()).doesNotContainKey("targetServerType");
    }

    @Test
    void ssl_keys() throws IOException {
        String file = Files.createFile(folder.resolve("file")).toString();
        Properties properties = parts("h")
                .with("ssl.mode", "verify-full")
                .with("ssl.root-certificate", file)
                .with("ssl.certificate", file)
                .with("ssl.key", file)
                .with("ssl.key-password", " k ")
                .with("connect.timeout", "2m")
                .read()
                .server()
                .driverProperties();
        assertThat(properties)
                .containsOnly(
                        Map.entry("sslmode", "verify-full"),
                        Map.entry("sslrootcert", file),
                        Map.entry("sslcert", file),
                        Map.entry("sslkey", file),
                        Map.entry("sslpassword", " k "),
                        Map.entry("connectTimeout", "120"),
                        Map.entry("ApplicationName", "walwire"));
    }

    @ParameterizedTest
    @CsvSource({"ssl.root-certificate,walwire.ssl.root-certificate", "pgjdbc.sslkey,walwire.pgjdbc.sslkey"})
    void ssl_missingFile(String name, String source) {
        String missing = folder.resolve("none.pem").toString();
        assertThat(parts("h").with(name, missing).problems())
                .containsExactly(source + ": the file " + missing + " does not exist or cannot be read");
    }

    @Test
    void ssl_missingFileInUrl() {
        assertThat(Given.url("postgresql://u@h/d?sslcert=none.pem").problems())
                .containsExactly(
                        "Parameter sslcert of walwire.url: the file none.pem does not exist or cannot be read");
    }

    @Test
    void ssl_factoryOfOnesOwnReadsFilesItsOwnWay() {
        assertThat(parts("h")
                        .with("pgjdbc.sslfactory", "com.acme.Factory")
                        .with("ssl.certificate", "vault:cert")
                        .read()
                        .server()
                        .driver())
                .containsEntry("sslcert", "vault:cert");
    }

    @Test
    void driver_keyWinsOverUrl() {
        Given url =
                Given.url("postgresql://u@h/d?sslmode=require&connect_timeout=3&options=-c%20a%3Db&tcpKeepAlive=true");
        assertThat(url.read().server().driver())
                .containsEntry("sslmode", "require")
                .containsEntry("connectTimeout", "3");
        assertThat(url.with("ssl.mode", "disable")
                        .with("pgjdbc.connectTimeout", "4")
                        .with("pgjdbc.options", "-c c=d")
                        .read()
                        .server()
                        .driver())
                .containsEntry("sslmode", "disable")
                .containsEntry("connectTimeout", "4")
                .containsEntry("options", "-c c=d")
                .containsEntry("tcpKeepAlive", "true");
    }

    @Test
    void driver_sameSettingTwice() {
        assertThat(parts("h")
                        .with("ssl.mode", "disable")
                        .with("pgjdbc.sslmode", "require")
                        .problems())
                .containsExactly("walwire.ssl.mode and walwire.pgjdbc.sslmode are the same setting; keep one of them");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "replication",
                "assumeMinServerVersion",
                "preferQueryMode",
                "socketFactory",
                "socketFactoryArg",
                "user",
                "password",
                "PGHOST",
                "PGPORT",
                "PGDBNAME",
                "service"
            })
    void driver_refusedWithAReason(String name) {
        assertThat(parts("h").with("pgjdbc." + name, "hunter2").problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .matches("walwire.pgjdbc." + name + " cannot be given: .{10,}")
                        .doesNotContain("hunter2"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcpKeepAlive | yes | it must be true or false.",
                "ssl | yes | it must be true or false.",
                "socketTimeout | 5s | it must be a whole number",
                "autosave | Always | Did you mean always?",
                "requireAuth | md5,scram | it must be password, md5",
                "targetServerType | primry | Did you mean primary?"
            })
    void driver_wrongValue(String name, String value, String fault) {
        assertThat(parts("h").with("pgjdbc." + name, value).problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .startsWith("walwire.pgjdbc." + name + " is \"" + value + "\": ")
                        .contains(fault));
    }

    @Test
    void driver_rightValues() {
        assertThat(parts("h")
                        .with("pgjdbc.requireAuth", "scram-sha-256,!md5")
                        .with("pgjdbc.ssl", "true")
                        .with("pgjdbc.ApplicationName", "mine")
                        .with("pgjdbc.maxResultBuffer", "10p")
                        .read()
                        .server()
                        .driver())
                .containsEntry("requireAuth", "scram-sha-256,!md5")
                .containsEntry("ssl", "true")
                .containsEntry("ApplicationName", "mine")
                .containsEntry("maxResultBuffer", "10p");
    }

    @Test
    void driver_whiteSpaceThatNobodySees() {
        assertThat(parts("h").with("pgjdbc.options", "-c a=b ").problems())
                .containsExactly("walwire.pgjdbc.options begins or ends with white space; remove it");
    }

    @Test
    void driverProperties_areACopy() {
        Server server = parts("h").read().server();
        server.driverProperties().put("user", "x");
        assertThat(server.driverProperties()).doesNotContainKey("user");
    }

    @Test
    void jdbcUrl_isReadBackByTheDriver() {
        Server server =
                new Server(List.of(new HostPort("h1", 1), new HostPort("::1", 2)), "a/b c+d?e%f&ü", null, Map.of());
        String url = server.jdbcUrl(server.hosts().get(1));
        assertThat(url).isEqualTo("jdbc:postgresql://[::1]:2/a%2Fb%20c%2Bd%3Fe%25f%26%C3%BC");
        assertThat(Driver.parseURL(url, null))
                .containsEntry("PGDBNAME", "a/b c+d?e%f&ü")
                .containsEntry("PGHOST", "[::1]")
                .containsEntry("PGPORT", "2");
    }

    @Test
    void connectTimeout_shorterWhereThereIsAnotherHost() {
        assertThat(parts("h1").read().server().driver()).containsEntry("connectTimeout", "10");
        assertThat(parts("h1,h2").read().server().driver()).containsEntry("connectTimeout", "3");
        assertThat(parts("h1,h2").with("connect.timeout", "7s").read().server().driver())
                .containsEntry("connectTimeout", "7");
    }

    private static Given parts(String hosts) {
        return Given.nothing()
                .with("host", hosts)
                .with("database", "shop")
                .with("user", "walwire")
                .with("publication", "events");
    }
}
