package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Snapshot;
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
        Snapshot ofStandby = standby(200, true).snapshot(standby(100, true));
        assertThat(ofStandby.sees(9)).isTrue();
        assertThat(ofStandby.sees(15)).isFalse();
        assertThat(ofStandby.sees(15, new Lsn(99))).isTrue();
        assertThat(ofStandby.sees(15, new Lsn(100)))
                .as("replayed after the snapshot, perhaps")
                .isFalse();
        Snapshot ofPrimary = primary(200).snapshot(primary(100));
        assertThat(ofPrimary.sees(15)).isTrue();
        assertThat(ofPrimary.sees(20, new Lsn(99)))
                .as("in the log before others see it")
                .isFalse();
    }

    /** The promotion came between its snapshot, which lists nothing, and the question whether it is in recovery. */
    @Test
    void snapshotOfAStandby_thatBecameThePrimarySince() {
        Snapshot snapshot = primary(200).snapshot(standby(100, true));
        assertThat(snapshot.sees(15)).isFalse();
        assertThat(snapshot.sees(15, new Lsn(99))).isTrue();
    }
}
