package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code kill -9} while tables are read before the stream's first change, with a checkpoint: the mirror misses nothing. */
class KilledFirstBackfillTest {
    private static final Duration LONG = Duration.ofSeconds(60);
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

    private Process start(int commits) throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath,
                        FirstProcess.class.getName(),
                        database.url(),
                        Instances.slot(database),
                        Integer.toString(commits),
                        "jdbc:postgresql://" + own.server().host() + ":"
                                + own.server().port() + "/" + own.name() + "?user=" + own.user() + "&password="
                                + own.password())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private void kill(Process process) throws Exception {
        process.toHandle().destroyForcibly();
        process.waitFor(30, TimeUnit.SECONDS);
        Eventually.until(
                LONG,
                () -> !database.slot(Instances.slot(database)).orElseThrow().active());
    }

    private void killAfterCommits(int commits) throws Exception {
        Process process = start(commits);
        try {
            CompletableFuture<String> said = CompletableFuture.supplyAsync(() -> {
                try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                    return String.valueOf(lines.readLine());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThat(said.get(60, TimeUnit.SECONDS)).isEqualTo("committed");
        } finally {
            kill(process);
        }
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
        Process process = start(Integer.MAX_VALUE);
        try {
            Eventually.until(
                    LONG,
                    () -> own.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf = 0 AND state = 'done'")
                            == 2);
            String items = of(database, "SELECT id, v FROM item");
            String bare = of(database, "SELECT a, count(*) FROM bare GROUP BY a");
            Eventually.satisfied(LONG, () -> {
                assertThat(of(own, "SELECT id, v FROM item")).isEqualTo(items);
                assertThat(of(own, "SELECT a, count(*) FROM bare GROUP BY a")).isEqualTo(bare);
            });
        } finally {
            kill(process);
        }
    }

    private void change() throws Exception {
        database.sql(
                "DELETE FROM item WHERE id % 5 = 0 AND v = 0",
                "UPDATE item SET v = v + 1 WHERE id % 5 = 1",
                "INSERT INTO item SELECT 100000 + count(*), 7 FROM item",
                "INSERT INTO bare VALUES (1), (1000)");
    }
}
