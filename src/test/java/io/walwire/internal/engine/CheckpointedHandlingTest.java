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
class CheckpointedHandlingTest {
    private static final Lsn EARLIER = Lsn.parse("0/1000000");
    private static final Lsn DONE = Lsn.parse("0/3000000");
    private static final Lsn END = Lsn.parse("0/4000000");

    @RegisterExtension
    final TestDatabase own = TestDatabase.onSharedServer();

    private CheckpointedHandling handling;

    @BeforeEach
    void doneUpToAPosition() throws Exception {
        own.sql(Files.readString(Path.of("sql", "checkpoint.sql")));
        handling = handling();
        assertThat(handling.begin(start(END), null)).isNull();
        assertThat(handling.reach(DONE)).isTrue();
    }

    private CheckpointedHandling handling() {
        return new CheckpointedHandling(new Checkpoint(own::connect, "shop"), new Lifecycle("test", Listeners.none()));
    }

    private static StreamStart start(Lsn logEnd) {
        return new StreamStart(
                SlotRequest.existing("slot", EARLIER, false, null),
                new StreamStart.History("7", 1, logEnd, ""),
                EARLIER);
    }

    private void tellGap() throws Exception {
        handling.single(new LostContinuity("test", "shop", new Gap(EARLIER, EARLIER, "a test")), () -> {});
    }

    @Test
    void gapBeforeWhatIsDone_setsNothingBack() throws Exception {
        tellGap();
        assertThat(handling.isReached(DONE)).isTrue();
    }

    @Test
    void gapOfALogThatWasSetBack_setsThePositionBack_once() throws Exception {
        assertThat(gapOf(EARLIER)).contains("lies beyond 0/1000000");
        tellGap();
        assertThat(handling.isReached(DONE)).isFalse();
        assertThat(handling.isReached(EARLIER)).isTrue();
        assertThat(handling.reach(DONE)).isTrue();
        tellGap();
        assertThat(handling.isReached(DONE)).isTrue();
    }

    private @Nullable String gapOf(Lsn common) throws SQLException {
        Gap gap = handling.begin(start(END), common);
        return gap == null ? null : gap.reason();
    }

    @Test
    void historyThatHoldsAllThatIsDone_setsNothingBack() throws Exception {
        assertThat(handling.begin(start(END), DONE)).isNull();
        tellGap();
        assertThat(handling.isReached(DONE)).isTrue();
    }

    /** Another process has done more than this server's log holds. */
    @Test
    void gapOfAStart_logEndsBeforeWhatIsDone_setsThePositionBack() throws Exception {
        handling = handling();
        handling.begin(start(EARLIER), null);
        tellGap();
        assertThat(handling.isReached(DONE)).isFalse();
    }

    @Test
    void restoredSnapshot_firstStart_isAGap() throws Exception {
        handling = handling();
        Gap gap = handling.begin(start(EARLIER), null);
        assertThat(gap == null ? null : gap.reason()).contains("lies beyond 0/1000000");
    }

    /** What sets the position back is used up by the gap that says so. */
    @Test
    void gapAfterThatOfARestoredSnapshot_setsNothingBack() throws Exception {
        handling = handling();
        if (handling.begin(start(EARLIER), null) != null) {
            tellGap();
        }
        Lsn later = Lsn.parse("0/9000000");
        assertThat(handling.reach(later)).isTrue();
        tellGap();
        assertThat(handling.isReached(later)).isTrue();
    }

    /** The gap is in the handlers' queue, or is being handled. */
    @Test
    void nextStream_beforeTheGapOfARestoredSnapshotIsHandled_isNoSecondGap() throws Exception {
        handling = handling();
        assertThat(handling.begin(start(EARLIER), null)).isNotNull();
        assertThat(handling.begin(start(EARLIER), null)).isNull();
        tellGap();
        assertThat(handling.isReached(DONE)).isFalse();
    }

    @Test
    void standbyBehindWhatIsDone_isAwaited() throws Exception {
        handling = handling();
        StreamStart behind = new StreamStart(
                SlotRequest.existing("slot", EARLIER, false, null),
                new StreamStart.History("7", 1, EARLIER, "", true),
                EARLIER);
        assertThatThrownBy(() -> handling.begin(behind, null))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P03"));
        assertThat(handling.begin(start(END), null)).isNull();
        tellGap();
        assertThat(handling.isReached(DONE)).isTrue();
    }

    @Test
    void slotCreatedBehindTheLogsEnd_isNoGap() throws Exception {
        own.sql("DELETE FROM walwire_checkpoint");
        handling = handling();
        StreamStart created = new StreamStart(
                SlotRequest.existing("slot", DONE, false, null), new StreamStart.History("7", 1, EARLIER, ""), DONE);
        assertThat(handling.begin(created, null)).isNull();
    }
}
