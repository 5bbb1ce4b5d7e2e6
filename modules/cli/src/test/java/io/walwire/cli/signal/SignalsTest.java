package io.walwire.cli.signal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exit codes of commands that a signal cuts off in the middle of their work; {@code tail} and {@code run} drain. */
class SignalsTest {
    private static final int SIGTERM = 128 + 15;

    /** The server takes the connection and never answers. */
    @ParameterizedTest
    @ValueSource(strings = {"doctor", "triggers install", "dead-letters list"})
    void commandThatWaitsForTheServer_isCutOff_andDoesNotSayThatItIsDone(String command) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(60_000);
            Process process = start(command, server);
            try (Socket client = server.accept()) {
                assertThat(client.getInputStream().read())
                        .as("it asks the server")
                        .isNotNegative();
                process.toHandle().destroy();
                assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
                assertThat(process.exitValue()).isEqualTo(SIGTERM);
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
    }

    private static Process start(String command, ServerSocket server) throws Exception {
        String url = "postgresql://nobody@" + server.getInetAddress().getHostAddress() + ":" + server.getLocalPort()
                + "/none";
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "io.walwire.cli.Main"));
        line.addAll(List.of(command.split(" ")));
        line.addAll(List.of("--url", url, "--set", "walwire.dead-letters=table"));
        return new ProcessBuilder(line)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
