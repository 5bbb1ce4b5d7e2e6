package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code walwire.slot.failover}, on servers that have it and on those that do not. */
class FailoverSlotTest {
    private static WalwireBuilder reader(TestDatabase database, String slot) {
        return Items.reader(database).slotName(slot).set("walwire.slot.failover", "true");
    }

    private static boolean isFailover(TestDatabase database, String slot) throws SQLException {
        return database.queryOne(Boolean.class, "SELECT failover FROM pg_replication_slots WHERE slot_name = ?", slot);
    }

    @ParameterizedTest
    @ValueSource(ints = {17, 18})
    void created_withFailover_andWarnedOfWhatIsNotSet(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version));
                LogLines log = new LogLines()) {
            Items.create(database);
            String slot = database.unique("failover");
            reader(database, slot).start().close();
            assertThat(isFailover(database, slot)).isTrue();
            assertThat(log.with("WARN", "synchronized_standby_slots is empty"))
                    .singleElement()
                    .asString()
                    .contains("ALTER SYSTEM SET synchronized_standby_slots = ");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {17, 18})
    void existing_isMadeAFailoverSlot_andNeverUnmade(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            Items.create(database);
            String slot = database.unique("becomes");
            Items.reader(database).slotName(slot).start().close();
            assertThat(isFailover(database, slot)).isFalse();
            reader(database, slot).start().close();
            assertThat(isFailover(database, slot)).isTrue();
            Items.reader(database).slotName(slot).start().close();
            assertThat(isFailover(database, slot)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 16})
    void before17_refused_noSlotMade(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            Items.create(database);
            String slot = database.unique("too_old");
            StartErrorsTest.assertRefused(
                    reader(database, slot),
                    ErrorCode.SERVER,
                    "is PostgreSQL " + version,
                    "walwire.slot.failover=true needs 17 or later",
                    "walwire.slot.lost");
            assertThat(database.slot(slot)).isEmpty();
        }
    }

    /** 17 has slots of both kinds, and brings none that is both to a standby without loss. */
    @Test
    void twoPhase_before18_refused_noSlotMade() throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(17))) {
            Items.create(database);
            String slot = database.unique("both");
            StartErrorsTest.assertRefused(
                    reader(database, slot).set("walwire.two-phase", "true"),
                    ErrorCode.SERVER,
                    "is PostgreSQL 17",
                    "walwire.slot.failover=true together with walwire.two-phase=true needs 18 or later",
                    "walwire.two-phase=false");
            assertThat(database.slot(slot)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void twoPhase_from18_preparedComeWhenTheyCommit(boolean slotBefore) throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(18))) {
            Items.create(database);
            String slot = database.unique("both");
            if (slotBefore) {
                Items.reader(database)
                        .slotName(slot)
                        .set("walwire.two-phase", "true")
                        .start()
                        .close();
            }
            try (Walwire walwire = reader(database, slot)
                    .set("walwire.two-phase", "true")
                    .handler(Items.ids(ids))
                    .start()) {
                assertThat(isFailover(database, slot)).isTrue();
                String gid = database.unique("gid");
                database.sql("BEGIN; INSERT INTO item VALUES (1); PREPARE TRANSACTION '" + gid + "'");
                Items.insert(database, 2);
                assertThat(ids.await(1)).containsExactly(2L);
                database.sql("COMMIT PREPARED '" + gid + "'");
                assertThat(ids.await(2)).containsExactly(2L, 1L);
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {17, 18})
    void standbysSlotMissing_changesWait_noGap_alsoAcrossAShutdown(int version) throws Exception {
        changesWaitFor(version, "SELECT 1");
    }

    @ParameterizedTest
    @ValueSource(ints = {17, 18})
    void standbyNotConnected_changesWait_noGap_alsoAcrossAShutdown(int version) throws Exception {
        changesWaitFor(version, "SELECT pg_create_physical_replication_slot('away', true)");
    }

    /** The server warns each time it looks, with the SQLSTATE of changes that are left out, and shuts down with that error. */
    private static void changesWaitFor(int version, String standby) throws Exception {
        Recorder<Object> order = new Recorder<>();
        try (PostgresServer server = PostgresServer.start(version, Map.of("synchronized_standby_slots", "away"));
                TestDatabase database = TestDatabase.create(server);
                LogLines log = new LogLines()) {
            Items.create(database);
            database.sql(standby);
            try (Walwire walwire = reader(database, "waits")
                    .handler(on -> {
                        on.table("item").onInsert(event -> order.add(Items.id(event)));
                        on.onGap(event -> order.add(event.gap()));
                    })
                    .start()) {
                Items.insert(database, 1);
                log.await("WARN", "\"away\"");
                server.restart();
                server.sql("ALTER SYSTEM SET synchronized_standby_slots = ''", "SELECT pg_reload_conf()");
                assertThat(order.await(1)).containsExactly(1L);
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            }
            assertThat(order.all()).containsExactly(1L);
            assertThat(log.with("leaves changes out")).isEmpty();
            assertThat(log.with("take the slot out of synchronized_standby_slots"))
                    .hasSizeLessThanOrEqualTo(2);
        }
    }

    @Test
    void leastPrivilegedRole_isEnough() throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(18))) {
            Items.create(database);
            String role = database.role("LOGIN REPLICATION");
            String slot = database.unique("least");
            Items.reader(database).user(role).slotName(slot).start().close();
            reader(database, slot)
                    .user(role)
                    .set("walwire.slot.max-retained", "1GiB")
                    .start()
                    .close();
            assertThat(isFailover(database, slot)).isTrue();
        }
    }
}
