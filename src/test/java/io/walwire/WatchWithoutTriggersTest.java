package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.WatchEvent;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where watches made of triggers and NOTIFY are in the way, or do not hear. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
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
    void changesForWhichTriggersDoNotFire_areTold() throws Exception {
        try (Watching watching = Watching.start(database)) {
            watching.add("all", watching.watch("item"));
            database.inTransaction("SET session_replication_role = replica", "INSERT INTO item VALUES (1)");
            watching.sql("TRUNCATE item");
            assertThat(watching.lines("all")).containsExactly("+1", "!");
        }
    }

    @Test
    void tablesOfOneNameInTwoSchemas_areTwo() throws Exception {
        try (Watching watching = Watching.start(database)) {
            watching.add("public", watching.watch("item").key(1));
            watching.add("billing", watching.watch("billing.item").key(1));
            watching.sql("INSERT INTO item VALUES (1)", "DELETE FROM item", "INSERT INTO billing.item VALUES (1)");
            assertThat(watching.lines("public")).containsExactly("+1", "-1");
            assertThat(watching.lines("billing")).containsExactly("+1");
            assertThat(watching.only("billing").schema()).isEqualTo("billing");
        }
    }

    @Test
    void rolledBack_isNotTold() throws Exception {
        try (Watching watching = Watching.start(database)) {
            watching.add("all", watching.watch("item"));
            database.sql("BEGIN; INSERT INTO item VALUES (1); ROLLBACK");
            watching.sql("INSERT INTO item VALUES (2)");
            assertThat(watching.lines("all")).containsExactly("+2");
        }
    }

    /** Whoever waits for a position has been told what lies before it; and a subscriber may wait for one. */
    @Test
    void awaitedPosition_wasTold() throws Exception {
        Recorder<WatchEvent> told = new Recorder<>();
        Recorder<Boolean> waited = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database).start()) {
            walwire.watch("item").subscribe(Runnable::run, told::add);
            walwire.watch("item").subscribe(event -> {
                try {
                    waited.add(walwire.awaitCurrent(Duration.ofSeconds(20)));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            for (int i = 1; i <= 5; i++) {
                database.sql("INSERT INTO item VALUES (" + i + ")");
                assertThat(walwire.awaitCurrent(Duration.ofSeconds(20))).isTrue();
                assertThat(told.all()).hasSize(i);
            }
            assertThat(waited.await(1)).startsWith(true);
        }
    }
}
