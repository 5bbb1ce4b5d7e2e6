package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Gap;
import io.walwire.internal.transaction.LostContinuity;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** When pieces are settled, and in which order. */
class InFlightTest {
    private static final Work WORK = new Work.Single(new LostContinuity("0", "db", new Gap(null, null, "test")));

    private final WorkQueue queue = new WorkQueue(10_000);
    private final List<Throwable> failures = new ArrayList<>();
    private final List<String> settled = new ArrayList<>();
    private final InFlight inFlight = new InFlight(queue, failures::add);

    private InFlight.Piece begin(String name) throws InterruptedException {
        queue.offer(WORK, 0);
        InFlight.Piece piece = inFlight.begin(Objects.requireNonNull(queue.take()));
        piece.then(() -> settled.add(name));
        return piece;
    }

    @Test
    void nothingHoldsIt_settledWhenItHasBegun() throws Exception {
        InFlight.Piece piece = begin("first");
        assertThat(inFlight.isEmpty()).isTrue();
        piece.begun();
        assertThat(settled).containsExactly("first");
        assertThat(inFlight.isEmpty()).isTrue();
        assertThat(queue.isFinished()).isTrue();
    }

    @Test
    void pieceBehindAHeldOne_settledAfterIt() throws Exception {
        InFlight.Piece first = begin("first");
        first.hold();
        first.begun();
        begin("second").begun();
        assertThat(settled).isEmpty();
        assertThat(inFlight.isEmpty()).isFalse();
        assertThat(queue.isFinished()).isFalse();
        first.release();
        assertThat(settled).containsExactly("first", "second");
        assertThat(inFlight.isEmpty()).isTrue();
        assertThat(queue.isFinished()).isTrue();
    }

    @Test
    void releasedBeforeItHasBegun_settledWhenItHas() throws Exception {
        InFlight.Piece piece = begin("first");
        piece.hold();
        piece.release();
        assertThat(settled).isEmpty();
        piece.begun();
        assertThat(settled).containsExactly("first");
        assertThat(queue.isFinished()).isTrue();
    }

    @Test
    void laterPieceReleasedFirst_waitsForTheEarlierOne() throws Exception {
        InFlight.Piece first = begin("first");
        first.hold();
        first.hold();
        first.begun();
        InFlight.Piece second = begin("second");
        second.hold();
        second.begun();
        second.release();
        first.release();
        assertThat(settled).isEmpty();
        first.release();
        assertThat(settled).containsExactly("first", "second");
    }

    @Test
    void failedPiece_keepsItselfAndAllBehindIt_untilAbandoned() throws Exception {
        InFlight.Piece first = begin("first");
        first.hold();
        first.begun();
        RuntimeException failure = new IllegalStateException("no");
        assertThat(first.fail(failure)).isFalse();
        begin("second").begun();
        assertThat(failures).containsExactly(failure);
        assertThat(settled).isEmpty();
        assertThat(queue.isFinished()).isFalse();
        inFlight.abandon();
        assertThat(settled).isEmpty();
        assertThat(queue.awaitFinished(0)).isTrue();
        first.release();
        assertThat(settled).isEmpty();
    }

    /** The handler thread reports what its own call throws. */
    @Test
    void settlementThrows_atOnce_pieceIsNotFinished() throws Exception {
        InFlight.Piece piece = begin("first");
        piece.then(() -> {
            throw new IllegalStateException("no");
        });
        assertThatThrownBy(piece::begun).hasMessage("no");
        assertThat(queue.isFinished()).isFalse();
        inFlight.abandon();
        assertThat(queue.awaitFinished(0)).isTrue();
    }

    @Test
    void settlementThrows_later_keepsAllBehindIt() throws Exception {
        InFlight.Piece first = begin("first");
        first.then(() -> {
            throw new IllegalStateException("no");
        });
        first.hold();
        first.begun();
        begin("second").begun();
        first.release();
        assertThat(failures).hasSize(1);
        assertThat(settled).isEmpty();
        assertThat(queue.isFinished()).isFalse();
    }

    @Test
    void abandon_finishesThePieceThatHasNotBegun() throws Exception {
        InFlight.Piece first = begin("first");
        first.hold();
        first.begun();
        begin("second");
        inFlight.abandon();
        assertThat(queue.awaitFinished(0)).isTrue();
        assertThat(settled).isEmpty();
    }
}
