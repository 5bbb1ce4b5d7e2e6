package io.walwire.internal.backfill.run;

import io.walwire.internal.concurrent.Backoff;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * When announced tables are looked for: at once, and then at growing intervals, until they are found. What has published a table may be
 * visible to other sessions only long after the stream has announced the table: its transaction is prepared, or its commit waits for a
 * standby. Some tables are never found: one that was dropped at once, or a partition under the name of its root. They cost a look from time to
 * time, for a day. Used by the reader thread.
 */
final class AnnouncedLooks {
    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofMinutes(1);

    /** What is not found in such a time is forgotten until it is announced again: it was dropped, or counts as a part of its root. */
    private static final Duration FOR = Duration.ofDays(1);

    private final LongSupplier clock;

    /** By OID, with the time of the announcement. */
    private final Map<Long, Long> missing = new HashMap<>();

    private final Backoff waits = new Backoff(LEAST, MOST);
    private long last;
    private long due;

    /**
     * Nothing is announced yet.
     *
     * @param clock in nanoseconds, as {@link System#nanoTime()}
     */
    AnnouncedLooks(LongSupplier clock) {
        this.clock = clock;
        this.last = clock.getAsLong() - LEAST.toNanos(); // so the first look is due at once
        this.due = last;
    }

    /** The stream announces a table that was not found yet. The next look comes soon if the table was not announced before. */
    void add(long oid) {
        if (missing.putIfAbsent(oid, clock.getAsLong()) == null) {
            waits.reset();
            due = last + LEAST.toNanos();
        }
    }

    /**
     * Whether it is time to look. The caller then looks.
     *
     * @param found what was found so far, for whatever reason
     */
    boolean isDue(ReadAsNew found) {
        if (missing.isEmpty()) {
            return false;
        }
        long now = clock.getAsLong();
        if (now - due < 0) {
            return false;
        }
        missing.entrySet().removeIf(each -> found.has(each.getKey()) || now - each.getValue() > FOR.toNanos());
        last = now;
        due = now + waits.next().toNanos();
        return !missing.isEmpty();
    }
}
