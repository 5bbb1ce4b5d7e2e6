package io.walwire.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;

/** A Kafka broker in a JVM of its own, with Kafka's defaults but for what one broker alone needs. */
final class BenchmarkBroker implements AutoCloseable {
    private static final long LONGEST_START = 90_000_000_000L;
    private static final String CLUSTER = "4L6g3nShT-eMCtK--X86sw";

    private final Path folder;
    private final String libraries;
    private final int port = freePort();
    private final int controllerPort = freePort();
    private Process process;

    private BenchmarkBroker(String libraries) throws IOException {
        this.folder = Files.createTempDirectory("walwire-bench-kafka-");
        this.libraries = libraries;
    }

    /**
     * Starts one.
     *
     * @param libraries the folder of the broker's jars
     */
    static BenchmarkBroker start(Path libraries) throws IOException, InterruptedException {
        BenchmarkBroker broker =
                new BenchmarkBroker(libraries.toAbsolutePath().resolve("*").toString());
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
        Path settings = Files.writeString(folder.resolve("server.properties"), settings());
        process = java("kafka.tools.StorageTool", "format", "--standalone", "-t", CLUSTER, "-c", settings.toString());
        if (process.waitFor() != 0) {
            throw failed();
        }
        process = java("kafka.Kafka", settings.toString());
        long began = System.nanoTime();
        while (!answers()) {
            if (!process.isAlive() || System.nanoTime() - began > LONGEST_START) {
                throw failed();
            }
        }
    }

    private IllegalStateException failed() throws IOException {
        return new IllegalStateException("The broker did not start: " + Files.readString(folder.resolve("log")));
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
                "log.dirs=" + folder.resolve("data"),
                "offsets.topic.replication.factor=1",
                "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1",
                "");
    }

    private Process java(String main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g", "-cp", libraries, main));
        command.addAll(Arrays.asList(arguments));
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

    private Admin admin() {
        return Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap(),
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                10_000,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                10_000));
    }

    /** Creates a topic of one partition, so that the order of its records is that of the changes. */
    void create(String topic) throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
        }
    }

    /** Deletes topics, so that the disk has room for the next ones. */
    void delete(List<String> topics) throws Exception {
        try (Admin admin = admin()) {
            admin.deleteTopics(topics).all().get();
        }
    }

    String bootstrap() {
        return "127.0.0.1:" + port;
    }

    /** Its processor time so far, in seconds. */
    double cpuSeconds() {
        return Proc.cpuSeconds(process.pid());
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (process != null) {
            process.destroy();
            process.waitFor();
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) paths.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(path);
            }
        }
    }
}
