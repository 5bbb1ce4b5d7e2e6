package io.walwire.internal.connection.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Arithmetic of positions and transaction numbers. */
class SnapshotTest {
    @ParameterizedTest
    @CsvSource({
        "10:20:10|14, 9, true",
        "10:20:10|14, 10, false",
        "10:20:10|14, 11, true",
        "10:20:10|14, 14, false",
        "10:20:10|14, 19, true",
        "10:20:10|14, 20, false",
        "10:20:10|14, 25, false",
        "10:10:, 9, true",
        "10:10:, 10, false",
    })
    void sees_whatHasEnded(String snapshot, int xid, boolean seen) {
        assertThat(Snapshot.parse(snapshot.replace('|', ',')).sees(xid)).isEqualTo(seen);
    }

    /** The number on the wire has 32 bits, a snapshot's has an epoch before them. */
    @Test
    void sees_acrossAnEpoch() {
        long epoch = 1L << 32;
        Snapshot begins = new Snapshot(epoch + 5, epoch + 10, java.util.Set.of(epoch + 5, epoch + 7));
        assertThat(begins.sees(-2)).as("of the epoch before").isTrue();
        assertThat(begins.sees(4)).isTrue();
        assertThat(begins.sees(5)).isFalse();
        assertThat(begins.sees(6)).isTrue();
        assertThat(begins.sees(10)).isFalse();
        Snapshot ends = new Snapshot(3 * epoch - 4, 3 * epoch - 1, java.util.Set.of(3 * epoch - 4));
        assertThat(ends.sees(-4)).isFalse();
        assertThat(ends.sees(-3)).isTrue();
        assertThat(ends.sees(3)).as("of the epoch to come").isFalse();
        Snapshot high = new Snapshot(epoch - 5, epoch + 1, java.util.Set.of(epoch - 5));
        assertThat(high.sees(-5)).isFalse();
        assertThat(high.sees(0)).isTrue();
    }

    /** A standby lists no transaction in progress. */
    @Test
    void sees_onAStandby_onlyWhatIsBeforeXmin_orWasReplayed() {
        Snapshot snapshot = Snapshot.parseOfStandby("725:729:", new Lsn(50));
        assertThat(snapshot.sees(724)).isTrue();
        assertThat(snapshot.sees(725)).isFalse();
        assertThat(snapshot.sees(728)).isFalse();
        assertThat(snapshot.sees(728, new Lsn(50))).isFalse();
        assertThat(snapshot.sees(728, new Lsn(49))).as("it was replayed before").isTrue();
        assertThat(Snapshot.parse("725:729:").sees(728)).isTrue();
    }

    @Test
    void widened_isTheNearestNumber() {
        long epoch = 1L << 32;
        Snapshot begins = new Snapshot(epoch + 5, epoch + 10, java.util.Set.of());
        assertThat(begins.widened(-2)).isEqualTo(epoch - 2);
        assertThat(begins.widened(7)).isEqualTo(epoch + 7);
        Snapshot ends = new Snapshot(epoch - 5, epoch - 4, java.util.Set.of());
        assertThat(ends.widened(3)).isEqualTo(epoch + 3);
        assertThat(ends.widened(-5)).isEqualTo(epoch - 5);
    }

    @ParameterizedTest
    @CsvSource({
        "10:20:10|14, 15:30:15|22, false",
        "10:20:10|14, 22:30:22, true",
        "10:20:10|14, 10:20:10|14, false",
        "20:20:, 20:20:, true",
        "10:20:10, 10:19:, false",
    })
    void endsAllOf_whatMayHaveBeenRunning(String earlier, String later, boolean ended) {
        assertThat(Snapshot.parse(later.replace('|', ',')).endsAllOf(Snapshot.parse(earlier.replace('|', ','))))
                .isEqualTo(ended);
    }

    @ParameterizedTest
    @CsvSource({
        "0/2000018, 0/2000000",
        "0/1002018, 0/1002000",
        "0/1002000, 0/1002000",
        "0/1002010, 0/1002000",
        "0/1002020, 0/1002020",
        "0/1000028, 0/1000000",
        "0/1000030, 0/1000030",
    })
    void endOfRecord_isNeverInAPagesHeader(String insert, String end) {
        Lsn expected = Lsn.parse(end);
        WalPages pages = new WalPages(8192, 16L << 20);
        assertThat(pages.endOfRecord(Lsn.parse(insert))).isEqualTo(expected);
        assertThat(WalPages.isMaybeHeader(Lsn.parse(insert)) || expected.equals(Lsn.parse(insert)))
                .isTrue();
    }
}
