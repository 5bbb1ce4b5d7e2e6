package io.walwire.benchmarks;

import java.util.Arrays;
import java.util.List;

/** Who has a turn in W5, and at how many commits a second. */
enum LatencyTurn {
    BARE("bare", 1_000, 4, "bare pgJDBC loop, blocking read()"),
    BEFORE("auto", 1_000, 4, "the build before"),
    AUTO("auto", 1_000, 4, "Walwire"),
    DEBEZIUM("debezium", 1_000, 4, "Debezium embedded, polled every 5 ms"),
    BARE_OFTEN("bare", 10_000, 16, "bare pgJDBC loop, blocking read()"),
    AUTO_OFTEN("auto", 10_000, 16, "Walwire"),
    OFF_OFTEN("off", 10_000, 16, "Walwire, walwire.coalesce=off");

    private final String consumer;
    private final int rate;
    private final int connections;
    private final String title;

    LatencyTurn(String consumer, int rate, int connections, String title) {
        this.consumer = consumer;
        this.rate = rate;
        this.connections = connections;
        this.title = title;
    }

    static List<LatencyTurn> of(Options options) {
        return Arrays.stream(values())
                .filter(turn -> turn != BEFORE || options.before() != null)
                .filter(turn -> turn != DEBEZIUM || options.consumers().contains(Consumer.DEBEZIUM_CONNECT))
                .toList();
    }

    /** By the name that {@link io.walwire.benchmarks.latency.Run} knows. */
    String consumer() {
        return consumer;
    }

    /** Commits a second. */
    int rate() {
        return rate;
    }

    /** A connection waits for the disk at each commit, so that more commits a second need more of them. */
    int connections() {
        return connections;
    }

    String title() {
        return title;
    }

    /** The bare loop at the same rate. */
    LatencyTurn bare() {
        return rate == BARE.rate ? BARE : BARE_OFTEN;
    }
}
