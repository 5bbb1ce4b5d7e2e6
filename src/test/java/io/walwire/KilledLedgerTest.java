package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code kill -9} between the commit in the user's database and the confirmation to the server. */
class KilledLedgerTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int ROWS = 2_000;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase own = TestDatabase.onSharedServer();

    /** Who commits, and how many commits of a process are none of its handlers' work. */
    private enum Ending {
        /** The first commits are of what a process finds in the checkpoint and of a backfill, before it handles anything. */
        OWN_TRANSACTIONS("own", 2),
        MANAGER_OF_THREADS("thread", 0);

        private final String argument;
        private final int uncounted;

        Ending(String argument, int uncounted) {
            this.argument = argument;
            this.uncounted = uncounted;
        }
    }

    @BeforeEach
    void tables() throws SQLException, IOException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, name text)");
        database.createSlot(Instances.slot(database));
        Ledger.create(own);
    }

    private KilledProcess start(Ending ending, String buffer, int commits) throws IOException {
        return new KilledProcess(
                LedgerProcess.class,
                database.url(),
                Instances.slot(database),
                buffer,
                Integer.toString(commits),
                own.jdbcUrl(),
                ending.argument);
    }

    /** Kills the process when it has committed so often and confirmed the last of it to nobody. */
    private void killAfterCommits(Ending ending, String buffer, int commits) throws Exception {
        try (KilledProcess process = start(ending, buffer, ending.uncounted + commits)) {
            process.awaitStop();
        }
        Eventually.until(
                LONG,
                () -> !database.slot(Instances.slot(database)).orElseThrow().active());
    }

    /** Runs to the end, without being killed before. */
    private void finish(Ending ending, int rows) throws Exception {
        try (KilledProcess process = start(ending, "64KiB", Integer.MAX_VALUE)) {
            database.sql("INSERT INTO item VALUES (-1, 'last')");
            Eventually.until(LONG, () -> own.queryLong("SELECT count(*) FROM ledger WHERE entry = 'item+-1'") > 0);
        }
        assertThat(own.queryLong("SELECT count(*) FROM ledger")).isEqualTo(rows + 1L);
        assertThat(own.queryLong("SELECT count(DISTINCT entry) FROM ledger")).isEqualTo(rows + 1L);
    }

    @ParameterizedTest
    @EnumSource
    void killed_betweenCommitAndConfirmation_eachTransactionCountsOnce(Ending ending) throws Exception {
        for (int i = 1; i <= 6; i++) {
            database.sql("INSERT INTO item VALUES (" + i + ", 'n')");
        }
        for (int kill = 1; kill <= 3; kill++) {
            killAfterCommits(ending, "1MiB", kill);
            Lsn done = Lsn.parse(own.queryString("SELECT commit_lsn FROM walwire_checkpoint"));
            assertThat(Instances.confirmed(database))
                    .as("what was committed last is not confirmed")
                    .isLessThanOrEqualTo(done);
        }
        assertThat(own.queryLong("SELECT count(*) FROM ledger")).isEqualTo(6);
        finish(ending, 6);
    }

    @ParameterizedTest
    @EnumSource
    void killed_betweenPartsOfALargeTransaction_eachRowCountsOnce(Ending ending) throws Exception {
        database.sql("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, " + ROWS + ") g");
        String[] buffers = {"64KiB", "150KiB", "90KiB"};
        for (int i = 0; i < buffers.length; i++) {
            killAfterCommits(ending, buffers[i], 2 + i);
            assertThat(own.queryLong("SELECT count(*) FROM ledger")).isBetween(1L, ROWS - 1L);
            assertThat(own.queryLong("SELECT complete FROM walwire_checkpoint")).isZero();
        }
        finish(ending, ROWS);
    }
}
