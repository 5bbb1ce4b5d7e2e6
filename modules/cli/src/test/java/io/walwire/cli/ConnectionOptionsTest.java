package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class ConnectionOptionsTest {
    private static final Map<String, String> PGPASSWORD = Map.of("PGPASSWORD", "from environment", "DB", "//u:p@h/d");

    @Test
    void settings_shortForms_areKeys() {
        String[] arguments = {
            "--url", "u", "--user", "me", "--publication", "a, b", "--slot", "s", "--subscriptions", "t"
        };

        assertThat(options(arguments).settings(Map.of()))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "walwire.url", "u",
                        "walwire.user", "me",
                        "walwire.publication", "a, b",
                        "walwire.slot.name", "s",
                        "walwire.slot.durable", "true",
                        "walwire.subscriptions", "t"));
    }

    @Test
    void settings_set_winsOverShortForms_andKeepsEqualsSigns() {
        assertThat(settings(
                        "--set",
                        "walwire.url=postgresql://h/d?sslmode=require",
                        "--url",
                        "other",
                        "--set",
                        "walwire.x="))
                .containsEntry("walwire.url", "postgresql://h/d?sslmode=require")
                .containsEntry("walwire.x", "");
    }

    @Test
    void password_fromNowhereElse_isTheEnvironments() {
        assertThat(settings("--url", "postgresql://me@h/d?user=x"))
                .containsEntry("walwire.password", "from environment");
    }

    @Test
    void password_ofTheEnvironment_isTakenLiterally() {
        assertThat(options("--user", "me").settings(Map.of("PGPASSWORD", "a${B}c")))
                .containsEntry("walwire.password", "a$${B}c");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--url=postgres://me:secret@h/d",
                "--url=jdbc:postgresql://h/d?password=secret",
                "--url=postgres://h/d?sslmode=disable&password=secret",
                "--url=postgres:${DB}",
                "--set=walwire.url=postgres://me:secret@h/d",
            })
    void password_inUrl_keepsTheEnvironmentsOut(String argument) {
        assertThat(settings(argument)).doesNotContainKey("walwire.password");
    }

    @Test
    void password_bySet_keepsTheEnvironmentsOut() {
        assertThat(settings("--set", "walwire.password=secret")).containsEntry("walwire.password", "secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"walwire.password = ${X}", "walwire.url = postgres://me:secret@h/d"})
    void password_inFile_keepsTheEnvironmentsOut(String line, @TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("walwire.properties"), line);

        assertThat(settings("--config", file.toString())).isEmpty();
    }

    @Test
    void password_urlOverFile_decides(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("walwire.properties"), "walwire.url = postgres://me:secret@h/d");

        assertThat(settings("--config", file.toString(), "--url", "postgres://me@other/d"))
                .containsEntry("walwire.password", "from environment");
    }

    @Test
    void otherDatabase_hasTheRoleOfItsUrl_orThatOfTheOptions() {
        String[] read = {"--url=postgres://me:mine@read:1/shop", "--set=walwire.host=read"};
        ConnectionOptions options = options(read);
        var other = options.databaseConfig(PGPASSWORD, "postgres://you@kept:2/books")
                .server();
        assertThat(other.display()).isEqualTo("books@kept:2");
        assertThat(other.credentials()).isEqualTo(new Credentials("you", "from environment"));
        assertThat(options.databaseConfig(PGPASSWORD, "postgres://you:yours@kept/books")
                        .server()
                        .credentials())
                .isEqualTo(new Credentials("you", "yours"));
        assertThat(options("--url=postgres://read/shop", "--user=me", "--set=walwire.password=mine")
                        .databaseConfig(PGPASSWORD, "postgres://kept/books")
                        .server()
                        .credentials())
                .isEqualTo(new Credentials("me", "mine"));
    }

    private static Map<String, String> settings(String... arguments) {
        return options(arguments).settings(PGPASSWORD);
    }

    private static ConnectionOptions options(String... arguments) {
        ConnectionOptions options = new ConnectionOptions();
        new CommandLine(options).parseArgs(arguments);
        return options;
    }
}
