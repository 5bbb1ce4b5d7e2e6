package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.cli.signal.Signals;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command line says, and with which exit code, where no database is needed to know. */
class CommandLineTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<Boolean> verbose = new ArrayList<>();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|A command is missing; use one of: demo, tail, watch, run, doctor, triggers, backfill, dead-letters",
                "frob|Unmatched argument at index 0: 'frob'",
                "tial|Unmatched argument at index 0: 'tial'. Did you mean tail?",
                "tail --max-event 3|Unknown options: '--max-event', '3'. Did you mean --max-events?",
                "tail --format xml|Invalid value for option '--format'",
                "tail --frob|Unknown option: '--frob'",
                "tail --config|Missing required parameter for option '--config' (FILE)",
                "tail --set walwire.url|Value for option '--set' (KEY=VALUE) should be in KEY=VALUE format",
                "tail --max-events 0|--max-events must be greater than 0",
                "tail --max-events x|Invalid value for option '--max-events': 'x' is not a long",
                "tail --idle-timeout -1|--idle-timeout must be greater than 0",
                "tail --idle-timeout NaN|--idle-timeout must be greater than 0",
                "watch|Missing required parameter: 'TABLE'",
                "watch a.b.c|TABLE: ",
                "watch item --where|Missing required parameter for option '--where' (COLUMN=VALUE)",
                "watch item --idle-timeout 0|--idle-timeout must be greater than 0",
                "demo --seconds 0|--seconds must be at least 1",
                "doctor --frob|Unknown option: '--frob'",
                "backfill|A command is missing; use one of: start, list, pause, resume, cancel",
                "backfill pause|Missing required parameter: 'TABLE|RUN'",
                "dead-letters|A command is missing; use one of: list, replay, drop",
                "dead-letters drop|Choose the letters with --id, --handler or --all",
                "dead-letters replay --all --id 1|--all cannot be combined with --id or --handler",
                "dead-letters list --file /no/such.file|--file: there is no file /no/such.file",
                "run --classpath /no/such.jar|--classpath: there is no readable jar or folder /no/such.jar",
            })
    void usage_wrong_saidInOneLineWithExitCode2(String arguments, String message) {
        assertThat(execute(arguments == null ? new String[0] : arguments.split(" ")))
                .isEqualTo(2);

        assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(lines()).hasSize(2);
        assertThat(lines().get(0)).startsWith("walwire: ").contains(message);
        assertThat(lines().get(1))
                .matches(
                        "Try: walwire( demo| tail| watch| run| doctor| triggers| backfill( list| pause| resume| cancel)?| dead-letters( list| replay| drop)?)? --help");
    }

    @ParameterizedTest
    @CsvSource({
        "--help, Commands:",
        "demo --help, --seconds=N",
        "tail --help, --max-events=N",
        "watch --help, --keys-only",
        "run --help, --classpath",
        "doctor --help, --publication=NAMES",
        "dead-letters replay --help, --classpath"
    })
    void help_isAResult(String arguments, String content) {
        assertThat(execute(arguments.split(" "))).isZero();

        assertThat(out.toString(StandardCharsets.UTF_8)).contains("Usage: walwire", content);
        assertThat(lines()).isEmpty();
    }

    @Test
    void version_isTheBuilds() {
        assertThat(execute("--version")).isZero();

        assertThat(out.toString(StandardCharsets.UTF_8)).matches("walwire \\d+\\.\\d+\\.\\d+\\S*\\R");
    }

    @Test
    void configuration_everyProblemOnALineOfItsOwn() {
        assertThat(execute("tail", "--url", "postgresql://localhost/shop", "--set", "walwire.slot.busy=perhaps"))
                .isEqualTo(2);

        assertThat(lines()).allMatch(line -> line.startsWith("walwire: "));
        assertThat(lines()).hasSize(3);
        assertThat(lines()).anyMatch(line -> line.contains("walwire.user"));
        assertThat(lines()).anyMatch(line -> line.contains("walwire.publication"));
        assertThat(lines()).anyMatch(line -> line.contains("walwire.slot.busy"));
    }

    @Test
    void configuration_unknownKeyOfSet_isNamed() {
        assertThat(execute("run", "--set", "walwire.publicaton=events")).isEqualTo(2);

        assertThat(lines())
                .anyMatch(line -> line.contains("walwire.publicaton") && line.contains("walwire.publication"));
    }

    @Test
    void configuration_missingFile_isNamed(@TempDir Path folder) {
        Path file = folder.resolve("none.properties");

        assertThat(execute("tail", "--config", file.toString())).isEqualTo(2);

        assertThat(lines()).anyMatch(line -> line.contains(file.toString()));
    }

    @Test
    void run_missingHandlerClass_isConfiguration(@TempDir Path classes) throws IOException {
        String[] arguments = {
            "run",
            "--url",
            "postgresql://me@localhost:" + closedPort() + "/shop",
            "--publication",
            "events",
            "--classpath",
            classes.toString(),
            "--set",
            "walwire.handlers=com.acme.Missing"
        };

        assertThat(execute(arguments)).isEqualTo(2);

        assertThat(lines()).singleElement().asString().contains("com.acme.Missing");
    }

    /** It would confirm every change, and do nothing about it. */
    @Test
    void run_withoutHandlers_isConfiguration() throws IOException {
        String url = "postgresql://me@localhost:" + closedPort() + "/shop";

        assertThat(execute("run", "--url", url, "--publication", "events")).isEqualTo(2);

        assertThat(lines()).singleElement().asString().contains("walwire.handlers is missing");
    }

    @Test
    void tail_handlersOfTheConfiguration_areNotLookedFor(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("walwire.properties");
        Files.writeString(
                file,
                "walwire.url=postgresql://me@localhost:" + closedPort() + "/shop\nwalwire.publication=events\n"
                        + "walwire.handlers=com.acme.Missing\nwalwire.handlers.package=com.acme\n");

        assertThat(execute("tail", "--config", file.toString())).isEqualTo(1);
    }

    @Test
    void failure_unreachableServer_oneLineWithoutStackTraceOrPassword() throws IOException {
        int port = closedPort();

        assertThat(execute(
                        "tail",
                        "--url",
                        "postgresql://me:secret@localhost:" + port + "/shop",
                        "--publication",
                        "events"))
                .isEqualTo(1);

        assertThat(lines())
                .singleElement()
                .asString()
                .startsWith("walwire: ")
                .contains("localhost:" + port)
                .doesNotContain("secret");
        assertThat(verbose).containsExactly(false);
    }

    @Test
    void failure_verbose_hasAStackTrace() throws IOException {
        String url = "postgresql://me:secret@localhost:" + closedPort() + "/shop";

        assertThat(execute("tail", "--verbose", "--url", url, "--publication", "events"))
                .isEqualTo(1);

        assertThat(lines()).anyMatch(line -> line.startsWith("\tat io.walwire."));
        assertThat(lines()).noneMatch(line -> line.contains("secret"));
        assertThat(verbose).containsExactly(true);
    }

    private int execute(String... arguments) {
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        return Main.commandLine(out, errors, Map.of(), new Signals(), verbose::add)
                .execute(arguments);
    }

    private List<String> lines() {
        return err.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
