package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Severity;
import io.walwire.testing.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The catalog of a large application. */
class ManyTablesTest {
    private static final int TABLES = 1_000;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @Test
    void doctor_takesSeconds() throws Exception {
        database.sql(
                "DO $$ BEGIN FOR i IN 1.." + TABLES
                        + " LOOP EXECUTE format('CREATE TABLE t_%s (id int PRIMARY KEY, a int,"
                        + " b int GENERATED ALWAYS AS (1) STORED)', i); END LOOP; END $$",
                "CREATE PUBLICATION events FOR ALL TABLES");
        long begin = System.nanoTime();
        assertThat(Items.reader(database).slotName(database.unique("slot")).check())
                .noneMatch(finding -> finding.severity() == Severity.ERROR)
                .hasSizeGreaterThan(TABLES);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMinutes(3));
    }
}
