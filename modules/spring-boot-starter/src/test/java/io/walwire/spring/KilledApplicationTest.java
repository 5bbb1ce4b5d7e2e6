package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * An application that is killed as by {@code kill -9} while its handlers write in the checkpoint's transactions. How often:
 * {@code -Dwalwire.spring.kills=}.
 */
class KilledApplicationTest {
    private static final int KILLS = Integer.getInteger("walwire.spring.kills", 2);
    private static final int ROWS = 400;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    /** No key: a row that is copied twice is there twice. */
    @BeforeEach
    void prepare() throws Exception {
        database.sql(
                Files.readString(Path.of("sql", "checkpoint.sql")),
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE TABLE copied (id int)",
                "CREATE PUBLICATION events FOR TABLE item");
    }

    @Test
    void whatIsWritten_isThereOnce(TestReporter reporter) throws Exception {
        long seed = System.nanoTime();
        reporter.publishEntry("seed", Long.toString(seed));
        Random random = new Random(seed);
        List<String> keys = Application.onDataSource(
                database,
                "walwire.publication=events",
                "walwire.subscriptions=item",
                "walwire.slot.name=" + database.unique("slot"));
        KilledApplication.run(keys).close(); // the slot is there from now on
        for (int round = 0; round < KILLS; round++) {
            write(round * ROWS, random);
            Process process = start(keys);
            try {
                long enough = copied() + 1 + random.nextInt(ROWS / 2);
                Eventually.until(Application.LONG, () -> copied() >= enough || !process.isAlive());
                assertThat(process.isAlive()).isTrue();
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
        try (ConfigurableApplicationContext context = KilledApplication.run(keys)) {
            Application.awaitCurrent(Application.walwire(context));
        }
        assertThat(copied()).isEqualTo((long) KILLS * ROWS);
        assertThat(database.queryLong("SELECT count(DISTINCT id) FROM copied")).isEqualTo((long) KILLS * ROWS);
    }

    private long copied() throws SQLException {
        return database.queryLong("SELECT count(*) FROM copied");
    }

    /** In transactions of one to ten rows. */
    private void write(int from, Random random) throws SQLException {
        List<String> inserts = new ArrayList<>();
        int next = from;
        while (next < from + ROWS) {
            int last = Math.min(next + random.nextInt(10), from + ROWS - 1);
            inserts.add("INSERT INTO item SELECT * FROM generate_series(" + next + ", " + last + ")");
            next = last + 1;
        }
        database.sql(inserts.toArray(String[]::new));
    }

    private static Process start(List<String> keys) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.springframework.boot.logging.LoggingSystem=none",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                KilledApplication.class.getName()));
        command.addAll(keys);
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
