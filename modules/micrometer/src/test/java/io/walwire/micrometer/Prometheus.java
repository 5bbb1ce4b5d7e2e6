package io.walwire.micrometer;

import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A real Prometheus that scrapes a registry each second and evaluates the alert rules. Where there is none a test is skipped, unless
 * {@code -Dwalwire.test.prometheus=required}; any other value is the program's path.
 */
final class Prometheus implements AutoCloseable {
    private static final String PROPERTY = "walwire.test.prometheus";
    private static final Path RULES = Path.of("docs/metrics-rules.yml");

    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpServer target;
    private final Process process;
    private final String address;

    private Prometheus(HttpServer target, Process process, String address) {
        this.target = target;
        this.process = process;
        this.address = address;
    }

    /**
     * Starts one.
     *
     * @param folder where it keeps its data
     */
    static Prometheus scraping(PrometheusMeterRegistry registry, Path folder) throws IOException {
        String program = program();
        HttpServer target = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        target.createContext("/metrics", exchange -> {
            byte[] text = registry.scrape().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
            exchange.sendResponseHeaders(200, text.length);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(text);
            }
        });
        target.start();
        Path config = Files.writeString(folder.resolve("prometheus.yml"), """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ["%s"]
                scrape_configs:
                  - job_name: walwire
                    static_configs: [{targets: ["127.0.0.1:%d"]}]
                """.formatted(
                        RULES.toAbsolutePath(), target.getAddress().getPort()));
        String address = "127.0.0.1:" + freePort();
        Process process = new ProcessBuilder(
                        program,
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + folder.resolve("data"),
                        "--web.listen-address=" + address)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        return new Prometheus(target, process, address);
    }

    private static String program() {
        String given = System.getProperty(PROPERTY, "");
        Optional<Path> found = Stream.concat(
                        Stream.of(given).filter(path -> !path.isEmpty()).map(Path::of),
                        Stream.of(System.getenv("PATH").split(File.pathSeparator))
                                .map(folder -> Path.of(folder, "prometheus")))
                .filter(Files::isExecutable)
                .filter(Files::isRegularFile)
                .findFirst();
        if (found.isEmpty()) {
            String missing = "No prometheus on the PATH. Install one, such as Debian's package prometheus.";
            if (given.equals("required")) {
                fail(missing);
            }
            Assumptions.abort(missing);
        }
        return found.orElseThrow().toString();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /**
     * Asks the API.
     *
     * @param path such as {@code /api/v1/rules}
     * @return its {@code data}; missing where it does not answer yet
     * @throws AssertionError if it refuses
     */
    JsonNode get(String path) throws InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://" + address + path)).build();
        try {
            String body = client.send(request, BodyHandlers.ofString()).body();
            if (!body.startsWith("{")) {
                return new ObjectMapper().missingNode(); // it says in plain text that it is starting
            }
            JsonNode answer = new ObjectMapper().readTree(body);
            if (!answer.path("status").asText().equals("success")) {
                throw new AssertionError(path + ": " + answer);
            }
            return answer.path("data");
        } catch (IOException e) {
            if (!process.isAlive()) {
                throw new AssertionError("Prometheus has ended", e);
            }
            return new ObjectMapper().missingNode();
        }
    }

    /** The series that a query finds now. */
    JsonNode query(String query) throws InterruptedException {
        return get("/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8))
                .path("result");
    }

    @Override
    public void close() throws InterruptedException {
        target.stop(0);
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
