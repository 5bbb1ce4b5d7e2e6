package io.walwire.kafka;

import static org.assertj.core.api.Assumptions.assumeThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.Suspended;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/**
 * A real broker in a JVM of its own, with KRaft; it may be killed and started again. Its files are on a disk of their own that can be made
 * full, where the machine allows that.
 */
final class Broker {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static @Nullable Broker shared;

    private final Path folder;
    private final @Nullable LimitedDisk disk;
    private final BrokerListeners listeners;
    private final LossyProxy proxy;
    private @Nullable Process process;

    /**
     * Makes its files.
     *
     * @param listeners of this node; a node that is not its own controller leaves the topics to the one that is
     * @param copies how many brokers hold each partition
     */
    Broker(BrokerListeners listeners, int copies) throws IOException {
        this.listeners = listeners;
        folder = Files.createTempDirectory("walwire-kafka");
        disk = LimitedDisk.at(Files.createDirectory(data()));
        proxy = new LossyProxy(listeners.proxied());
        Files.writeString(
                folder.resolve("server.properties"),
                String.join("\n", listeners.settings(proxy.port())) + "\n" + String.join("\n", settings(copies)));
        Process format = run(
                "kafka.tools.StorageTool",
                "format",
                listeners.isController() ? "--standalone" : "--no-initial-controllers",
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

    private Path data() {
        return folder.resolve("data");
    }

    /** One for all tests of this JVM; running. */
    static synchronized Broker shared() {
        try {
            Broker broker = shared;
            if (broker == null) {
                broker = new Broker(BrokerListeners.ofOne(), 1);
                shared = broker;
            }
            broker.start();
            return broker;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> settings(int copies) {
        return List.of(
                "log.dirs=" + data(),
                "num.partitions=3",
                "default.replication.factor=" + copies,
                "offsets.topic.num.partitions=1",
                "offsets.topic.replication.factor=1",
                "transaction.state.log.num.partitions=" + (copies == 1 ? 2 : 1),
                "transaction.state.log.replication.factor=" + copies,
                "transaction.state.log.min.isr=1",
                "share.coordinator.state.topic.num.partitions=1",
                "share.coordinator.state.topic.replication.factor=1",
                "share.coordinator.state.topic.min.isr=1",
                "group.initial.rebalance.delay.ms=0",
                "log.cleaner.dedupe.buffer.size=4194304",
                "transaction.max.timeout.ms=120000",
                "transaction.abort.timed.out.transaction.cleanup.interval.ms=200",
                "auto.leader.rebalance.enable=false",
                "broker.session.timeout.ms=" + (copies == 1 ? 10000 : 4000),
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
        return new ProcessBuilder(disk == null ? command : disk.command(command))
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
            running.waitFor(180, TimeUnit.SECONDS);
        }
    }

    /** Stops it by a signal: it keeps its connections and answers nothing, until this is closed. */
    synchronized Suspended suspend() {
        return Suspended.process(Objects.requireNonNull(process, "not started").toHandle());
    }

    String bootstrap() {
        return listeners.bootstrap();
    }

    /** Where {@link #asUser} logs in. */
    String secureBootstrap() {
        return listeners.secureBootstrap();
    }

    /** Where clients come through {@link #proxy}. */
    String proxiedBootstrap() {
        return "127.0.0.1:" + proxy.port();
    }

    LossyProxy proxy() {
        return proxy;
    }

    int node() {
        return listeners.node();
    }

    /** The disk of its files; aborts the test where there is none. */
    LimitedDisk disk() {
        assumeThat(disk)
                .as("a disk that can be made full: needs Linux, unshare, nsenter, and namespaces of users")
                .isNotNull();
        return Objects.requireNonNull(disk);
    }

    boolean hasDisk() {
        return disk != null;
    }

    /** Whether its process is there. */
    synchronized boolean isRunning() {
        return process != null && process.isAlive();
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

    /** The right of the user {@code shop} to everything of a type whose name begins so. */
    static AclBinding right(ResourceType type, String beginning) {
        return new AclBinding(
                new ResourcePattern(type, beginning, PatternType.PREFIXED),
                new AccessControlEntry("User:shop", "*", AclOperation.ALL, AclPermissionType.ALLOW));
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
        return admin(bootstrap());
    }

    static Admin admin(String bootstrap) {
        return Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                60_000,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                60_000));
    }

    private void remove() {
        try {
            kill();
            if (disk != null) {
                disk.remove();
            }
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        } catch (IOException | InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
