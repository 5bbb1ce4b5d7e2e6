package io.walwire.kafka;

import io.walwire.Walwire;
import java.time.Duration;

/** A process that writes all events of a database to Kafka until it is killed. */
final class KafkaSinkProcess {
    private KafkaSinkProcess() {}

    public static void main(String[] arguments) throws Exception {
        try (Walwire walwire = KafkaInstances.durable(arguments[0], arguments[1], arguments[2])
                .set("walwire.slot.busy", "wait")
                .set("walwire.buffer", arguments[3])
                .set("walwire.kafka.bootstrap", arguments[4])
                .set("walwire.kafka.positions", arguments[5])
                .start()) {
            walwire.awaitTermination(Duration.ofMinutes(5));
        }
    }
}
