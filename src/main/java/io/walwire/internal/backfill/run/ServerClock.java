package io.walwire.internal.backfill.run;

import java.sql.SQLException;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The clock of the server that is read, which gives commits their times. The clock of this host may differ. Between two looks the
 * monotonic clock of this process counts on. One thread asks; any thread may {@link #forget}.
 */
final class ServerClock {
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Look look;
    private volatile @Nullable Seen seen;

    /** Asks the server. */
    @FunctionalInterface
    interface Look {
        Instant now() throws SQLException;
    }

    /** What the server said, and when by {@link System#nanoTime}. */
    private record Seen(Instant time, long at) {}

    ServerClock(Look look) {
        this.look = look;
    }

    /** The time by the server's clock. */
    Instant now() throws SQLException {
        Seen last = seen;
        if (last == null || System.nanoTime() - last.at() > LOOK_NANOS) {
            long before = System.nanoTime();
            Instant time = look.now();
            last = new Seen(time, before + (System.nanoTime() - before) / 2);
            seen = last;
        }
        return last.time().plusNanos(System.nanoTime() - last.at());
    }

    /** Another server may be read from now on. */
    void forget() {
        seen = null;
    }
}
