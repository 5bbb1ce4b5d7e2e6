package io.walwire.docs;

import io.walwire.Walwire;
import io.walwire.event.Event;
import io.walwire.event.RowEvent;
import io.walwire.kafka.KafkaSink;
import io.walwire.kafka.KafkaValue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The Java of {@code docs/kafka.md}, compiled; {@link DocumentsTest} compares the regions with its code blocks. */
final class KafkaExample {
    private KafkaExample() {}

    static void sink() throws InterruptedException {
        // tag::sink[]
        KafkaSink kafka = KafkaSink.builder()
                .bootstrap("localhost:9092")
                .topic(event -> "shop." + event.source().table()) // {name}.{schema}.{table} if not set
                .value(KafkaValue.json()) // or debezium(), cloudEvents(), or your own
                .build();
        try (Walwire walwire = Walwire.builder()
                .properties(Path.of("walwire.properties")) // without walwire.kafka.*: the builder has the sink
                .sink(kafka)
                .start()) {
            walwire.awaitTermination();
        }
        // end::sink[]
    }

    // tag::value[]
    static final class RowAlone implements KafkaValue {
        @Override
        public byte[] bytes(Event event) {
            String json = event instanceof RowEvent<?> change && change.afterRow() != null
                    ? change.afterRow().toJson()
                    : event.toJson();
            return json.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String contentType() {
            return "application/json";
        }
    }
    // end::value[]
}
