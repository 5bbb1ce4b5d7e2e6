package io.walwire.internal.backfill.run;

import io.walwire.internal.log.Logs;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;

/**
 * What an instance knows of rows of {@code walwire_backfill} that it could not take up. Each is logged once, and looked at again only
 * when that may help. The keeper lives only while there are runs, so it is not the keeper that remembers. Thread-safe.
 */
final class RowNotes {
    private static final Logger LOG = Logs.of(RowNotes.class);

    /** Runs that were taken by a transaction of which it is not known whether it was committed. */
    private final Set<String> uncertain = ConcurrentHashMap.newKeySet();

    /** The content of requests that can neither be taken up nor be written to. */
    private final Set<String> refused = ConcurrentHashMap.newKeySet();

    /** Runs that the application was refused although their rows may be there. */
    private final Set<String> abandoned = ConcurrentHashMap.newKeySet();

    /** Runs that another process has asked for, and whose requests were refused. */
    private final Set<String> notTaken = ConcurrentHashMap.newKeySet();

    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    /** Runs whose rows other sessions held locked when all runs of the slot were taken. */
    private volatile Set<String> left = Set.of();

    private volatile long restsUntil = System.nanoTime();

    /** A run is taken by a transaction that is to be committed next. */
    void begins(String run) {
        uncertain.add(run);
    }

    /** It is known what became of it. */
    void settled(String run) {
        uncertain.remove(run);
    }

    boolean isUncertain(String run) {
        return uncertain.contains(run);
    }

    Set<String> uncertain() {
        return Set.copyOf(uncertain);
    }

    /** The application does not know this run, which may be kept. */
    void abandon(String run) {
        abandoned.add(run);
    }

    /** It is kept, and the application knows it. */
    void keepAfterAll(String run) {
        abandoned.remove(run);
    }

    boolean isAbandoned(String run) {
        return abandoned.contains(run);
    }

    /** A request is not looked at again until another process changes it. */
    void refuse(String content) {
        refused.add(content);
    }

    boolean isRefused(String content) {
        return refused.contains(content);
    }

    /** Only these requests are there. */
    void retainRefused(Collection<String> contents) {
        if (!refused.isEmpty()) {
            refused.retainAll(new HashSet<>(contents));
        }
    }

    void left(Set<String> runs) {
        left = Set.copyOf(runs);
    }

    Set<String> left() {
        return left;
    }

    /** The row of a run cannot be read. That is no news of a request that was not taken up for it. */
    void unreadable(String run, String why) {
        if (!notTaken.contains(run)) {
            warnOnce("Ignoring the backfill {}: its row cannot be read. {} Delete the row.", run, why);
        }
    }

    /** A request is refused. */
    void notTakenUp(String run, String why) {
        notTaken.add(run);
        warnOnce("The backfill {}, which another process asks for, is not taken up: {}", run, why);
    }

    /** Logs a warning, unless it was logged before. */
    void warnOnce(String message, Object... arguments) {
        if (reported.add(message + List.of(arguments))) {
            LOG.warn(message, arguments);
        }
    }

    /** Requests are not looked for during this time. */
    void rest(Duration time) {
        restsUntil = System.nanoTime() + time.toNanos();
    }

    boolean rests() {
        return System.nanoTime() - restsUntil < 0;
    }
}
