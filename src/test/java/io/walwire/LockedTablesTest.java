package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Severity;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that a migration has locked while an instance starts. */
class LockedTablesTest {
    private static final String WAITING = "SELECT 1 FROM pg_locks l WHERE NOT l.granted AND l.relation IN"
            + " ('item'::regclass, 'root'::regclass, 'leaf'::regclass,"
            + " 'apart'::regclass, 'apart_leaf'::regclass)";

    /** A table whose partition is locked has to be looked through, too. */
    @ParameterizedTest
    @ValueSource(ints = {14, 16, 18})
    void start_doctorAndWatch_waitForNoLock(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            Items.create(database);
            database.sql(
                    "CREATE TABLE root (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                    "CREATE TABLE leaf PARTITION OF root FOR VALUES FROM (0) TO (9)",
                    "ALTER PUBLICATION events ADD TABLE root",
                    "CREATE TABLE apart (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                    "CREATE TABLE apart_leaf PARTITION OF apart FOR VALUES FROM (0) TO (9)");
            // a new slot would wait for the transaction that holds the locks
            database.createSlot(database.unique("made"));
            try (Connection migration = database.connect();
                    Statement lock = migration.createStatement()) {
                migration.setAutoCommit(false);
                lock.execute("LOCK TABLE item, root, leaf, apart, apart_leaf IN ACCESS EXCLUSIVE MODE");
                read(database);
                migration.rollback();
            }
        }
    }

    private static void read(TestDatabase database) throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire = Items.reader(database)
                .slotName(database.unique("made"))
                .set("walwire.subscriptions", "item,leaf")
                .handler(Items.ids(ids))
                .start()) {
            walwire.watch("item").subscribe(Runnable::run, event -> {}).close();
            assertThat(walwire.check()).noneMatch(found -> found.severity() == Severity.ERROR);
        }
        assertThat(Items.reader(database).subscriptions("apart").check())
                .anyMatch(found -> found.what().contains("names of its partitions (public.apart_leaf)"));
        Eventually.until(Items.LONG, () -> database.query(WAITING).isEmpty());
    }
}
