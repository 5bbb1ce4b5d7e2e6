package io.walwire.benchmarks;

import java.io.File;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Who writes changes to Kafka, or records that were made before. */
enum KafkaWriter {
    BARE_JSON("bare producer loop, the records and groups of the row below"),
    WALWIRE_JSON("Walwire, exactly once, JSON"),
    BARE_DEBEZIUM("bare producer loop, the records and groups of the row below"),
    WALWIRE_DEBEZIUM("Walwire, exactly once, Debezium's format"),
    DEBEZIUM("Debezium's engine, a producer in its handler, at least once");

    private final String title;

    KafkaWriter(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    boolean isBare() {
        return this == BARE_JSON || this == BARE_DEBEZIUM;
    }

    /** The one whose records a bare loop sends, or the bare loop that sends one's records; Debezium's engine is compared with the same format. */
    KafkaWriter bare() {
        return this == BARE_JSON || this == WALWIRE_JSON ? BARE_JSON : BARE_DEBEZIUM;
    }

    /** The topic that it writes to. */
    String topic() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Debezium runs with Kafka's client of its own version, the others with that of the sink. */
    String classPath(String broker) {
        String whole = System.getProperty("java.class.path");
        return this != DEBEZIUM
                ? whole
                : Arrays.stream(whole.split(File.pathSeparator, -1))
                        .filter(entry -> !entry.startsWith(broker))
                        .collect(Collectors.joining(File.pathSeparator));
    }
}
