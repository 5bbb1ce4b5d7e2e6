package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Severity;
import io.walwire.error.ErrorCode;
import io.walwire.event.Gap;
import io.walwire.event.Position;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Slots that are gone, or whose WAL the server has removed. */
class LostSlotTest {
    private final Recorder<Object> seen = new Recorder<>();

    private WalwireBuilder recorded(WalwireBuilder builder) {
        return builder.handler(on -> {
            on.table("item").onInsert(event -> seen.add(Items.id(event)));
            on.onGap(event -> seen.add(event.gap()));
        });
    }

    /** Writes so much that the server removes what the idle slot needs. */
    private static void lose(TestDatabase database, String slot) {
        Eventually.until(Items.LONG, () -> {
            database.sql("INSERT INTO unpublished SELECT repeat('x', 1000) FROM generate_series(1, 1000)");
            database.query("SELECT pg_switch_wal()");
            database.sql("CHECKPOINT");
            return "lost".equals(database.slot(slot).orElseThrow().walStatus());
        });
    }

    private static TestDatabase onASmallDisk(int version) throws SQLException {
        TestDatabase database = TestDatabase.create(PostgresServer.start(
                version, Map.of("max_slot_wal_keep_size", "1MB", "min_wal_size", "32MB", "max_wal_size", "32MB")));
        Items.create(database);
        return database;
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 16, 18})
    void lost_stopByDefault_recreatedWhereAsked(int version) throws Exception {
        try (TestDatabase database = onASmallDisk(version);
                PostgresServer server = database.server()) {
            String slot = "small";
            recorded(Items.reader(database)).slotName(slot).start().close();
            assertThat(Items.reader(database).slotName(slot).check())
                    .anyMatch(finding -> finding.severity() == Severity.WARNING
                            && finding.what().contains("It will be lost after another")
                            && String.valueOf(finding.sql()).contains("max_slot_wal_keep_size"));
            Position confirmed = Items.confirmed(database, slot);
            lose(database, slot);

            assertThat(Items.reader(database).slotName(slot).check())
                    .anyMatch(finding -> finding.severity() == Severity.ERROR
                            && finding.what().contains("is lost, and changes after " + confirmed)
                            && String.valueOf(finding.sql()).contains("pg_drop_replication_slot('small')"));
            StartErrorsTest.assertRefused(
                    Items.reader(database).slotName(slot),
                    ErrorCode.SLOT,
                    "is lost, and changes after " + confirmed,
                    "max_slot_wal_keep_size",
                    "walwire.slot.lost=recreate",
                    "SELECT pg_catalog.pg_drop_replication_slot('small')");

            Items.insert(database, 1);
            try (Walwire walwire = recorded(Items.reader(database))
                    .slotName(slot)
                    .set("walwire.slot.lost", "recreate")
                    .start()) {
                Items.insert(database, 2);
                assertThat(seen.await(2)).last().isEqualTo(2L);
                assertThat(seen.all()).hasSize(2).first().isInstanceOfSatisfying(Gap.class, gap -> {
                    assertThat(gap.from()).isEqualTo(confirmed);
                    assertThat(gap.to()).isEqualTo(walwire.status().streamingFrom());
                    assertThat(gap.reason()).contains("lost and recreated", "max_slot_wal_keep_size");
                });
            }
            assertThat(server.isRunning()).isTrue();
        }
    }

    /** The server ends the stream of a slot that it takes the WAL from. */
    @Test
    void lostWhileStreaming_handlerTooSlow() throws Exception {
        try (TestDatabase database = onASmallDisk(18);
                PostgresServer server = database.server()) {
            String slot = "slow";
            Gate gate = new Gate();
            try (Walwire walwire = Items.reader(database)
                    .slotName(slot)
                    .handler(on -> on.table("item").onChanges(events -> gate.pass()))
                    .start()) {
                Items.insert(database, 1);
                gate.awaitReached();
                lose(database, slot);
                Eventually.until(
                        Items.LONG,
                        () -> String.valueOf(walwire.status().lastError()).contains("is lost"));
                gate.open();
                BrokenForGoodTest.assertFails(
                        walwire, ErrorCode.SLOT, "\"slow\" on " + database.name(), "max_slot_wal_keep_size");
            }
            assertThat(server.isRunning()).isTrue();
        }
    }

    @Test
    void droppedWhileDisconnected_recreatedWhereAsked() throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            Items.create(database);
            String slot = database.unique("recreated");
            Link link = new Link(database);
            try (Walwire walwire = recorded(link.reader(database))
                    .slotName(slot)
                    .set("walwire.slot.lost", "recreate")
                    .start()) {
                Items.insert(database, 1);
                seen.await(1);
                Gate away = link.hold();
                database.terminateWalsenders();
                away.awaitReached();
                database.query("SELECT pg_drop_replication_slot(?)", slot);
                Items.insert(database, 2);
                away.open();
                seen.await(2);
                Items.insert(database, 3);
                assertThat(seen.await(3)).startsWith(1L).endsWith(3L).hasSize(3);
                assertThat(seen.all().get(1)).isInstanceOfSatisfying(Gap.class, gap -> {
                    assertThat(gap.reason()).contains("was gone and was recreated");
                    assertThat(gap.from()).isLessThan(gap.to());
                });
                assertThat(walwire.state()).isEqualTo(State.STREAMING);
            }
            assertThat(database.slot(slot)).isPresent();
        }
    }

    /** Else a handler's failure, or a kill, would make a silent gap of one that was known. */
    @Test
    void recreated_gapNotDelivered_nextStartDeliversIt_once() throws Exception {
        try (TestDatabase database = onASmallDisk(18);
                PostgresServer server = database.server()) {
            String slot = "small";
            recorded(Items.reader(database)).slotName(slot).start().close();
            Position confirmed = Items.confirmed(database, slot);
            lose(database, slot);
            try (Walwire failing = Items.reader(database)
                    .slotName(slot)
                    .set("walwire.slot.lost", "recreate")
                    .failurePolicy(FailurePolicy.stop())
                    .handler(on -> on.onGap(gap -> {
                        throw new java.io.IOException("cannot be delivered");
                    }))
                    .start()) {
                BrokenForGoodTest.assertFails(failing, ErrorCode.HANDLER, "cannot be delivered");
            }
            assertThat(Items.reader(database).slotName(slot).check())
                    .anyMatch(finding -> finding.what().startsWith("Changes after " + confirmed + " are missing"));
            Items.insert(database, 1);
            deliversTheGap(database, slot, confirmed, 1);
            assertThat(database.query("SELECT slot_name FROM pg_replication_slots WHERE slot_type = 'physical'"))
                    .isEmpty();
            try (Walwire second =
                    recorded(Items.reader(database)).slotName(slot).start()) {
                Items.insert(database, 2);
                assertThat(seen.await(3)).last().isEqualTo(2L);
                assertThat(second.state()).isEqualTo(State.STREAMING);
            }
            assertThat(server.isRunning()).isTrue();
        }
    }

    private void deliversTheGap(TestDatabase database, String slot, @Nullable Position from, long id) throws Exception {
        try (Walwire walwire = recorded(Items.reader(database)).slotName(slot).start()) {
            assertThat(seen.await(2)).last().isEqualTo(id);
            assertThat(seen.all().get(0)).isInstanceOfSatisfying(Gap.class, gap -> {
                assertThat(gap.from()).isEqualTo(from);
                assertThat(gap.to()).isEqualTo(walwire.status().streamingFrom());
                assertThat(gap.reason()).contains("not certain that handlers know");
            });
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
    }

    /** The start after that must not take it for the first one. */
    @Test
    void goneWhileDisconnected_stops_nextStartDeliversTheGap() throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            Items.create(database);
            String slot = database.unique("a_name_too_long_for_a_note_of_its_own");
            Link link = new Link(database);
            try (Walwire walwire =
                    recorded(link.reader(database)).slotName(slot).start()) {
                Gate away = link.hold();
                database.terminateWalsenders();
                away.awaitReached();
                database.query("SELECT pg_drop_replication_slot(?)", slot);
                away.open();
                BrokenForGoodTest.assertFails(walwire, ErrorCode.SLOT, slot, "is gone");
            }
            try (Walwire walwire =
                    recorded(Items.reader(database)).slotName(slot).start()) {
                Items.insert(database, 1);
                assertThat(seen.await(2)).last().isEqualTo(1L);
                assertThat(seen.all().get(0)).isInstanceOf(Gap.class);
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            }
        }
    }

    /** Nothing is left to note it in. */
    @Test
    void noSlotFreeForTheNote_recreatedAllTheSame_saidInTheLog() throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.start(
                        18,
                        Map.of(
                                "max_replication_slots", "1",
                                "max_slot_wal_keep_size", "1MB",
                                "min_wal_size", "32MB",
                                "max_wal_size", "32MB")));
                PostgresServer server = database.server();
                LogLines log = new LogLines()) {
            Items.create(database);
            recorded(Items.reader(database)).slotName("only").start().close();
            lose(database, "only");
            try (Walwire walwire = recorded(Items.reader(database))
                    .slotName("only")
                    .set("walwire.slot.lost", "recreate")
                    .start()) {
                assertThat(seen.await(1).get(0)).isInstanceOf(Gap.class);
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            }
            assertThat(log.with("WARN", "\"only\"", "max_replication_slots", "this log is the only place"))
                    .isNotEmpty();
            assertThat(server.isRunning()).isTrue();
        }
    }

    private interface Conflict {
        void cause(TestDatabase database, PostgresServer standby) throws Exception;
    }

    /** What a start says about a slot of a standby after the primary did what the slot cannot bear. */
    private static void assertConflict(int version, Conflict conflict, String... parts) throws Exception {
        try (PostgresServer primary = PostgresServer.start(version, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby("standby_1")) {
            Items.create(database);
            CompletableFuture<Void> creating = CompletableFuture.runAsync(() -> {
                try (Connection connection = standby.connect(database.name());
                        Statement statement = connection.createStatement()) {
                    statement.execute("SELECT pg_create_logical_replication_slot('there', 'pgoutput')");
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            Eventually.until(Items.LONG, () -> {
                primary.sql("SELECT pg_log_standby_snapshot()");
                return creating.isDone();
            });
            creating.get();
            conflict.cause(database, standby);
            Eventually.satisfied(
                    Duration.ofMinutes(3),
                    () -> StartErrorsTest.assertRefused(
                            Walwire.builder()
                                    .url(standby.url(database.name()))
                                    .publication("events")
                                    .slotName("there"),
                            ErrorCode.SLOT,
                            parts));
        }
    }

    @ParameterizedTest
    @CsvSource({"16, (conflicting)", "18, (wal_level_insufficient)"})
    void walLevelOfThePrimaryLowered_named(int version, String code) throws Exception {
        assertConflict(
                version,
                (database, standby) -> {
                    database.server().sql("ALTER SYSTEM SET wal_level = 'replica'");
                    database.server().restart();
                },
                code,
                "wal_level",
                "= 'logical'");
    }

    @ParameterizedTest
    @CsvSource({"16, (conflicting)", "17, (rows_removed)"})
    void primaryVacuumedWhatTheStandbyNeeds_named(int version, String code) throws Exception {
        assertConflict(
                version,
                (database, standby) -> {
                    standby.sql("ALTER SYSTEM SET hot_standby_feedback = off", "SELECT pg_reload_conf()");
                    Eventually.until(Items.LONG, () -> database.query(
                                    "SELECT 1 FROM pg_replication_slots WHERE slot_name = 'standby_1' AND"
                                            + " coalesce(xmin, catalog_xmin) IS NOT NULL")
                            .isEmpty());
                    database.sql("CREATE TABLE passing (id int)", "DROP TABLE passing");
                    database.sql("VACUUM pg_catalog.pg_class, pg_catalog.pg_attribute, pg_catalog.pg_type");
                },
                code,
                "hot_standby_feedback",
                "primary_slot_name");
    }

    @Test
    void idleTimeout_named() throws Exception {
        try (PostgresServer server = PostgresServer.start(18, Map.of());
                TestDatabase database = TestDatabase.create(server)) {
            Items.create(database);
            recorded(Items.reader(database)).slotName("idle").start().close();
            server.sql("ALTER SYSTEM SET idle_replication_slot_timeout = '1s'", "SELECT pg_reload_conf()");
            Eventually.until(Items.LONG, () -> {
                database.sql("CHECKPOINT");
                return "lost".equals(database.slot("idle").orElseThrow().walStatus());
            });
            StartErrorsTest.assertRefused(
                    Items.reader(database).slotName("idle"),
                    ErrorCode.SLOT,
                    "(idle_timeout)",
                    "ALTER SYSTEM SET idle_replication_slot_timeout = 0");
        }
    }
}
