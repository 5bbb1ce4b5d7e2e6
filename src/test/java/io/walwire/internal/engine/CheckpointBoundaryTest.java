package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.listener.Listeners;
import io.walwire.internal.replication.SlotRequest;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.LostContinuity;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What gaps do to the position of a checkpoint. */
class CheckpointBoundaryTest {
    private static final Lsn EARLIER = Lsn.parse("0/1000000");
    private static final Lsn DONE = Lsn.parse("0/3000000");
    private static final Lsn END = Lsn.parse("0/4000000");

    @RegisterExtension
    final TestDatabase own = TestDatabase.onSharedServer();

    private CheckpointBoundary boundary;

    @BeforeEach
    void doneUpToAPosition() throws Exception {
        own.sql(Files.readString(Path.of("sql", "checkpoint.sql")));
        boundary = boundary();
        assertThat(boundary.begin(start(END), null)).isNull();
        assertThat(boundary.reach(DONE)).isTrue();
    }

    private CheckpointBoundary boundary() {
        return new CheckpointBoundary(new Checkpoint(own::connect, "shop"), new Lifecycle("test", Listeners.none()));
    }

    private static StreamStart start(Lsn logEnd) {
        return new StreamStart(
                SlotRequest.existing("slot", EARLIER, false, null),
                new StreamStart.History("7", 1, logEnd, ""),
                EARLIER);
    }

    private void deliverGap() throws Exception {
        boundary.single(
                new LostContinuity("test", "shop", new Gap(EARLIER, EARLIER, "a test")), failure -> false, () -> {});
    }

    @Test
    void gapBeforeWhatIsDone_setsNothingBack() throws Exception {
        deliverGap();
        assertThat(boundary.isReached(DONE)).isTrue();
    }

    @Test
    void gapOfALogThatWasSetBack_setsThePositionBack_once() throws Exception {
        assertThat(gapOf(EARLIER)).contains("lies beyond 0/1000000");
        deliverGap();
        assertThat(boundary.isReached(DONE)).isFalse();
        assertThat(boundary.isReached(EARLIER)).isTrue();
        assertThat(boundary.reach(DONE)).isTrue();
        deliverGap();
        assertThat(boundary.isReached(DONE)).isTrue();
    }

    private @Nullable String gapOf(Lsn common) throws SQLException {
        Gap gap = boundary.begin(start(END), common);
        return gap == null ? null : gap.reason();
    }

    @Test
    void historyThatHoldsAllThatIsDone_setsNothingBack() throws Exception {
        assertThat(boundary.begin(start(END), DONE)).isNull();
        deliverGap();
        assertThat(boundary.isReached(DONE)).isTrue();
    }

    /** Another process has done more than this server's log holds. */
    @Test
    void gapOfAStart_logEndsBeforeWhatIsDone_setsThePositionBack() throws Exception {
        boundary = boundary();
        boundary.begin(start(EARLIER), null);
        deliverGap();
        assertThat(boundary.isReached(DONE)).isFalse();
    }

    @Test
    void restoredSnapshot_firstStart_isAGap() throws Exception {
        boundary = boundary();
        Gap gap = boundary.begin(start(EARLIER), null);
        assertThat(gap == null ? null : gap.reason()).contains("lies beyond 0/1000000");
    }

    /** What sets the position back is used up by the gap that says so. */
    @Test
    void gapAfterThatOfARestoredSnapshot_setsNothingBack() throws Exception {
        boundary = boundary();
        if (boundary.begin(start(EARLIER), null) != null) {
            deliverGap();
        }
        Lsn later = Lsn.parse("0/9000000");
        assertThat(boundary.reach(later)).isTrue();
        deliverGap();
        assertThat(boundary.isReached(later)).isTrue();
    }

    /** The gap is in the handlers' queue, or is being handled. */
    @Test
    void nextStream_beforeTheGapOfARestoredSnapshotIsHandled_isNoSecondGap() throws Exception {
        boundary = boundary();
        assertThat(boundary.begin(start(EARLIER), null)).isNotNull();
        assertThat(boundary.begin(start(EARLIER), null)).isNull();
        deliverGap();
        assertThat(boundary.isReached(DONE)).isFalse();
    }

    @Test
    void standbyBehindWhatIsDone_isAwaited() throws Exception {
        boundary = boundary();
        StreamStart behind = new StreamStart(
                SlotRequest.existing("slot", EARLIER, false, null),
                new StreamStart.History("7", 1, EARLIER, "", true, null),
                EARLIER);
        assertThatThrownBy(() -> boundary.begin(behind, null))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P03"));
        assertThat(boundary.begin(start(END), null)).isNull();
        deliverGap();
        assertThat(boundary.isReached(DONE)).isTrue();
    }

    @Test
    void slotCreatedBehindTheLogsEnd_isNoGap() throws Exception {
        own.sql("DELETE FROM walwire_checkpoint");
        boundary = boundary();
        StreamStart created = new StreamStart(
                SlotRequest.existing("slot", DONE, false, null), new StreamStart.History("7", 1, EARLIER, ""), DONE);
        assertThat(boundary.begin(created, null)).isNull();
    }
}
