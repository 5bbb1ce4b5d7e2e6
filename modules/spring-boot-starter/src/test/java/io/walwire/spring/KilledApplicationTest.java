package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
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

    @BeforeEach
    void prepare() throws Exception {
        Copying.createTables(database);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWritten_isThereOnce(Copying copying, TestReporter reporter) throws Exception {
        long seed = System.nanoTime();
        reporter.publishEntry("seed", Long.toString(seed));
        Random random = new Random(seed);
        List<String> keys = copying.keys(database, database.unique("slot"));
        KilledApplication.run(copying, keys).close(); // the slot is there from now on
        for (int round = 0; round < KILLS; round++) {
            write(round * ROWS, random);
            try (ApplicationProcess process = start(copying, keys)) {
                long enough = copied() + 1 + random.nextInt(ROWS / 2);
                Eventually.until(Application.LONG, () -> copied() >= enough || !process.isAlive());
                assertThat(process.isAlive()).isTrue();
            } // killed
        }
        try (ConfigurableApplicationContext context = KilledApplication.run(copying, keys)) {
            Application.awaitCurrent(Application.walwire(context));
        }
        assertThat(copied()).isEqualTo((long) KILLS * ROWS);
        assertThat(database.queryLong("SELECT count(DISTINCT item) FROM copied"))
                .isEqualTo((long) KILLS * ROWS);
    }

    private static ApplicationProcess start(Copying copying, List<String> keys) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(copying.name()));
        arguments.addAll(keys);
        return ApplicationProcess.start(KilledApplication.class, arguments);
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
}
