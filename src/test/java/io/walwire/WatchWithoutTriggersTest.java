package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where watches made of triggers and NOTIFY are in the way, or do not hear. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class WatchWithoutTriggersTest {
    private static final String OBJECTS = "SELECT (SELECT count(*) FROM pg_class) + (SELECT count(*) FROM pg_proc)"
            + " + (SELECT count(*) FROM pg_trigger) + (SELECT count(*) FROM pg_description)";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE SCHEMA billing",
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE billing.item (id int PRIMARY KEY, note text)",
                "CREATE FUNCTION ewallet_charge() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    }

    /** Nothing to lock, to leave behind, or to clean up. */
    @Test
    void nothingIsMadeInTheDatabase() throws Exception {
        long before = database.queryLong(OBJECTS);
        try (Watching watching = Watching.start(database)) {
            watching.add("a", watching.watch("item").label("ew_Mixed-Case").columns("note"));
            watching.add("b", watching.watch("item").key(1)).close();
            assertThat(database.queryLong(OBJECTS)).isEqualTo(before);
            watching.sql("INSERT INTO item VALUES (1)");
            assertThat(watching.lines("a")).containsExactly("+1");
        }
        assertThat(database.queryLong(OBJECTS)).isEqualTo(before);
        assertThat(database.queryLong("SELECT ewallet_charge()")).isEqualTo(1);
    }

    @Test
    void changesForWhichTriggersDoNotFire_areDelivered() throws Exception {
        try (Watching watching = Watching.start(database)) {
            watching.add("all", watching.watch("item"));
            database.inTransaction("SET session_replication_role = replica", "INSERT INTO item VALUES (1)");
            watching.sql("TRUNCATE item");
            assertThat(watching.lines("all")).containsExactly("+1", "!");
        }
    }
}
