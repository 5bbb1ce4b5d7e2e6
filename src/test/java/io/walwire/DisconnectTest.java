package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import io.walwire.error.ErrorCode;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What somebody did to the slot while the connection was lost is named: the driver loses what the server said. */
class DisconnectTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private String slot = "";
    private Link link = new Link(new Credentials("nobody", null));

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
        slot = database.unique("examined");
        link = new Link(database);
    }

    private Walwire started() {
        return link.reader(database).slotName(slot).start();
    }

    /** Does something while the instance is away, the slot being gone. */
    private void whileAway(Work work) throws Exception {
        Gate away = link.hold();
        database.terminateWalsenders();
        away.awaitReached();
        database.query("SELECT pg_drop_replication_slot(?)", slot);
        work.run();
        away.open();
    }

    private interface Work {
        void run() throws Exception;
    }

    @Test
    void terminated_serverHasRunAllAlong() throws SQLException {
        try (Walwire walwire = started()) {
            database.terminateWalsenders();
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            assertThat(walwire.status().lastError())
                    .contains("CONNECTION", "The server has been running all along", "pg_terminate_backend");
        }
    }

    @Test
    void otherPlugin_named() throws Exception {
        try (Walwire walwire = started()) {
            whileAway(() -> database.query("SELECT pg_create_logical_replication_slot(?, 'test_decoding')", slot));
            BrokenForGoodTest.assertFails(walwire, ErrorCode.SLOT, slot, "test_decoding, not pgoutput");
        }
    }

    @Test
    void physical_named() throws Exception {
        try (Walwire walwire = started()) {
            whileAway(() -> database.query("SELECT pg_create_physical_replication_slot(?)", slot));
            BrokenForGoodTest.assertFails(walwire, ErrorCode.SLOT, slot, "is a physical slot");
        } finally {
            database.query("SELECT pg_drop_replication_slot(?)", slot);
        }
    }

    @Test
    void otherDatabase_named() throws Exception {
        try (TestDatabase other = TestDatabase.create(PostgresServer.shared());
                Walwire walwire = started()) {
            whileAway(() -> other.createSlot(slot));
            BrokenForGoodTest.assertFails(walwire, ErrorCode.SLOT, slot, "belongs to the database " + other.name());
        }
    }

    @Test
    void otherDatabase_neverRecreated() throws Exception {
        try (TestDatabase other = TestDatabase.create(PostgresServer.shared());
                Walwire walwire = link.reader(database)
                        .slotName(slot)
                        .set("walwire.slot.lost", "recreate")
                        .start()) {
            whileAway(() -> other.createSlot(slot));
            BrokenForGoodTest.assertFails(walwire, ErrorCode.SLOT, slot, "belongs to the database " + other.name());
            assertThat(other.slot(slot)).isPresent();
        }
    }

    @Test
    void takenByAnother_processAndApplicationNamed() throws Exception {
        try (Walwire walwire = started()) {
            Gate away = link.hold();
            database.terminateWalsenders();
            away.awaitReached();
            try (Walwire thief =
                    Items.reader(database).name("walwire.thief").slotName(slot).start()) {
                assertThat(thief.state()).isEqualTo(State.STREAMING);
                away.open();
                Eventually.until(Items.LONG, () -> walwire.state() == State.STANDBY);
                assertThat(walwire.status().lastError())
                        .contains("in use by PID " + Items.backend(database, slot), "application \"walwire.thief\"");
            }
            assertThat(walwire.awaitStreaming(Items.LONG)).isTrue();
        }
    }
}
