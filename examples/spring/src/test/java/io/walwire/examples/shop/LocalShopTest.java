package io.walwire.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code examples/spring/run} starts: the application with its own PostgreSQL. */
class LocalShopTest {
    private static final Pattern OPEN = Pattern.compile("Open (http://localhost:\\d+/) ");

    @Test
    @Timeout(600)
    void oneCommand_startsEverything_andASignalEndsIt() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        LocalShop.class.getName(),
                        "--server.port=0")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            URI page = URI.create(address(output));
            assertThat(get(page)).contains("<table");
            assertThat(get(page.resolve("users"))).contains("ada@example.org");
            process.toHandle().destroy(); // as Ctrl-C does
            output.lines().forEach(line -> {}); // until it has ended
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String address(BufferedReader output) throws Exception {
        StringBuilder printed = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher open = OPEN.matcher(line);
            if (open.find()) {
                return open.group(1);
            }
            printed.append('\n').append(line);
        }
        throw new AssertionError("The application did not start:" + printed);
    }

    private static String get(URI uri) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
