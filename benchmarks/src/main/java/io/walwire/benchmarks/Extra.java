package io.walwire.benchmarks;

/** What is measured beside draining. */
enum Extra {
    /** Latency at 1,000 commits a second, by consumer. */
    W5,
    /** How long an instance of 1,000 tables takes to start. */
    START,
    /** How much of a processor an idle instance takes. */
    IDLE
}
