package io.walwire.internal.backfill.run;

import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.connection.server.Snapshot;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which of the tables that the stream has announced are looked for, and when. A table is looked for at once. If it is not found, it may have
 * been published by a transaction that other sessions do not see yet: that transaction is prepared, or its commit waits for a standby, while
 * that of the first change does not. So the table is looked for again from time to time, until everything has ended that was running at the
 * first look. Then it is forgotten: a partition under the name of its root is announced, too, and never found. Thread-safe.
 */
final class AnnouncedLooks {
    /** A table that is never found may be announced again and again, such as a partition after each TRUNCATE. */
    private static final long BETWEEN_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Each time that a table was not found it waits twice as long when it is announced again, up to 17 minutes. */
    private static final int MOST_DOUBLINGS = 10;

    private static final Duration FIRST_WAIT = Duration.ofMillis(200);
    private static final Duration MOST_WAIT = Duration.ofSeconds(30);

    private final LongSupplier clock;

    /** For these the next look is the first one, which is due at the time that is given. */
    private final Map<Long, Long> announced = new HashMap<>();

    /** How often tables were not found at their last look. */
    private final Map<Long, Integer> misses = new HashMap<>();

    /** For these the look that has begun is the first one. If it fails, the next look is for them, too. */
    private final Set<Long> first = new HashSet<>();

    /** These wait for the end of all that was running at their first look. */
    private final Map<Long, Snapshot> waiting = new HashMap<>();

    /** For these the next look is the last one: everything that was running at their first look has ended. */
    private final Set<Long> ended = new HashSet<>();

    /** For these the look that has begun is the last one. If it fails, the next look is for them, too. */
    private final Set<Long> second = new HashSet<>();

    private final Backoff waits = new Backoff(FIRST_WAIT, MOST_WAIT);
    private long begun;

    /** Whether a look is due for those that wait, which may be found before everything has ended. */
    private boolean glances;

    /** Whether a thread waits for the next look. */
    private boolean awaited;

    /**
     * Nothing is announced yet.
     *
     * @param clock in nanoseconds
     */
    AnnouncedLooks(LongSupplier clock) {
        this.clock = clock;
        this.begun = clock.getAsLong() - BETWEEN_NANOS;
    }

    /** The stream announces a table that may never have been read. */
    synchronized void add(long oid) {
        Integer missed = misses.get(oid);
        long wait = missed == null ? 0 : BETWEEN_NANOS << Math.min(missed, MOST_DOUBLINGS);
        announced.putIfAbsent(oid, clock.getAsLong() + wait);
    }

    /** A stream begins, maybe of another server: what was running on the one before means nothing there. */
    synchronized void again() {
        Set<Long> all = new HashSet<>(announced.keySet());
        all.addAll(first);
        all.addAll(waiting.keySet());
        all.addAll(ended);
        all.addAll(second);
        announced.clear();
        misses.clear();
        first.clear();
        waiting.clear();
        ended.clear();
        second.clear();
        glances = false;
        all.forEach(this::add);
    }

    /** Whether a look is due. */
    synchronized boolean isDue() {
        return nanosUntilDue() <= 0;
    }

    private long nanosUntilDue() {
        long now = clock.getAsLong();
        long due = announced.values().stream().mapToLong(at -> at - now).min().orElse(Long.MAX_VALUE);
        return Math.max(ended.isEmpty() && !glances ? due : 0, begun + BETWEEN_NANOS - now);
    }

    /** Whether nothing waits for a look. */
    synchronized boolean isNone() {
        return announced.isEmpty() && ended.isEmpty() && waiting.isEmpty();
    }

    /** A look begins, for whatever reason. What is announced from now on may be published by a transaction that this look does not see. */
    synchronized void begin() {
        begun = clock.getAsLong();
        glances = false;
        announced.forEach((oid, at) -> {
            if (at - begun <= 0) {
                first.add(oid);
            }
        });
        announced.keySet().removeAll(first);
        second.addAll(ended);
        ended.clear();
    }

    /** Whether the look that has begun is also for announced tables. */
    synchronized boolean isAsked() {
        return !first.isEmpty() || !second.isEmpty();
    }

    /**
     * The look that has begun has found everything that it could.
     *
     * @param found what was found, by this look or before
     * @param running a later snapshot, which lists every transaction that was running; null if {@link #isAsked()} is false
     */
    synchronized void looked(ReadAsNew found, @Nullable Snapshot running) {
        if (waiting.isEmpty()) {
            waits.reset();
        }
        if (running != null) {
            first.forEach(oid -> waiting.put(oid, running));
        }
        second.forEach(oid -> misses.merge(oid, 1, Integer::sum));
        announced.keySet().removeIf(found::has);
        waiting.keySet().removeIf(found::has);
        misses.keySet().removeIf(found::has);
        first.clear();
        second.clear();
    }

    /** Whether {@link #sees} is of use. */
    synchronized boolean wantsSnapshot() {
        return !waiting.isEmpty();
    }

    /** A snapshot was taken. What was running at the first look may have ended in it. */
    synchronized void sees(Snapshot now) {
        waiting.forEach((oid, running) -> {
            if (now.endsAllOf(running)) {
                ended.add(oid);
            }
        });
        waiting.keySet().removeAll(ended);
        glances = !waiting.isEmpty(); // what has published one of them may have ended
    }

    /** How long nothing need be done, if nothing is announced meanwhile. A look that is due is left to the keeper for a while. */
    synchronized Duration pause() {
        long due = nanosUntilDue();
        Duration next = waiting.isEmpty() ? MOST_WAIT : waits.next();
        return Duration.ofNanos(Math.min(next.toNanos(), due <= 0 ? BETWEEN_NANOS : due));
    }

    /** Something waits for a look. Returns whether it needs a thread, since none waits for it. */
    synchronized boolean begins() {
        boolean needed = !awaited && !isNone();
        awaited |= needed;
        return needed;
    }

    /** Called by that thread. Returns whether it ends, since nothing waits for a look. */
    synchronized boolean ends() {
        awaited = !isNone();
        return !awaited;
    }
}
