package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.backfill.UnseenTransactions.Awaited;
import io.walwire.internal.connection.server.Snapshot;
import org.junit.jupiter.api.Test;

/** When the first snapshot of a backfill may be taken. */
class UnseenTransactionsTest {
    private final UnseenTransactions unseen = new UnseenTransactions();

    @Test
    void backfill_waitsForWhatWasDeliveredBefore_andForNothingLater() {
        unseen.delivered(10);
        unseen.delivered(12);
        Awaited awaited = unseen.awaited();
        unseen.delivered(14);
        assertThat(awaited.areSeenBy(Snapshot.parse("10:20:10,14"))).isFalse();
        assertThat(awaited.areSeenBy(Snapshot.parse("12:20:12"))).isFalse();
        assertThat(awaited.areSeenBy(Snapshot.parse("14:20:14"))).isTrue();
        assertThat(awaited.areSeenBy(Snapshot.parseOfStandby("10:20:")))
                .as("a standby shows what it sends")
                .isTrue();
    }

    @Test
    void whatASnapshotSees_isForgotten() {
        for (int i = 0; i < 5_000; i++) {
            unseen.delivered(i);
        }
        assertThat(unseen.wantsSnapshot()).isTrue();
        unseen.sees(Snapshot.parse("4999:6000:4999"));
        assertThat(unseen.wantsSnapshot()).isFalse();
        assertThat(unseen.awaited().areSeenBy(Snapshot.parse("4999:6000:4999"))).isFalse();
        unseen.sees(Snapshot.parse("5000:6000:"));
        assertThat(unseen.awaited().areSeenBy(Snapshot.parse("1:1:"))).isTrue();
    }

    @Test
    void ofAnotherServer_nothingIsKnown() {
        unseen.delivered(10);
        unseen.startsAt(Snapshot.parse("10:20:10"));
        unseen.clear();
        assertThat(unseen.awaited().areSeenBy(Snapshot.parse("1:1:"))).isTrue();
    }

    @Test
    void afterARestart_whatWasRunningThenIsWaitedFor() {
        unseen.startsAt(Snapshot.parse("10:20:10,15"));
        Awaited awaited = unseen.awaited();
        assertThat(awaited.areSeenBy(Snapshot.parse("15:30:15"))).isFalse();
        assertThat(awaited.areSeenBy(Snapshot.parse("22:30:22"))).isTrue();
        unseen.sees(Snapshot.parse("22:30:22"));
        assertThat(unseen.awaited().areSeenBy(Snapshot.parse("1:1:"))).isTrue();
    }

    /** What a standby prints does not say what is running. */
    @Test
    void standbyThatBecameThePrimary_hasAllBeforeItsXmaxWaitedFor() {
        unseen.startsAt(Snapshot.parse("10:20:"));
        Awaited awaited = unseen.awaited();
        assertThat(awaited.areSeenBy(Snapshot.parse("19:30:19"))).isFalse();
        assertThat(awaited.areSeenBy(Snapshot.parse("20:30:20"))).isTrue();
    }
}
