package io.walwire.benchmarks;

/** What is measured beside draining. */
enum Extra {
    /** Latency at 1,000 and at 10,000 commits a second, by consumer. */
    W5,
    /** How long an instance of 1,000 and of 10,000 tables takes to start, and the doctor with 10,000. */
    START,
    /** How much memory 100,000 subscriptions take. */
    WATCHES,
    /** How much of a processor an idle instance takes. */
    IDLE
}
