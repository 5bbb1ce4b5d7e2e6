package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.replication.Progress;
import io.walwire.internal.replication.SlotRequest;
import io.walwire.internal.replication.StreamStart;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a stream is compared with, on paper; real servers are promoted and restored elsewhere. */
class ContinuityTest {
    private static final String PROMOTED_AT_500 = "1\t0/500\tno recovery target specified\n";

    private final Positions positions = new Positions();

    private static Lsn lsn(long value) {
        return new Lsn(value);
    }

    private static StreamStart start(int timeline, @Nullable String ancestry, long end, long position) {
        return new StreamStart(
                SlotRequest.existing("s", lsn(position), false, null),
                new StreamStart.History("7", timeline, lsn(end), ancestry),
                lsn(position));
    }

    private static StreamStart before() {
        return start(1, "", 0x100, 0x100);
    }

    private Continuity of(StreamStart next) {
        Continuity continuity = Continuity.of(before(), next, positions);
        Progress progress = new Progress(before(), positions.confirmed(), positions.seen());
        assertThat(progress.holds(next)).isEqualTo(continuity.holds());
        return continuity;
    }

    private void came(long delivered, long seen) {
        positions.deliver(lsn(delivered));
        positions.handOver(lsn(seen));
        positions.confirm(lsn(seen));
    }

    private static Gap gap(Continuity continuity) {
        return Objects.requireNonNull(continuity.gap());
    }

    @Test
    void otherTimeline_hasAllThatCame_ifItBranchedBehindTheEndThatTheStreamBeforeHasFound() {
        StreamStart next = start(2, PROMOTED_AT_500, 0x600, 0x400);
        assertThat(next.hasAllOf(before(), lsn(0x500))).isTrue();
        assertThat(next.hasAllOf(before(), lsn(0x501))).isFalse();
        assertThat(next.hasAllOf(start(1, "", 0x500, 0x100), lsn(0x200))).isTrue();
        assertThat(next.hasAllOf(start(1, "", 0x501, 0x100), lsn(0x200)))
                .as("an instance before may have got more")
                .isFalse();
        assertThat(start(2, null, 0x600, 0x400).hasAllOf(before(), lsn(0x200))).isFalse();
        StreamStart ofStandby = new StreamStart(
                SlotRequest.existing("s", lsn(0x100), false, null),
                new StreamStart.History("7", 1, lsn(0x100), "", true, null),
                lsn(0x100));
        assertThat(next.hasAllOf(ofStandby, lsn(0x200))).isFalse();
    }

    @Test
    void returningTo_theStart_holdsOnlyWhatLiesBefore() {
        came(0x300, 0x400);
        Continuity continuity = of(start(1, "", 0x500, 0x200));
        assertThat(continuity.returningTo(lsn(0x200), positions.seen()))
                .isEqualTo(new Continuity(lsn(0x200), false, null));
        assertThat(continuity.returningTo(lsn(0x400), positions.seen()).holds()).isTrue();
    }

    @Test
    void sameTimeline_logGoesOn() {
        came(0x300, 0x400);
        Continuity continuity = of(start(1, "", 0x400, 0x200));
        assertThat(continuity.holds()).isTrue();
        assertThat(continuity.gap()).isNull();
    }

    @Test
    void sameTimeline_logEndsEarlier_nothingIsCommon() {
        came(0x300, 0x400);
        Continuity continuity = of(start(1, "", 0x3FF, 0x200));
        assertThat(continuity.holds()).isFalse();
        assertThat(continuity.common()).isEqualTo(Lsn.ZERO);
        assertThat(gap(continuity))
                .isEqualTo(new Gap(lsn(0x400), lsn(0x200), gap(continuity).reason()));
        assertThat(gap(continuity).reason()).contains("ends at 0/3FF", "restored from a backup");
    }

    @Test
    void slotBeyondWhatCame_gap() {
        came(0x300, 0x400);
        Continuity continuity = of(start(1, "", 0x900, 0x401));
        assertThat(continuity.holds()).isTrue();
        assertThat(gap(continuity).from()).isEqualTo(lsn(0x400));
        assertThat(gap(continuity).reason()).contains("moved on, or replaced");
    }

    @Test
    void promoted_afterAllThatCame_goesOn() {
        came(0x300, 0x500);
        Continuity continuity = of(start(2, PROMOTED_AT_500, 0x700, 0x200));
        assertThat(continuity.holds()).isTrue();
        assertThat(continuity.gap()).isNull();
    }

    /** The old primary had reported a position, without a change of ours, that the standby never got. */
    @Test
    void promoted_afterAllChanges_positionsReturn_noGap() {
        came(0x500, 0x600);
        Continuity continuity = of(start(2, PROMOTED_AT_500, 0x700, 0x200));
        assertThat(continuity.holds()).isFalse();
        assertThat(continuity.gap()).isNull();
        positions.returnTo(continuity.common());
        assertThat(positions.confirmed()).isEqualTo(lsn(0x500));
        assertThat(positions.handedOver()).isEqualTo(lsn(0x500));
    }

    @Test
    void promoted_beforeAChangeThatCame_gap() {
        came(0x501, 0x501);
        Continuity continuity = of(start(2, PROMOTED_AT_500, 0x700, 0x200));
        assertThat(continuity.holds()).isFalse();
        assertThat(continuity.common()).isEqualTo(lsn(0x500));
        assertThat(gap(continuity).from()).isEqualTo(lsn(0x500));
        assertThat(gap(continuity).reason()).contains("timeline 2, which left timeline 1 at 0/500");
    }

    /** A walsender lives on when its standby is promoted, and sends what is written then. */
    @Test
    void promotedWhileItStreamed_goesOn() {
        came(0x600, 0x650);
        StreamStart standby = ofRun("noon", 1, "", 0x300);
        StreamStart promoted = ofRun("noon", 2, PROMOTED_AT_500, 0x700);
        Continuity continuity = Continuity.of(standby, promoted, positions);
        assertThat(continuity.holds()).isTrue();
        assertThat(continuity.gap()).isNull();
        StreamStart other = ofRun("one o'clock", 2, PROMOTED_AT_500, 0x700);
        assertThat(gap(Continuity.of(standby, other, positions)).from()).isEqualTo(lsn(0x500));
    }

    private static StreamStart ofRun(String startedAt, int timeline, String ancestry, long end) {
        return new StreamStart(
                SlotRequest.existing("s", lsn(0x200), false, null),
                new StreamStart.History("7", timeline, lsn(end), ancestry, timeline == 1, startedAt),
                lsn(0x200));
    }

    @Test
    void timelineOfUnknownHistory_gap() {
        came(0x300, 0x300);
        assertThat(gap(of(start(2, null, 0x700, 0x200))).from()).isEqualTo(lsn(0x300));
        assertThat(gap(of(start(3, "2\t0/500\tno recovery target specified\n", 0x700, 0x200)))
                        .reason())
                .contains("timeline 3");
    }

    @Test
    void promotedTwiceSideBySide_gap() {
        came(0x300, 0x300);
        StreamStart first = start(2, PROMOTED_AT_500, 0x700, 0x200);
        StreamStart second = start(2, "1\t0/480\tno recovery target specified\n", 0x900, 0x200);
        assertThat(Continuity.of(first, first, positions).gap()).isNull();
        assertThat(gap(Continuity.of(first, second, positions)).reason()).contains("another server took its place");
    }

    @Test
    void otherSystem_gap() {
        came(0x300, 0x300);
        StreamStart other = new StreamStart(
                SlotRequest.existing("s", lsn(0x200), false, null),
                new StreamStart.History("8", 1, lsn(0x900), ""),
                lsn(0x200));
        assertThat(gap(of(other)).reason()).contains("system identifier");
    }

    @Test
    void firstStream_gapOnlyAfterALoss() {
        assertThat(Continuity.of(null, before(), positions).gap()).isNull();
        StreamStart replaced = new StreamStart(
                SlotRequest.durable("s", false, new SlotRequest.Loss(lsn(0x10), "lost")),
                new StreamStart.History("7", 1, lsn(0x100), ""),
                lsn(0x100));
        assertThat(Continuity.of(null, replaced, positions).gap()).isEqualTo(new Gap(lsn(0x10), lsn(0x100), "lost"));
    }
}
