package io.walwire.benchmarks.latency;

import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.StackTrace;

/** The consumer has a commit. Costs nothing unless Java Flight Recorder is asked for it. */
@Enabled(false)
@StackTrace(false)
final class Handled extends Event {
    final long latencyMicros;

    Handled(long latencyMicros) {
        this.latencyMicros = latencyMicros;
    }
}
