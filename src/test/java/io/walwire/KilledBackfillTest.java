package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code kill -9} while rows are read whose progress is in the database of the checkpoint. */
class KilledBackfillTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int ROWS = 2_000;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase own = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws Exception {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "INSERT INTO item SELECT i, repeat('n', 20) FROM generate_series(1, " + ROWS + ") i");
        database.createSlot(Instances.slot(database));
        Ledger.create(own);
        own.sql(LetterBox.ddl("backfill.sql"));
    }

    private String rows = "all";

    private KilledProcess start(int commits) throws IOException {
        return new KilledProcess(
                BackfillProcess.class,
                database.url(),
                Instances.slot(database),
                Integer.toString(commits),
                own.jdbcUrl(),
                rows);
    }

    private void killAfterCommits(int commits) throws Exception {
        try (KilledProcess process = start(commits)) {
            process.awaitStop();
        }
        awaitEnded();
    }

    private void awaitEnded() {
        Eventually.until(
                LONG,
                () -> !database.slot(Instances.slot(database)).orElseThrow().active());
    }

    private long entries() throws Exception {
        return own.queryLong("SELECT count(*) FROM ledger");
    }

    @Test
    void killed_afterCommitsOfChunks_eachChunkCountsOnce() throws Exception {
        for (int kill = 2; kill <= 3; kill++) {
            killAfterCommits(kill);
            assertThat(entries()).isBetween(1L, ROWS - 1L);
            assertThat(own.queryLong("SELECT sum(rows_read) FROM walwire_backfill"))
                    .isEqualTo(entries());
        }
        finish();
    }

    private void finish() throws Exception {
        try (KilledProcess process = start(Integer.MAX_VALUE)) {
            Eventually.until(LONG, () -> ExistingItems.doneRuns(own) == 1);
        }
        awaitEnded();
        assertThat(entries()).isEqualTo(ROWS + 1);
        assertThat(own.queryLong("SELECT count(DISTINCT entry) FROM ledger")).isEqualTo(ROWS + 1);
    }

    /** Its rows have another position with each reading, so that a handler can remove those of an earlier one. */
    @Test
    void killed_whileATableWithoutAKeyIsRead_beginsAgain_andTheRowsOfTheLastReadingAreAll() throws Exception {
        database.sql("ALTER TABLE item REPLICA IDENTITY FULL", "ALTER TABLE item DROP CONSTRAINT item_pkey");
        rows = "newest";
        for (int kill = 2; kill <= 3; kill++) {
            killAfterCommits(kill);
            assertThat(entries()).isBetween(1L, ROWS - 1L);
            assertThat(own.queryLong("SELECT count(DISTINCT handler) FROM ledger"))
                    .isEqualTo(1);
        }
        finish();
    }
}
