package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import io.walwire.error.ErrorCode;
import io.walwire.lifecycle.State;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Starts that depend on the server's settings, or on whether it is there. */
class StartOnAServerOfItsOwnTest {
    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onServerOfItsOwn(Map.of("max_replication_slots", "1"));

    @BeforeAll
    static void createTables() throws SQLException {
        Items.create(DATABASE);
    }

    @Test
    void start_tooManySlots() throws SQLException {
        DATABASE.createSlot("the_only_one");
        try {
            StartErrorsTest.assertRefused(
                    Items.reader(DATABASE),
                    ErrorCode.SERVER,
                    "max_replication_slots",
                    "pg_drop_replication_slot",
                    "53400");
        } finally {
            DATABASE.query("SELECT pg_drop_replication_slot('the_only_one')");
        }
    }

    @Test
    void start_walLevelReplica() throws SQLException {
        DATABASE.sql("ALTER SYSTEM SET wal_level = 'replica'");
        DATABASE.server().restart();
        try {
            StartErrorsTest.assertRefused(
                    Items.reader(DATABASE),
                    ErrorCode.SERVER,
                    "wal_level = replica",
                    "ALTER SYSTEM SET wal_level = 'logical'",
                    "restart");
        } finally {
            DATABASE.sql("ALTER SYSTEM RESET wal_level");
            DATABASE.server().restart();
        }
    }

    @Test
    void start_waitsForTheServer_whereAskedTo() throws Exception {
        DATABASE.server().stopFast();
        CountDownLatch attempts = new CountDownLatch(2);
        Recorder<Long> ids = new Recorder<>();
        WalwireBuilder builder = Walwire.builder()
                .url("postgresql://" + DATABASE.server().host() + ":"
                        + DATABASE.server().port() + "/" + DATABASE.name())
                .credentials(() -> {
                    attempts.countDown();
                    return new Credentials(DATABASE.user(), DATABASE.password());
                })
                .publication("events")
                .set("walwire.start.wait", "forever")
                .handler(Items.ids(ids));
        CompletableFuture<Walwire> starting = CompletableFuture.supplyAsync(builder::start);
        try {
            assertThat(attempts.await(180, TimeUnit.SECONDS)).isTrue();
            assertThat(starting).isNotDone();
        } finally {
            DATABASE.server().startAgain();
        }
        try (Walwire walwire = starting.get(180, TimeUnit.SECONDS)) {
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
            Items.insert(DATABASE, 1);
            assertThat(ids.await(1)).containsExactly(1L);
        }
    }

    @Test
    void start_serverStaysAway_throwsWhenTheWaitIsOver() {
        DATABASE.server().stopFast();
        try {
            long began = System.nanoTime();
            StartErrorsTest.assertRefused(
                    Items.reader(DATABASE).startWait(Duration.ofMillis(700)),
                    ErrorCode.CONNECTION,
                    "Is the server running there");
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isBetween(Duration.ofMillis(700), Duration.ofMinutes(2));
        } finally {
            DATABASE.server().startAgain();
        }
    }
}
