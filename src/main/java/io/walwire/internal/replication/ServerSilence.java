package io.walwire.internal.replication;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Distinguishes an idle server from one that may be gone. A server that is silent for long is asked to reply, and is in
 * doubt when it does not. A clean shutdown that cuts the network looks the same to the driver as an idle database.
 */
final class ServerSilence {
    /** After how long a server is in doubt. */
    static final Duration DOUBT = Duration.ofSeconds(60);

    /** So often it is asked before that. */
    private static final int QUESTIONS = 6;

    /** After such a pause the thread was not reading, so silence proves nothing. */
    private static final long AWAY_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final LongSupplier clock;
    private final long doubtNanos;
    private final long askNanos;
    private volatile long silentSince;
    private long lastLook;
    private long lastAsked;

    /** What to do. */
    enum Verdict {
        /** Nothing. */
        FINE,
        /** Ask the server to reply. */
        ASK,
        /** It may be gone, or at work on what it sends nothing of: find out. */
        DOUBT
    }

    /**
     * Counts from now.
     *
     * @param clock nanoseconds, as {@link System#nanoTime}
     * @param doubt after how long the server is in doubt
     */
    ServerSilence(LongSupplier clock, Duration doubt) {
        this.clock = clock;
        this.doubtNanos = doubt.toNanos();
        this.askNanos = doubtNanos / QUESTIONS;
        this.silentSince = clock.getAsLong();
        this.lastLook = silentSince;
        this.lastAsked = silentSince;
    }

    /**
     * For how long nothing came, in nanoseconds; any thread may ask.
     *
     * @param lastInput when the last byte came, on any thread
     */
    long silent(long lastInput) {
        long since = silentSince;
        return Math.max(0, clock.getAsLong() - (lastInput - since > 0 ? lastInput : since));
    }

    /**
     * Looks at the clock; to be called often while reading.
     *
     * @param lastInput when the last byte came, on any thread
     */
    Verdict look(long lastInput) {
        long now = clock.getAsLong();
        if (now - lastLook > AWAY_NANOS) {
            silentSince = now;
        } else if (lastInput - silentSince > 0) {
            silentSince = lastInput;
        }
        lastLook = now;
        if (now - silentSince > doubtNanos) {
            return Verdict.DOUBT;
        }
        return now - silentSince > askNanos && now - lastAsked > askNanos ? Verdict.ASK : Verdict.FINE;
    }

    /** Whether the server is to be asked for a reply now; from then on not for a while. */
    boolean isToBeAsked(Verdict verdict) {
        long now = clock.getAsLong();
        boolean due = verdict != Verdict.FINE && now - lastAsked > askNanos;
        if (due) {
            lastAsked = now;
        }
        return due;
    }
}
