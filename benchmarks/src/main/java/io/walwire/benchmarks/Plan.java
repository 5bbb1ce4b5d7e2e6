package io.walwire.benchmarks;

import java.util.EnumSet;
import java.util.Set;

/** Foretells how long a run takes, by what was measured on a machine of two cores. */
final class Plan {
    /** Beside what it measures: a JVM, and a server that is made ready. */
    private static final double SECONDS_PER_RUN = 4;

    private static final double WRITTEN_PER_SECOND = 40_000;
    private static final double TABLES_PER_SECOND = 500;
    private static final double LOOKED_UP_PER_SECOND = 4_000;
    private static final double REPLAYED_PER_SECOND = 400_000;
    private static final double SERVER_STARTS_SECONDS = 10;

    private Plan() {}

    static double seconds(Options options) {
        double seconds = SERVER_STARTS_SECONDS;
        Set<Bytes> written = EnumSet.noneOf(Bytes.class);
        for (Workload workload : options.workloads()) {
            int events = workload.bytes().events(options.quick());
            if (written.add(workload.bytes())) {
                seconds += events / WRITTEN_PER_SECOND + workload.bytes().tables() / TABLES_PER_SECOND;
            }
            for (Consumer consumer : options.of(workload)) {
                double speed = workload.isReplayed() ? REPLAYED_PER_SECOND : consumer.usualSpeed();
                // Walwire looks each table up once for each connection
                double tables =
                        consumer.key().startsWith("walwire") ? workload.bytes().tables() : 0;
                int drains = Written.warmUpEvents(workload.bytes(), options.quick()) > 0 ? 2 : 1;
                seconds += options.rounds()
                        * (consumer.overhead() + drains * (events / speed + tables / LOOKED_UP_PER_SECOND));
            }
        }
        if (options.extras().contains(Extra.W5)) {
            seconds +=
                    options.rounds() * LatencyTurn.of(options).size() * (SECONDS_PER_RUN + Latencies.seconds(options));
        }
        if (options.extras().contains(Extra.START)) {
            int tables = Bytes.TABLES_1000.tables()
                    + (written.contains(Bytes.TABLES_10000) ? 0 : Bytes.TABLES_10000.tables());
            seconds += tables / TABLES_PER_SECOND + 3 * options.rounds() * SECONDS_PER_RUN;
        }
        if (options.extras().contains(Extra.WATCHES)) {
            seconds += SECONDS_PER_RUN;
        }
        if (options.extras().contains(Extra.IDLE)) {
            seconds += SECONDS_PER_RUN + Singles.idleSeconds(options);
        }
        return seconds;
    }
}
