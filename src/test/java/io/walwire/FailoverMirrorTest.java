package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.MirrorProcess.Place;
import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** As {@link FailoverBackfillTest}, beside sessions that write, where a checkpoint in another database has the progress. */
@Timeout(value = 10, unit = TimeUnit.MINUTES) // of a busy machine
class FailoverMirrorTest {
    private static final Duration LONG = FailoverPair.LONG;
    private static final int ROWS = 40;
    private static final int LEFT_ALONE = 300;

    @RegisterExtension
    final TestDatabase kept = TestDatabase.onSharedServer();

    private final Gate gate = new Gate();

    @BeforeEach
    void tables() throws Exception {
        kept.sql(LetterBox.ddl("checkpoint.sql"), LetterBox.ddl("backfill.sql"));
        Mirror.create(kept);
    }

    private static ItemWriters writers(FailoverPair pair, PostgresServer server) {
        return new ItemWriters(() -> server.connect(pair.database.name()), ROWS, Duration.ofMillis(100), server.port());
    }

    private Walwire start(FailoverPair pair) {
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(kept), "copy");
        return MirrorProcess.reading(pair.instance(), new Mirror(checkpoint, gate.at(40)))
                .checkpoint(checkpoint)
                .start();
    }

    /** Pauses the run in its middle: what is read may be confirmed. */
    private void pause(Walwire walwire) throws Exception {
        gate.awaitReached();
        BackfillRun run = walwire.backfills().get(0);
        run.pause();
        gate.open();
        Eventually.until(LONG, () -> run.progress().state() == BackfillState.PAUSED);
        assertThat(Mirror.reads(kept)).isLessThan(LEFT_ALONE);
    }

    private static void resume(Walwire walwire) {
        walwire.backfills().forEach(BackfillRun::resume);
    }

    private MirrorRuns runs(FailoverPair pair) {
        return new MirrorRuns(
                kept,
                List.of(
                        "walwire.url=" + pair.url(),
                        "walwire.publication=events",
                        "walwire.slot.name=app",
                        "walwire.slot.failover=true"));
    }

    private static void end(FailoverPair pair, ItemWriters writers) throws Exception {
        writers.stop();
        pair.sql(pair.standby, MirrorRuns.LAST_ROW);
    }

    private void requireMirrored(FailoverPair pair, int readings, int gaps) throws Exception {
        runs(pair).requireEqual(pair.items(pair.standby));
        assertThat(Mirror.readings(kept)).isEqualTo(readings);
        assertThat(kept.query("SELECT reason FROM gap")).hasSize(gaps);
    }

    @ParameterizedTest
    @ValueSource(ints = {17, 18})
    void withoutAGap_goesOn(int version) throws Exception {
        try (FailoverPair pair = new FailoverPair(version, true)) {
            ItemWriters.create(pair.database, ROWS, LEFT_ALONE);
            try (Walwire walwire = start(pair)) {
                try (ItemWriters writers = writers(pair, pair.primary)) {
                    pause(walwire);
                    pair.awaitSynced();
                    writers.loseServer();
                    pair.promote();
                }
                Eventually.until(
                        LONG, () -> kept.queryLong("SELECT timeline FROM walwire_backfill WHERE leaf = 0") == 2);
                try (ItemWriters writers = writers(pair, pair.standby)) {
                    resume(walwire);
                    runs(pair).complete(() -> end(pair, writers));
                }
            }
            requireMirrored(pair, 1, 0);
            Mirror.requireReadOnce(kept, LEFT_ALONE);
        }
    }

    /** What the new server does not have was handled, and is in the copy. */
    @Test
    void withAGap_beginsAgain() throws Exception {
        try (FailoverPair pair = new FailoverPair(18, false)) {
            ItemWriters.create(pair.database, ROWS, LEFT_ALONE);
            try (Walwire walwire = start(pair)) {
                try (ItemWriters writers = writers(pair, pair.primary)) {
                    pause(walwire);
                    pair.awaitSynced();
                    pair.cutOff();
                    pair.sql(pair.primary, "INSERT INTO item VALUES (-2, 0, 'lost')");
                    Eventually.until(LONG, () -> kept.queryLong("SELECT count(*) FROM item WHERE id = -2") == 1);
                    writers.loseServer();
                    pair.promote();
                }
                try (ItemWriters writers = writers(pair, pair.standby)) {
                    Eventually.until(LONG, () -> kept.queryLong("SELECT count(*) FROM gap") == 1);
                    resume(walwire);
                    runs(pair).complete(() -> end(pair, writers));
                }
            }
            requireMirrored(pair, 2, 1);
        }
    }

    /** The checkpoint is of the old timeline, which is a gap: the next process does not know what the one before has got of the old server. */
    @Test
    void processThatDiesWithItsServer_nextOneBeginsAgain() throws Exception {
        try (FailoverPair pair = new FailoverPair(18, true)) {
            ItemWriters.create(pair.database, ROWS, LEFT_ALONE);
            pair.instance()
                    .handler("none", on -> on.table("item").onTruncate(event -> {}))
                    .start()
                    .close();
            pair.awaitSynced();
            try (ItemWriters writers = writers(pair, pair.primary)) {
                runs(pair).killAt(Place.COMMIT, 1);
                writers.loseServer();
                pair.promote();
            }
            try (ItemWriters writers = writers(pair, pair.standby)) {
                runs(pair).killAt(Place.ROW, 40);
                runs(pair).finish(() -> end(pair, writers));
            }
            requireMirrored(pair, 2, 1);
        }
    }
}
