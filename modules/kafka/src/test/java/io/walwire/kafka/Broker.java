package io.walwire.kafka;

import io.walwire.testing.Eventually;
import io.walwire.testing.Suspended;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.jspecify.annotations.Nullable;

/** A real broker in a JVM of its own, with KRaft; it may be killed and started again. */
final class Broker {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static @Nullable Broker shared;

    private final Path folder;
    private final int port;
    private final int controllerPort;
    private final int securePort;
    private @Nullable Process process;

    private Broker() throws IOException {
        folder = Files.createTempDirectory("walwire-kafka");
        port = freePort();
        controllerPort = freePort();
        securePort = freePort();
        Files.writeString(folder.resolve("server.properties"), settings());
        Process format = run(
                "kafka.tools.StorageTool",
                "format",
                "--standalone",
                "-t",
                "4L6g3nShT-eMCtK--X86sw",
                "-c",
                folder.resolve("server.properties").toString());
        try {
            if (!format.waitFor(60, TimeUnit.SECONDS) || format.exitValue() != 0) {
                throw new IOException("The format failed: " + log());
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::remove));
    }

    /** One for all tests of this JVM; running. */
    static synchronized Broker shared() {
        try {
            Broker broker = shared;
            if (broker == null) {
                broker = new Broker();
                shared = broker;
            }
            broker.start();
            return broker;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private String settings() {
        return String.join(
                "\n",
                "process.roles=broker,controller",
                "node.id=1",
                "controller.quorum.bootstrap.servers=127.0.0.1:" + controllerPort,
                "listeners=PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort
                        + ",SASL_PLAINTEXT://127.0.0.1:" + securePort,
                "advertised.listeners=PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort
                        + ",SASL_PLAINTEXT://127.0.0.1:" + securePort,
                // who comes without a password may do everything, users only what they are allowed
                "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users=User:ANONYMOUS",
                "sasl.enabled.mechanisms=PLAIN",
                "listener.name.sasl_plaintext.plain.sasl.jaas.config="
                        + "org.apache.kafka.common.security.plain.PlainLoginModule required user_shop=\"tea\";",
                "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT",
                "inter.broker.listener.name=PLAINTEXT",
                "controller.listener.names=CONTROLLER",
                "log.dirs=" + folder.resolve("data"),
                "num.partitions=3",
                "offsets.topic.num.partitions=1",
                "offsets.topic.replication.factor=1",
                "transaction.state.log.num.partitions=2",
                "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1",
                "share.coordinator.state.topic.num.partitions=1",
                "share.coordinator.state.topic.replication.factor=1",
                "share.coordinator.state.topic.min.isr=1",
                "group.initial.rebalance.delay.ms=0",
                "log.cleaner.dedupe.buffer.size=4194304",
                "transaction.max.timeout.ms=120000",
                "transaction.abort.timed.out.transaction.cleanup.interval.ms=200",
                "broker.session.timeout.ms=2000",
                "broker.heartbeat.interval.ms=500",
                "num.network.threads=2",
                "num.io.threads=2",
                "");
    }

    private Process run(String main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                .start();
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("log"));
    }

    /** Starts it, unless it runs. */
    synchronized void start() throws IOException {
        if (process != null && process.isAlive()) {
            return;
        }
        Process started = run("kafka.Kafka", folder.resolve("server.properties").toString());
        process = started;
        Eventually.until(LONG, () -> {
            if (!started.isAlive()) {
                throw new IllegalStateException("The broker has ended: " + log());
            }
            return answers();
        });
    }

    private boolean answers() throws InterruptedException {
        try (Admin admin = admin()) {
            return !admin.describeCluster().nodes().get().isEmpty();
        } catch (ExecutionException e) {
            return false;
        }
    }

    /** As {@code kill -9}. */
    synchronized void kill() throws InterruptedException {
        Process running = process;
        if (running != null) {
            running.toHandle().destroyForcibly();
            running.waitFor(30, TimeUnit.SECONDS);
        }
    }

    /** Stops it by a signal: it keeps its connections and answers nothing, until this is closed. */
    synchronized Suspended suspend() {
        return Suspended.process(Objects.requireNonNull(process, "not started").toHandle());
    }

    String bootstrap() {
        return "127.0.0.1:" + port;
    }

    /** Where {@link #asUser} logs in. */
    String secureBootstrap() {
        return "127.0.0.1:" + securePort;
    }

    /** The sink's settings as the user {@code shop}, who has no rights but those that a test gives. */
    KafkaSink.Builder asUser(KafkaSink.Builder sink, String password) {
        return sink.bootstrap(secureBootstrap())
                .producer("security.protocol", "SASL_PLAINTEXT")
                .producer("sasl.mechanism", "PLAIN")
                .producer(
                        "sasl.jaas.config",
                        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"shop\" password=\""
                                + password + "\";");
    }

    /** Gives rights, and waits until the broker has them: the controller answers before. */
    static void allow(Admin admin, Collection<AclBinding> rights) throws Exception {
        admin.createAcls(rights).all().get();
        Eventually.until(LONG, () -> acls(admin).containsAll(rights));
    }

    /** Takes rights away, as {@link #allow}. */
    static void deny(Admin admin, Collection<AclBinding> rights) throws Exception {
        admin.deleteAcls(rights.stream().map(AclBinding::toFilter).toList())
                .all()
                .get();
        Eventually.until(LONG, () -> Collections.disjoint(acls(admin), rights));
    }

    private static Collection<AclBinding> acls(Admin admin) throws Exception {
        return admin.describeAcls(AclBindingFilter.ANY).values().get();
    }

    Admin admin() {
        return Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap(),
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                5_000,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                5_000));
    }

    private void remove() {
        try {
            kill();
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        } catch (IOException | InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
