package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.handler.EventHandler;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.WatchEvent.Changed;
import io.walwire.watch.WatchIterator;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Of the events of each key the latest alone. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LatestPerKeyTest {
    private static final Duration LONG = Items.LONG;
    private static final Duration NEVER = Duration.ofDays(365_000);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE other (id int PRIMARY KEY)",
                "CREATE TABLE price (id numeric PRIMARY KEY, note text)",
                "CREATE TABLE keyless (id int)",
                "ALTER TABLE keyless REPLICA IDENTITY FULL");
    }

    private WalwireBuilder reader(EventHandler handler) {
        return Instances.durable(database).handler(handler);
    }

    private void insert(int... ids) throws SQLException {
        for (int id : ids) {
            database.sql("INSERT INTO item VALUES (" + id + ")");
        }
    }

    @Test
    void latestPerKey_inABatch_deletesCount_aKeyChangeIsTheOldKeysLastWord() throws Exception {
        try (Walwire walwire = reader(on -> on.table("item").latestPerKey().batch(100, NEVER, trail.runs("latest")))
                .start()) {
            insert(1, 2, 3, 4);
            database.sql(
                    "UPDATE item SET note = 'a' WHERE id = 1",
                    "UPDATE item SET note = 'b' WHERE id = 1",
                    "DELETE FROM item WHERE id = 2",
                    "UPDATE item SET id = 30 WHERE id = 3",
                    "UPDATE item SET note = 'c' WHERE id = 30",
                    "UPDATE item SET id = 40 WHERE id = 4",
                    "INSERT INTO item VALUES (4)",
                    "DELETE FROM item WHERE id = 40");
            Eventually.until(Items.LONG, () -> !walwire.status().received().isBefore(Items.currentLsn(database)));
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(trail.await(1)).containsExactly("latest: item~1 item-2 item~30 item~30 item+4 item-40");
        }
    }

    @Test
    void latestPerKey_inARun_leavesOutWhatIsReplaced() throws Exception {
        try (Walwire walwire = reader(on -> on.table("item")
                        .onChanges(trail.runs("all"))
                        .latestPerKey()
                        .onChanges(trail.runs("latest"))
                        .onChange(trail.events("each")))
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1), (2)", "UPDATE item SET note = 'a' WHERE id = 1", "TRUNCATE other");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(trail.await(4))
                    .containsExactly(
                            "all: item+1 item+2 item~1", "latest: item+2 item~1", "each: item+2", "each: item~1");
        }
    }

    /** Equal values of another column. */
    @Test
    void latestPerKey_primaryKeyChanges_noRowReplacesAnother() throws Exception {
        try (Walwire walwire = reader(on -> on.table("item").latestPerKey().onChanges(trail.runs("latest")))
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1, '2')",
                    "ALTER TABLE item DROP CONSTRAINT item_pkey, ADD PRIMARY KEY (note)",
                    "INSERT INTO item VALUES (5, '1')",
                    "UPDATE item SET id = 6 WHERE note = '1'");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(trail.await(1)).containsExactly("latest: item+1 item~6");
        }
    }

    @Test
    void latestPerKey_equalKeysOfOtherLetters_areOne_thoseWithoutAKeyAllStay() throws Exception {
        try (Walwire walwire = reader(on -> {
                    on.table("price").latestPerKey().onChanges(trail.runs("price"));
                    on.table("keyless").latestPerKey().onChanges(trail.runs("keyless"));
                })
                .start()) {
            database.inTransaction(
                    "INSERT INTO price VALUES (1.0, 'a'), (2.00, 'b')",
                    "DELETE FROM price WHERE id = 1",
                    "INSERT INTO price VALUES (1.00, 'c')",
                    "INSERT INTO keyless VALUES (1), (1)",
                    "TRUNCATE keyless");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(trail.await(2))
                    .containsExactly("price: price+2.00 price+1.00", "keyless: keyless+1 keyless+1 keyless!");
        }
    }

    /** PostgreSQL sends the old key then, whose bytes are others. */
    @Test
    void watch_latestPerKey_equalKeysOfOtherDigits_areOne() throws Exception {
        try (Walwire walwire = reader(on -> on.table("price").onChange(trail.events("each")))
                        .start();
                WatchIterator latest =
                        walwire.watch("price").conflate(10).keysOnly().iterator()) {
            database.sql("INSERT INTO price VALUES (1.0, 'a')", "UPDATE price SET id = 1.00");
            trail.await(2);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            Changed changed = (Changed) latest.next();
            assertThat(Objects.requireNonNull(changed.key()).text("id")).isEqualTo("1.00");
            assertThat(changed.oldKey()).isNull();
            assertThat(changed.missed()).isEqualTo(1);
            assertThat(latest.poll(Duration.ZERO)).isNull();
        }
    }
}
