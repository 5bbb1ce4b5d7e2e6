package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code kill -9} while tables are read before the stream's first change, with a checkpoint: the mirror misses nothing. */
class KilledFirstBackfillTest {
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
                "CREATE TABLE bare (a int)",
                "CREATE TABLE item (id int PRIMARY KEY, v int)",
                "INSERT INTO item SELECT i, 0 FROM generate_series(1, " + ROWS + ") i");
        own.sql(
                LetterBox.ddl("checkpoint.sql"),
                LetterBox.ddl("backfill.sql"),
                "CREATE TABLE item (id int PRIMARY KEY, v int)",
                "CREATE TABLE bare (read_at text, a int)");
    }

    private KilledProcess start(int commits) throws IOException {
        return new KilledProcess(
                FirstProcess.class, database.url(), Instances.slot(database), Integer.toString(commits), own.jdbcUrl());
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

    private String of(TestDatabase any, String sql) throws Exception {
        return any.queryString("SELECT coalesce(string_agg(r::text, ' ' ORDER BY r), '') FROM (" + sql + ") r");
    }

    /** The first process is killed in the middle of table bare, or of table item, and the second one at another place. */
    @ParameterizedTest
    @CsvSource({"3, 2000", "7, 10"})
    void killed_whileTablesAreReadFirst_theNextOnesMissNothing(int commits, int rowsOfBare) throws Exception {
        database.sql("INSERT INTO bare SELECT i % 100 FROM generate_series(1, " + rowsOfBare + ") i");
        killAfterCommits(commits);
        assertThat(own.queryLong("SELECT count(*) FROM item")).isBetween(rowsOfBare < ROWS ? 1L : 0L, ROWS - 1L);
        change();
        killAfterCommits(5);
        change();
        try (KilledProcess process = start(Integer.MAX_VALUE)) {
            Eventually.until(LONG, () -> ExistingItems.doneRuns(own) == 2);
            String items = of(database, "SELECT id, v FROM item");
            String bare = of(database, "SELECT a, count(*) FROM bare GROUP BY a");
            Eventually.satisfied(LONG, () -> {
                assertThat(of(own, "SELECT id, v FROM item")).isEqualTo(items);
                assertThat(of(own, "SELECT a, count(*) FROM bare GROUP BY a")).isEqualTo(bare);
            });
        }
        awaitEnded();
    }

    private void change() throws Exception {
        database.sql(
                "DELETE FROM item WHERE id % 5 = 0 AND v = 0",
                "UPDATE item SET v = v + 1 WHERE id % 5 = 1",
                "INSERT INTO item SELECT 100000 + count(*), 7 FROM item",
                "INSERT INTO bare VALUES (1), (1000)");
    }
}
