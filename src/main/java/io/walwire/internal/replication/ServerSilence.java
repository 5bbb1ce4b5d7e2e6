package io.walwire.internal.replication;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Tells a server that has nothing to say from one that may be gone: one that is silent for long is asked to reply, and in
 * doubt when it does not. A clean shutdown that cuts the network looks the same to the driver as an idle database.
 */
final class ServerSilence {
    private static final long ASK_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long DOUBT_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Who did not look for so long was not reading, and so cannot have heard. */
    private static final long AWAY_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final LongSupplier clock;
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
     */
    ServerSilence(LongSupplier clock) {
        this.clock = clock;
        this.silentSince = clock.getAsLong();
        this.lastLook = silentSince;
        this.lastAsked = silentSince;
    }

    /**
     * For how long nothing came, in nanoseconds; any thread may ask.
     *
     * @param lastInput when the last byte came, whoever read it
     */
    long silent(long lastInput) {
        long since = silentSince;
        return Math.max(0, clock.getAsLong() - (lastInput - since > 0 ? lastInput : since));
    }

    /**
     * Looks at the clock; to be called often while reading.
     *
     * @param lastInput when the last byte came, whoever read it
     */
    Verdict look(long lastInput) {
        long now = clock.getAsLong();
        if (now - lastLook > AWAY_NANOS) {
            silentSince = now;
        } else if (lastInput - silentSince > 0) {
            silentSince = lastInput;
        }
        lastLook = now;
        if (now - silentSince > DOUBT_NANOS) {
            return Verdict.DOUBT;
        }
        return now - silentSince > ASK_NANOS && now - lastAsked > ASK_NANOS ? Verdict.ASK : Verdict.FINE;
    }

    /** Whether the server is to be asked for a reply now; from then on not for a while. */
    boolean isToBeAsked(Verdict verdict) {
        long now = clock.getAsLong();
        boolean due = verdict != Verdict.FINE && now - lastAsked > ASK_NANOS;
        if (due) {
            lastAsked = now;
        }
        return due;
    }
}
