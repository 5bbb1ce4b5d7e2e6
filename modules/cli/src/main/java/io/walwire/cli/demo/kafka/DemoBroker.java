package io.walwire.cli.demo.kafka;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.jspecify.annotations.Nullable;

/** A Kafka broker in a JVM of its own, whose data lives in a temporary folder and goes with it. */
public final class DemoBroker implements AutoCloseable {
    private static final int START_SECONDS = 60;
    private static final int STOP_SECONDS = 10;
    private static final String CLUSTER = "4L6g3nShT-eMCtK--X86sw";

    private final Path folder;
    private final String libraries;
    private final int port;
    private final int controllerPort;
    private @Nullable Process process;

    private DemoBroker(Path folder, String libraries) throws IOException {
        this.folder = folder;
        this.libraries = libraries;
        this.port = freePort();
        this.controllerPort = freePort();
    }

    /**
     * Starts one.
     *
     * @param libraries the folder of the broker's jars
     * @return answers
     */
    public static DemoBroker start(Path libraries) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("walwire-demo-kafka-");
        DemoBroker broker = new DemoBroker(folder, libraries.resolve("*").toString());
        boolean started = false;
        try {
            broker.run();
            started = true;
            return broker;
        } finally {
            if (!started) {
                broker.close();
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void run() throws IOException, InterruptedException {
        String settings = folder.resolve("server.properties").toString();
        Files.writeString(Path.of(settings), settings());
        Process format = java("kafka.tools.StorageTool", "format", "--standalone", "-t", CLUSTER, "-c", settings);
        process = format;
        if (!format.waitFor(START_SECONDS, TimeUnit.SECONDS) || format.exitValue() != 0) {
            throw failed();
        }
        Process broker = java("kafka.Kafka", settings);
        process = broker;
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!answers()) {
            if (!broker.isAlive() || System.nanoTime() > end) {
                throw failed();
            }
        }
    }

    private WalwireException failed() throws IOException {
        String log = Files.readString(folder.resolve("log")).strip();
        return new WalwireException(
                ErrorCode.SINK,
                "The throw-away Kafka broker did not start: " + log.substring(log.lastIndexOf('\n') + 1));
    }

    private String settings() {
        String listeners = "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort;
        return String.join(
                "\n",
                "process.roles=broker,controller",
                "node.id=1",
                "controller.quorum.bootstrap.servers=127.0.0.1:" + controllerPort,
                "listeners=" + listeners,
                "advertised.listeners=" + listeners,
                "controller.listener.names=CONTROLLER",
                "log.dirs=" + folder.resolve("data").toString().replace('\\', '/'),
                "offsets.topic.num.partitions=1",
                "offsets.topic.replication.factor=1",
                "transaction.state.log.num.partitions=1",
                "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1",
                "log.cleaner.dedupe.buffer.size=4194304",
                "");
    }

    private Process java(String main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                libraries,
                main));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                .start();
    }

    private boolean answers() throws InterruptedException {
        try (Admin admin = admin()) {
            return !admin.describeCluster().nodes().get().isEmpty();
        } catch (ExecutionException e) {
            return false;
        }
    }

    Admin admin() {
        return Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap(),
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                1_000,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                1_000));
    }

    /**
     * Creates compacted topics.
     *
     * @param names of one partition each
     */
    public void create(List<String> names) throws InterruptedException {
        try (Admin admin = admin()) {
            admin.createTopics(names.stream()
                            .map(name -> new NewTopic(name, 1, (short) 1).configs(Map.of("cleanup.policy", "compact")))
                            .toList())
                    .all()
                    .get();
        } catch (ExecutionException e) {
            throw new WalwireException(
                    ErrorCode.SINK, "The demo's topics cannot be created (" + e.getMessage() + ").", e);
        }
    }

    /**
     * Where clients connect to.
     *
     * @return host and port
     */
    public String bootstrap() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() throws IOException {
        Process running = process;
        if (running != null) {
            running.destroy();
            try {
                if (!running.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                    running.destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                running.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) paths.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(path);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
