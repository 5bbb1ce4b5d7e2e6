package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A publication with a row filter, into which rows come while existing rows are read. */
class BackfillRowFilterTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    private static final int ROWS = 2_000;

    /** PostgreSQL sends such an update as an insert, without the value that it has not touched. */
    @ParameterizedTest
    @ValueSource(ints = {15, 18})
    void rowThatComesIntoTheFilter_inAPartThatWasRead_isReadWithItsLargeValue(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            Instances.prepare(
                    database,
                    // the row stays in its block
                    "CREATE TABLE item (tenant int, id int, v int, big text, PRIMARY KEY (tenant, id)) WITH (fillfactor = 50)",
                    "ALTER TABLE item ALTER big SET STORAGE EXTERNAL",
                    "INSERT INTO item VALUES (6, 0, 0, repeat('large', 1000))",
                    "INSERT INTO item SELECT 7, i, 0, repeat('b', 40) FROM generate_series(1, " + ROWS + ") i",
                    "CREATE PUBLICATION sevens FOR TABLE item WHERE (tenant = 7)");
            int[] reads = {0};
            List<SQLException> failures = new ArrayList<>();
            TableCopy copy = new TableCopy("item", () -> {
                try {
                    if (++reads[0] == ROWS - 500) { // chunks have about 150 rows, and four are in hand at most
                        database.sql("UPDATE item SET tenant = 7 WHERE tenant = 6");
                    }
                } catch (SQLException e) {
                    failures.add(e);
                }
            });
            try (Walwire walwire = Instances.temporary(database)
                    .publication("sevens")
                    .set("walwire.backfill.chunk", "8KiB")
                    .handler(copy)
                    .start()) {
                ExistingItems.await(walwire.backfill("item").start());
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            assertThat(failures).isEmpty();
            assertThat(database.queryString("SELECT ctid::text FROM item WHERE id = 0"))
                    .startsWith("(0,");
            assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
        }
    }
}
