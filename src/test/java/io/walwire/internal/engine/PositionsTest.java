package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.walwire.event.Lsn;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ladder of positions, and what prepared transactions keep from being confirmed. */
class PositionsTest {
    private final Positions positions = new Positions();

    private static Lsn at(long position) {
        return new Lsn(position);
    }

    /** Everything came that the tests confirm, but for the last one. */
    @BeforeEach
    void receive() {
        positions.receive(at(1_000));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyStep_leavesEachPositionAtOrBelowTheOneBefore(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            step(random.nextInt(9), 1 + random.nextInt(1_000), random.nextInt(5));
            List<Lsn> ladder = List.of(
                    positions.received(),
                    positions.handedOver(),
                    positions.settled(),
                    positions.handled(),
                    positions.confirmed());
            assertThat(ladder).as("seed %d, step %d", seed, i).isSortedAccordingTo(Comparator.reverseOrder());
            assertThat(positions.lagBytes()).isNotNegative();
        }
    }

    private void step(int which, long at, int xid) {
        switch (which) {
            case 0 -> positions.receive(at(at));
            case 1 -> positions.handOver(at(at));
            case 2 -> positions.settle(at(at));
            case 3 -> positions.confirm(at(Math.min(at, positions.received().value())));
            case 4 -> positions.prepared(xid, at(at));
            case 5 -> positions.preparedCommitted(xid, at(at));
            case 6 -> positions.preparedEnded(xid);
            case 7 -> positions.begin(at(at));
            default -> positions.returnTo(at(at));
        }
    }

    /** A transaction may be handled before the reader notes that it was handed over. */
    @Test
    void confirm_raisesWhatWasHandedOver() {
        positions.confirm(at(10));
        assertThat(positions.handedOver()).isEqualTo(at(10));
        assertThat(positions.settled()).isEqualTo(at(10));
        positions.settle(at(20));
        assertThat(positions.handedOver()).isEqualTo(at(20));
        assertThat(positions.handled()).isEqualTo(at(10));
    }

    @Test
    void confirm_behindAllThatCame_isRefused() {
        Throwable thrown = catchThrowable(() -> positions.confirm(at(1_001)));
        assertThat(thrown != null).isEqualTo(Positions.class.desiredAssertionStatus());
        assertThat(positions.confirmed().isBefore(at(1_001))).isTrue();
        positions.receive(at(1_001));
        assertThat(positions.confirm(at(1_001))).isEqualTo(at(1_001));
    }

    @Test
    void confirm_withoutPrepared() {
        assertThat(positions.confirm(at(10))).isEqualTo(at(10));
        assertThat(positions.confirm(at(5))).isEqualTo(at(10));
        assertThat(positions.handled()).isEqualTo(at(10));
    }

    @Test
    void confirm_stopsAtTheOldestPrepared() {
        positions.prepared(1, at(30));
        positions.prepared(2, at(20));
        assertThat(positions.confirm(at(15))).isEqualTo(at(15));
        assertThat(positions.confirm(at(40))).isEqualTo(at(20));
        assertThat(positions.handled()).isEqualTo(at(40));
        positions.preparedEnded(2);
        assertThat(positions.confirm(at(40))).isEqualTo(at(30));
        positions.preparedEnded(1);
        assertThat(positions.confirm(at(40))).isEqualTo(at(40));
    }

    @Test
    void confirm_committed_onlyOnceItIsHandled() {
        positions.prepared(1, at(20));
        positions.preparedCommitted(1, at(60));
        assertThat(positions.confirm(at(50))).isEqualTo(at(20));
        assertThat(positions.confirm(at(60))).isEqualTo(at(60));
    }

    @Test
    void begin_forgetsWhatDoesNotComeAgain() {
        positions.prepared(1, at(20));
        positions.prepared(2, at(30));
        positions.begin(at(30));
        assertThat(positions.confirm(at(40))).isEqualTo(at(30));
    }

    @Test
    void handledBefore_whatThisInstanceGot_orWhereTheStreamBeganAtAPrepare() {
        positions.begin(at(20));
        positions.handOver(at(20));
        assertThat(positions.isHandledBefore(at(30))).isFalse();
        positions.prepared(1, at(25));
        assertThat(positions.isHandledBefore(at(30))).isFalse();
        positions.handOver(at(30));
        assertThat(positions.isHandledBefore(at(30))).isTrue();
        assertThat(positions.isHandledBefore(at(40))).isFalse();
        positions.begin(at(25));
        positions.prepared(1, at(25));
        assertThat(positions.isHandledBefore(at(40))).isTrue();
        positions.begin(at(26));
        assertThat(positions.isHandledBefore(at(40))).isFalse();
    }

    @Test
    void preparedBelowTheConfirmedPosition_movesNothingBack() {
        positions.confirm(at(50));
        positions.prepared(1, at(20));
        assertThat(positions.confirm(at(60))).isEqualTo(at(50));
        positions.preparedCommitted(1, at(70));
        assertThat(positions.confirm(at(70))).isEqualTo(at(70));
    }

    @Test
    void freeze_confirmsNothingMore() {
        positions.prepared(1, at(20));
        positions.confirm(at(40));
        positions.freeze();
        positions.preparedEnded(1);
        assertThat(positions.confirm(at(50))).isEqualTo(at(20));
    }

    @Test
    void restart_forgetsEverything() {
        positions.prepared(1, at(20));
        positions.confirm(at(40));
        positions.returnTo(Lsn.ZERO);
        positions.receive(at(1_000));
        assertThat(positions.confirm(at(30))).isEqualTo(at(30));
    }

    /** Threads confirm in one order, and may report in another. */
    @Test
    void reportedPositions_neverFall_unlessTheServerIsAnother() {
        List<Lsn> heard = new ArrayList<>();
        positions.report(Lsn.ZERO, heard::add);
        positions.report(new Lsn(7), heard::add);
        positions.report(new Lsn(5), heard::add);
        positions.report(new Lsn(7), heard::add);
        positions.returnTo(new Lsn(3));
        positions.report(new Lsn(4), heard::add);
        assertThat(heard).containsExactly(new Lsn(7), new Lsn(7), new Lsn(4));
    }
}
