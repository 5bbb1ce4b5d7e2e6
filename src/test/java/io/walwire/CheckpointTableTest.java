package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.postgresql.ds.PGSimpleDataSource;

/** What another role can do to the checkpoint's table while an instance runs. */
class CheckpointTableTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase own = TestDatabase.onSharedServer();

    private final Recorder<Long> seen = new Recorder<>();
    private String application = "";
    private String stranger = "";

    @BeforeEach
    void create() throws Exception {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY)");
        Ledger.create(own);
        application = own.role("LOGIN PASSWORD 'secret'");
        stranger = own.role("LOGIN PASSWORD 'secret'");
        own.sql(
                "GRANT SELECT, INSERT, UPDATE ON walwire_checkpoint TO " + application,
                "GRANT CREATE ON DATABASE \"" + own.name() + "\" TO " + stranger);
    }

    private Walwire start() {
        PGSimpleDataSource source = LetterBox.source(own);
        source.setUser(application);
        source.setPassword("secret");
        return Instances.durable(database)
                .checkpoint(JdbcCheckpoint.of(source, "shop"))
                .handler(Items.ids(seen))
                .start();
    }

    private void asStranger(String... statements) throws SQLException {
        try (Connection connection = own.server().connect(own.name(), stranger, "secret");
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    private String position() throws SQLException {
        return own.queryString("SELECT done_to FROM public.walwire_checkpoint");
    }

    @Test
    void tableInASchemaNamedLikeTheRole_comesTooLate() throws Exception {
        try (Walwire walwire = start()) {
            database.sql("INSERT INTO item VALUES (1)");
            seen.await(1);
            walwire.awaitCurrent(Duration.ofSeconds(60));
            String before = position();
            asStranger(
                    "CREATE SCHEMA " + application,
                    "CREATE TABLE " + application + ".walwire_checkpoint AS SELECT 'shop' AS name",
                    "GRANT USAGE ON SCHEMA " + application + " TO PUBLIC",
                    "GRANT ALL ON " + application + ".walwire_checkpoint TO PUBLIC");
            database.sql("INSERT INTO item VALUES (2)");
            seen.await(2);
            walwire.awaitCurrent(Duration.ofSeconds(60));
            assertThat(position()).isNotEqualTo(before);
        }
    }

    @Test
    void tableWithATriggerOfAnotherRole_isRefusedAfterAReconnect_beforeAHandlerIsCalled() throws Exception {
        try (Walwire walwire = start()) {
            database.sql("INSERT INTO item VALUES (1)");
            seen.await(1);
            walwire.awaitCurrent(Duration.ofSeconds(60));
            own.sql("GRANT TRIGGER ON walwire_checkpoint TO " + stranger);
            asStranger(
                    "CREATE SCHEMA hers",
                    "GRANT USAGE ON SCHEMA hers TO PUBLIC",
                    "CREATE FUNCTION hers.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                    "CREATE TRIGGER hers BEFORE UPDATE ON walwire_checkpoint FOR EACH ROW EXECUTE FUNCTION hers.f()");
            database.terminateWalsenders();
            database.sql("INSERT INTO item VALUES (2)");
            Eventually.until(Duration.ofMinutes(3), () -> walwire.state() == State.FAILED);
            assertThat(String.valueOf(walwire.status().lastError()))
                    .contains("public.walwire_checkpoint", "calls function hers.f()");
        }
        assertThat(seen.all()).containsExactly(1L);
    }
}
