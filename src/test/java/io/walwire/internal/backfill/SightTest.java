package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import org.junit.jupiter.api.Test;

/** Which position the stream has to pass before a chunk has its place. */
class SightTest {
    private static final String SNAPSHOT = "10:20:";

    private static Sight standby(long replayed, boolean isStill) {
        return new Sight(true, SNAPSHOT, new Lsn(replayed), isStill);
    }

    private static Sight primary(long end) {
        return new Sight(false, SNAPSHOT, new Lsn(end), false);
    }

    @Test
    void primary_isKnownAtOnce() {
        assertThat(primary(100).horizon(primary(200))).isEqualTo(new Lsn(100));
    }

    /** The record behind it may be a commit that is visible, and is replayed when the position moves. */
    @Test
    void standby_isKnownWhenItsPositionHasMoved() {
        assertThat(standby(100, false).horizon(standby(150, false))).isEqualTo(new Lsn(150));
        assertThat(standby(100, false).horizon(standby(100, false))).isEqualTo(new Lsn(101));
    }

    @Test
    void standby_thatHasReplayedAllThatItReceived() {
        assertThat(standby(100, false).horizon(standby(100, true))).isEqualTo(new Lsn(100));
    }

    /** Whether it was still before says nothing. */
    @Test
    void standby_thatWasStillBefore() {
        assertThat(standby(100, true).horizon(standby(100, false))).isEqualTo(new Lsn(101));
    }

    @Test
    void standby_thatBecameThePrimary() {
        assertThat(standby(100, false).horizon(primary(300))).isEqualTo(new Lsn(300));
    }

    /** What it does not list is not taken for ended. */
    @Test
    void snapshotOfAStandby() {
        assertThat(standby(100, true).snapshot().sees(9)).isTrue();
        assertThat(standby(100, true).snapshot().sees(15)).isFalse();
        assertThat(primary(100).snapshot().sees(15)).isTrue();
    }
}
