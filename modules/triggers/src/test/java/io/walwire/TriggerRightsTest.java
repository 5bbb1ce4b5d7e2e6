package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A role that gets the right to make triggers on Walwire's tables: no function of hers runs as the reader. */
class TriggerRightsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<Long> seen = new Recorder<>();
    private String stranger = "";

    @BeforeEach
    void create() throws SQLException {
        stranger = database.role("LOGIN PASSWORD 'secret'");
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE SCHEMA hers AUTHORIZATION " + stranger,
                "GRANT USAGE ON SCHEMA hers TO PUBLIC");
        asStranger(
                "CREATE SEQUENCE hers.calls", // no rollback takes it back
                "GRANT ALL ON hers.calls TO PUBLIC",
                "CREATE FUNCTION hers.f() RETURNS trigger LANGUAGE plpgsql AS"
                        + " 'BEGIN PERFORM nextval(''hers.calls''); RETURN NULL; END'");
    }

    private void asStranger(String... statements) throws SQLException {
        try (Connection connection = database.server().connect(database.name(), stranger, "secret");
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    private void grant(String right) throws SQLException {
        database.sql(
                "GRANT USAGE ON SCHEMA walwire TO " + stranger,
                "GRANT " + right + " ON walwire.walwire_cursor TO " + stranger);
    }

    private void attach() throws SQLException {
        grant("TRIGGER");
        asStranger("CREATE TRIGGER hers BEFORE INSERT OR UPDATE OR DELETE ON walwire.walwire_cursor"
                + " FOR EACH STATEMENT EXECUTE FUNCTION hers.f()");
    }

    private void assertNothingRan() throws SQLException {
        assertThat(database.queryOne(Boolean.class, "SELECT is_called FROM hers.calls"))
                .isFalse();
    }

    private WalwireBuilder reader() {
        return Outboxes.durable(database).subscriptions("item").handler(Items.ids(seen));
    }

    @Test
    void rightToAttachCode_isRefusedAtTheStart_butNotOfARoleThatIsTrusted() throws Exception {
        reader().start().close();
        for (String right : new String[] {"TRIGGER", "REFERENCES", "ALL"}) {
            grant(right);
            assertThatThrownBy(() -> reader().start())
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContaining("Role \"" + stranger + "\" has the rights ")
                    .hasMessageContaining("Run: REVOKE REFERENCES, TRIGGER ON TABLE walwire.walwire_cursor FROM \""
                            + stranger + "\";");
            database.sql("REVOKE REFERENCES, TRIGGER ON walwire.walwire_cursor FROM " + stranger);
        }
        database.sql("GRANT ALL ON walwire.walwire_cursor TO PUBLIC");
        assertThatThrownBy(() -> reader().start()).hasMessageContaining("Every role has the rights ");
        database.sql("REVOKE ALL ON walwire.walwire_cursor FROM PUBLIC");
        String administrator = database.role("SUPERUSER");
        database.sql("GRANT ALL ON walwire.walwire_cursor TO " + administrator);
        reader().start().close();
        database.sql("REVOKE ALL ON walwire.walwire_cursor FROM " + administrator);
    }

    @Test
    void trigger_onARunningReadersTable_stopsItBeforeItWrites() throws Exception {
        try (Walwire walwire = reader().start()) {
            database.sql("INSERT INTO item VALUES (1)");
            seen.await(1);
            walwire.awaitCurrent(Duration.ofSeconds(60));
            attach();
            database.sql("INSERT INTO item VALUES (2)");
            Eventually.until(Duration.ofMinutes(3), () -> walwire.state() == State.FAILED);
            assertThat(String.valueOf(walwire.status().lastError()))
                    .contains("has the rights TRIGGER on walwire.walwire_cursor", stranger);
        }
        assertNothingRan();
    }

    @Test
    void trigger_thatCameWhileAReaderStoodBy_stopsItBeforeItClaimsTheCursor() throws Exception {
        try (Walwire first = reader().start();
                Walwire second = reader().start()) {
            Eventually.until(Duration.ofMinutes(3), () -> second.state() == State.STANDBY);
            attach();
            database.sql("INSERT INTO item VALUES (1)");
            Eventually.until(Duration.ofMinutes(3), () -> first.state() == State.FAILED);
            Eventually.until(Duration.ofMinutes(3), () -> second.state() == State.FAILED);
        }
        assertNothingRan();
    }
}
