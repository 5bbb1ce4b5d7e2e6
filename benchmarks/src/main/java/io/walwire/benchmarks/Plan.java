package io.walwire.benchmarks;

import java.util.EnumSet;
import java.util.Set;

/** Foretells how long a run takes, by what was measured on a machine of two cores. */
final class Plan {
    /** Beside what it measures: a JVM, and a server that is made ready. */
    private static final double SECONDS_PER_RUN = 4;

    private static final double WRITTEN_PER_SECOND = 40_000;
    private static final double REPLAYED_PER_SECOND = 400_000;
    private static final double SERVER_STARTS_SECONDS = 10;

    private Plan() {}

    static double seconds(Options options) {
        double seconds = SERVER_STARTS_SECONDS;
        Set<Bytes> written = EnumSet.noneOf(Bytes.class);
        for (Workload workload : options.workloads()) {
            int events = workload.bytes().events(options.quick());
            if (written.add(workload.bytes())) {
                seconds += events / WRITTEN_PER_SECOND;
            }
            for (Consumer consumer : options.of(workload)) {
                double speed = workload.isReplayed() ? REPLAYED_PER_SECOND : consumer.usualSpeed();
                seconds += options.rounds() * (consumer.overhead() + 2 * events / speed);
            }
        }
        if (options.extras().contains(Extra.W5)) {
            seconds += options.rounds() * Latencies.CONSUMERS.size() * (SECONDS_PER_RUN + Latencies.seconds(options));
        }
        if (options.extras().contains(Extra.START)) {
            seconds += options.rounds() * SECONDS_PER_RUN;
        }
        if (options.extras().contains(Extra.IDLE)) {
            seconds += SECONDS_PER_RUN + Singles.idleSeconds(options);
        }
        return seconds;
    }
}
