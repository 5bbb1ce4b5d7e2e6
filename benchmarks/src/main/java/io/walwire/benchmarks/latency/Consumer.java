package io.walwire.benchmarks.latency;

import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Something that streams and notes for each commit how long ago it was. Closing ends the stream. */
interface Consumer extends AutoCloseable {
    /** What it has noted so far. */
    Samples samples();

    @Override
    void close() throws SQLException;

    /** The wall clock, as PostgreSQL counts in a commit's timestamp; both are of the same machine. */
    static long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
