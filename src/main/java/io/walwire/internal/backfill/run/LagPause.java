package io.walwire.internal.backfill.run;

import io.walwire.internal.log.Logs;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * How reading existing rows gives way to the stream. It pauses while the stream is far behind, whose changes come first. And readers rest while
 * other sessions write much: {@link #writers()}. Thread-safe.
 */
final class LagPause {
    private static final Logger LOG = Logs.of(LagPause.class);

    /** Above this reading pauses. */
    private static final Duration MAX = Duration.ofSeconds(10);

    /** At this it goes on: not at once, so that it does not change all the time. */
    private static final Duration LITTLE = Duration.ofSeconds(5);

    private final String instance;
    private final WriterLoad writers = new WriterLoad(System.nanoTime());
    private volatile boolean pauses;

    /** When the change was committed that the reader thread has handed over last, by the server's clock; far ahead while it waits for more. */
    private volatile Instant reading = Instant.MAX;

    LagPause(String instance) {
        this.instance = instance;
    }

    /** Changes that were committed then are handed over. Called by the reader thread. */
    void delivered(Instant committed, int changes) {
        reading = committed;
        writers.delivered(changes);
    }

    /** Everything that has come is handed over. Called by the reader thread. */
    void rests() {
        reading = Instant.MAX;
    }

    /**
     * Looks how far the stream is behind. All times are those of the server's clock.
     *
     * @param waiting when the oldest change was committed that waits for handlers; null if none waits
     * @param now the time
     */
    void look(@Nullable Instant waiting, Instant now) {
        Instant last = reading;
        Instant oldest = waiting == null || last.isBefore(waiting) ? last : waiting;
        Duration lag = oldest.equals(Instant.MAX) ? Duration.ZERO : Duration.between(oldest, now);
        if (!pauses && lag.compareTo(MAX) > 0) {
            pauses = true;
            LOG.info(
                    "Reading existing rows pauses: the stream of {} is {} s behind, which is more than {} s",
                    instance,
                    lag.toSeconds(),
                    MAX.toSeconds());
        } else if (pauses && lag.compareTo(LITTLE) <= 0) {
            pauses = false;
            LOG.info(
                    "Reading existing rows goes on: the stream of {} is no more than {} s behind",
                    instance,
                    LITTLE.toSeconds());
        }
    }

    /** How many changes the stream delivers. */
    WriterLoad writers() {
        return writers;
    }

    /** Whether no chunk is to be read now. */
    boolean pauses() {
        return pauses;
    }
}
