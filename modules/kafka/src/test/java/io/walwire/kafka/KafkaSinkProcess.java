package io.walwire.kafka;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that writes all events of a database to Kafka until it is killed. */
final class KafkaSinkProcess {
    private KafkaSinkProcess() {}

    public static void main(String[] arguments) throws Exception {
        WalwireBuilder builder =
                KafkaInstances.durable(arguments[0], arguments[1], arguments[2]).set("walwire.slot.busy", "wait");
        for (String setting : Arrays.asList(arguments).subList(3, arguments.length)) {
            String[] parts = setting.split("=", 2);
            builder.set(parts[0], parts[1]);
        }
        try (Walwire walwire = builder.start()) {
            walwire.awaitTermination(Duration.ofMinutes(5));
        }
    }

    /** Starts one, with settings such as {@code walwire.buffer=1MiB} beside those that it needs. */
    static Process start(TestDatabase database, String... settings) throws IOException {
        return startAt(Broker.shared().bootstrap(), database, settings);
    }

    /** Starts one that writes to other brokers than the shared one. */
    static Process startAt(String bootstrap, TestDatabase database, String... settings) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                KafkaSinkProcess.class.getName(),
                database.url(),
                KafkaInstances.slot(database),
                database.name(),
                "walwire.kafka.bootstrap=" + bootstrap,
                "walwire.kafka.positions=" + KafkaInstances.positions(database)));
        command.addAll(List.of(settings));
        ProcessBuilder.Redirect output = ProcessBuilder.Redirect.DISCARD;
        String log = System.getProperty("walwire.test.log");
        if (log != null) {
            command.add(1, "-Dwalwire.test.log=" + log);
            output = ProcessBuilder.Redirect.INHERIT;
        }
        return new ProcessBuilder(command)
                .redirectOutput(output)
                .redirectError(output)
                .start();
    }

    /** As {@code kill -9}. */
    static void kill(Process process) throws InterruptedException {
        process.toHandle().destroyForcibly();
        process.waitFor(30, TimeUnit.SECONDS);
    }
}
