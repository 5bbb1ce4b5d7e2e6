package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.ConfigurableApplicationContext;

/** An application that ends while existing rows are read: each row takes effect once, with the progress, in Spring's transactions. */
class BackfilledApplicationTest {
    private static final int ROWS = 1_000;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        BackfilledApplication.createTables(database, ROWS);
    }

    @Test
    void stoppedInTheMiddle_eachRowTakesEffectOnce() throws Exception {
        try (ConfigurableApplicationContext context = BackfilledApplication.run(slowly())) {
            awaitSome();
            assertThat(Application.walwire(context).status().retries()).isEqualTo(1);
        }
        assertPartlyCopied();
        assertTheRestComes();
    }

    @Test
    void killedInTheMiddle_eachRowTakesEffectOnce() throws Exception {
        try (ApplicationProcess process = ApplicationProcess.start(BackfilledApplication.class, slowly())) {
            awaitSome();
            assertThat(process.isAlive()).isTrue();
        }
        assertPartlyCopied();
        assertTheRestComes();
    }

    private List<String> slowly() {
        return BackfilledApplication.keys(database, "walwire.backfill.rate=8KiB");
    }

    /** Of more than one chunk, so that the copy has what a later transaction has written. */
    private void awaitSome() {
        Eventually.until(
                Application.LONG, () -> database.queryLong("SELECT count(DISTINCT xmin::text) FROM copied") > 1);
    }

    private void assertPartlyCopied() throws SQLException {
        assertThat(count("copied")).isBetween(1L, ROWS - 1L);
        assertThat(count("ended")).isZero();
    }

    private void assertTheRestComes() throws Exception {
        database.sql("INSERT INTO item SELECT i FROM generate_series(" + (ROWS + 1) + ", " + (ROWS + 10) + ") i");
        try (ConfigurableApplicationContext context = BackfilledApplication.run(BackfilledApplication.keys(database))) {
            Eventually.until(Application.LONG, () -> count("ended") > 0);
            Application.awaitCurrent(Application.walwire(context));
        }
        assertThat(database.queryLong("SELECT count(*) FROM copied WHERE item <= " + ROWS))
                .isEqualTo(ROWS);
        assertThat(database.queryLong("SELECT count(DISTINCT item) FROM copied WHERE item <= " + ROWS))
                .isEqualTo(ROWS);
        assertThat(count("inserted")).isEqualTo(10);
        assertThat(count("ended")).isEqualTo(1);
    }

    private long count(String table) throws SQLException {
        return database.queryLong("SELECT count(*) FROM " + table);
    }
}
