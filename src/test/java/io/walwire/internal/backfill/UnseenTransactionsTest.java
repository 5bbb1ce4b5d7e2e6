package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.UnseenTransactions.Awaited;
import io.walwire.internal.connection.server.Snapshot;
import org.junit.jupiter.api.Test;

/** When the first snapshot of a backfill may be taken. */
class UnseenTransactionsTest {
    private final UnseenTransactions unseen = new UnseenTransactions();

    @Test
    void backfill_waitsForWhatWasDeliveredBefore_andForNothingLater() {
        unseen.delivered(new DeliveredTransaction(10, new Lsn(110)));
        unseen.delivered(new DeliveredTransaction(12, new Lsn(112)));
        Awaited awaited = unseen.awaited();
        unseen.delivered(new DeliveredTransaction(14, new Lsn(114)));
        assertThat(awaited.areSeenBy(Snapshot.parse("10:20:10,14"))).isFalse();
        assertThat(awaited.areSeenBy(Snapshot.parse("12:20:12"))).isFalse();
        assertThat(awaited.areSeenBy(Snapshot.parse("14:20:14"))).isTrue();
    }

    @Test
    void standby_showsWhatItHasReplayed() {
        unseen.startsAt(Snapshot.parse("10:20:"));
        unseen.delivered(new DeliveredTransaction(10, new Lsn(110)));
        unseen.delivered(new DeliveredTransaction(12, new Lsn(112)));
        Awaited awaited = unseen.awaited();
        assertThat(awaited.areSeenBy(Snapshot.parseOfStandby("10:20:", new Lsn(113))))
                .isTrue();
        assertThat(awaited.areSeenBy(Snapshot.parseOfStandby("10:20:", new Lsn(112))))
                .isFalse();
        unseen.sees(Snapshot.parseOfStandby("10:20:", new Lsn(112)));
        assertThat(unseen.awaited().areSeenBy(Snapshot.parse("12:20:12"))).isFalse();
    }

    /** A writer that is open on the primary keeps the xmin of all snapshots of its standby. */
    @Test
    void standby_whoseXminStands_forgetsWhatWasReplayed() {
        for (int i = 0; i < 1_000_000; i++) {
            unseen.delivered(new DeliveredTransaction(100 + i, new Lsn(i)));
        }
        assertThat(unseen.wantsSnapshot()).isTrue();
        unseen.sees(Snapshot.parseOfStandby("50:2000000:", new Lsn(1_000_000)));
        assertThat(unseen.wantsSnapshot()).isFalse();
        assertThat(unseen.awaited().areSeenBy(Snapshot.parse("1:1:"))).isTrue();
    }

    /** It has a commit in its log before others see it. */
    @Test
    void primary_showsNothingBecauseOfItsPlaceInTheLog() {
        unseen.delivered(new DeliveredTransaction(10, new Lsn(110)));
        unseen.sees(Snapshot.parse("10:20:10"));
        assertThat(unseen.awaited().areSeenBy(Snapshot.parse("10:20:10"))).isFalse();
    }

    @Test
    void whatASnapshotSees_isForgotten() {
        for (int i = 0; i < 5_000; i++) {
            unseen.delivered(new DeliveredTransaction(i, new Lsn(i)));
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
        unseen.delivered(new DeliveredTransaction(10, new Lsn(110)));
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

    /** As while the server refuses connections for long. */
    @Test
    void transactionsThatNoSnapshotShows_haveABound() {
        int last = 5_000_000;
        for (int i = 1; i <= last; i++) {
            unseen.delivered(new DeliveredTransaction(i, new Lsn(i)));
            if (i % 1_000 == 0) {
                assertThat(unseen.known()).isLessThanOrEqualTo(UnseenTransactions.MOST);
            }
        }
        Awaited awaited = unseen.awaited();
        Snapshot all = Snapshot.parse("6000000:6000000:");
        assertThat(awaited.areSeenBy(all)).as("what was given up is not known").isFalse();
        assertThat(unseen.wantsSnapshot()).isTrue();
        assertThat(unseen.wantsStart()).isTrue();
        long before = unseen.givenUp();
        unseen.startsAt(Snapshot.parse("7:5000001:7"), before);
        assertThat(unseen.wantsStart()).isFalse();
        assertThat(awaited.areSeenBy(Snapshot.parse("7:6000000:7")))
                .as("its commit waits for a standby")
                .isFalse();
        assertThat(awaited.areSeenBy(all)).isTrue();
        unseen.sees(all);
        assertThat(awaited.areSeenBy(Snapshot.parse("6000001:6000001:"))).isTrue();
        assertThat(unseen.wantsSnapshot()).isFalse();
    }

    /** More were given up after the start was taken. */
    @Test
    void startOfBefore_doesNotCoverWhatIsGivenUpLater() {
        giveUp();
        long before = unseen.givenUp();
        giveUp();
        Awaited awaited = unseen.awaited();
        unseen.startsAt(Snapshot.parse("10:10:"), before);
        assertThat(unseen.wantsStart()).isTrue();
        Snapshot all = Snapshot.parse("6000000:6000000:");
        assertThat(awaited.areSeenBy(all)).isFalse();
        unseen.startsAt(Snapshot.parse("5000000:5000000:"), unseen.givenUp());
        assertThat(awaited.areSeenBy(all)).isTrue();
    }

    private void giveUp() {
        long before = unseen.givenUp();
        for (int i = 1; unseen.givenUp() == before; i++) {
            unseen.delivered(new DeliveredTransaction(i, new Lsn(i)));
        }
    }
}
