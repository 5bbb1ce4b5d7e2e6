package io.walwire.internal.kafka;

import io.walwire.internal.sink.SinkProvider;
import io.walwire.internal.text.Nearest;
import io.walwire.kafka.KafkaSink;
import io.walwire.kafka.KafkaValue;
import io.walwire.sink.Sink;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The sink of the properties {@code walwire.kafka.*}. */
public final class KafkaSinkProvider implements SinkProvider {
    private static final String PREFIX = "walwire.kafka.";
    private static final String PRODUCER = "producer.";
    private static final String BOOTSTRAP = "bootstrap";
    private static final List<String> NAMES =
            List.of(BOOTSTRAP, "topic", "value", "delivery", "positions", "transactions", "messages", PRODUCER);
    private static final List<String> VALUES = List.of("json", "debezium", "cloudevents");
    private static final List<String> DELIVERIES = List.of("exactly-once", "at-least-once");

    @Override
    public String name() {
        return "kafka";
    }

    @Override
    public @Nullable Sink sink(Map<String, String> properties, Consumer<String> problems) {
        Reading reading = new Reading(problems);
        properties.forEach(reading::read);
        if (!properties.containsKey(BOOTSTRAP)) {
            reading.problem(PREFIX + BOOTSTRAP + " is missing; set it to the brokers, such as kafka:9092");
        }
        return reading.failed ? null : reading.builder.build();
    }

    private static final class Reading {
        private final KafkaSink.Builder builder = KafkaSink.builder();
        private final Consumer<String> problems;
        private boolean failed;

        Reading(Consumer<String> problems) {
            this.problems = problems;
        }

        void problem(String line) {
            failed = true;
            problems.accept(line);
        }

        void read(String name, String value) {
            try {
                set(name, value.strip());
            } catch (IllegalArgumentException e) {
                problem(PREFIX + name + ": " + e.getMessage());
            }
        }

        private void set(String name, String value) {
            if (name.startsWith(PRODUCER) && name.length() > PRODUCER.length()) {
                builder.producer(name.substring(PRODUCER.length()), value);
                return;
            }
            switch (name) {
                case BOOTSTRAP -> builder.bootstrap(value);
                case "topic" -> builder.topic(value);
                case "value" -> builder.value(value(value));
                case "delivery" -> builder.delivery(delivery(value));
                case "positions" -> builder.positions(value);
                case "transactions" -> builder.transactions(value);
                case "messages" -> builder.messages(value);
                default ->
                    problem("Unknown property " + PREFIX + name + "."
                            + Nearest.of(name, NAMES)
                                    .map(nearest -> " Did you mean " + PREFIX + nearest + "?")
                                    .orElse(""));
            }
        }

        private static KafkaValue value(String name) {
            return switch (name) {
                case "json" -> KafkaValue.json();
                case "debezium" -> KafkaValue.debezium();
                case "cloudevents" -> KafkaValue.cloudEvents();
                default -> throw unknown(name, VALUES);
            };
        }

        private static KafkaSink.Delivery delivery(String name) {
            return switch (name) {
                case "exactly-once" -> KafkaSink.Delivery.EXACTLY_ONCE;
                case "at-least-once" -> KafkaSink.Delivery.AT_LEAST_ONCE;
                default -> throw unknown(name, DELIVERIES);
            };
        }

        private static IllegalArgumentException unknown(String given, List<String> choices) {
            return new IllegalArgumentException("it is " + given + "; it must be one of " + String.join(", ", choices));
        }
    }
}
