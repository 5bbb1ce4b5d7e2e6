package io.walwire.benchmarks;

/**
 * One consumer, one workload, one round.
 *
 * @param eventsPerSecond from the start of the stream to the last event
 * @param cpuSeconds the consumer's processor time for a million events
 * @param walsenderSeconds the walsender's, likewise
 * @param allocated bytes of heap an event; NaN if there is no heap
 * @param residentMegabytes the most that was resident
 * @param otherCores what all processes but the consumer and the server took of the processors meanwhile: noise
 */
record Measurement(
        double eventsPerSecond,
        double cpuSeconds,
        double walsenderSeconds,
        double allocated,
        double residentMegabytes,
        double otherCores) {}
