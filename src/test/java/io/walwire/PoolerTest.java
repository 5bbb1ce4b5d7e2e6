package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.error.ErrorCode;
import io.walwire.testing.PgBouncer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A real PgBouncer in the place of the server: it is recognised, named, and never streamed through in half. */
class PoolerTest {
    /** What makes it take a connection of pgJDBC's at all. */
    private static final String FLOAT_DIGITS = "extra_float_digits";

    private static final String AND_OPTIONS = FLOAT_DIGITS + ",options";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
    }

    private WalwireBuilder replicationBy(PgBouncer bouncer) {
        return Items.reader(database).host("localhost").port(bouncer.port());
    }

    private WalwireBuilder triggersBy(PgBouncer bouncer) {
        return Outboxes.temporary(database).host("localhost").port(bouncer.port());
    }

    private Connection direct(PgBouncer bouncer) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:" + bouncer.port() + "/" + database.name(),
                database.server().user(),
                database.server().password());
    }

    private static List<Finding> errors(WalwireBuilder builder) {
        return builder.check().stream()
                .filter(finding -> finding.severity() == Severity.ERROR)
                .toList();
    }

    @Test
    void replication_throughAPooler_isRefusedAndThePoolerNamed() {
        try (PgBouncer bouncer = PgBouncer.before(database.server(), "session", AND_OPTIONS)) {
            StartErrorsTest.assertRefused(
                    replicationBy(bouncer),
                    ErrorCode.CONNECTION,
                    "replication",
                    "pooler",
                    "PgBouncer",
                    "host and port");
        }
    }

    @Test
    void doctor_throughAPooler_findsThatItCannotStream() {
        try (PgBouncer bouncer = PgBouncer.before(database.server(), "transaction", AND_OPTIONS)) {
            assertThat(errors(replicationBy(bouncer))).singleElement().satisfies(finding -> assertThat(finding.what())
                    .contains("pooler", "host and port")
                    .doesNotContain("["));
        }
    }

    @Test
    void triggers_sharedSessions_areRefused() {
        try (PgBouncer bouncer = PgBouncer.before(database.server(), "transaction", AND_OPTIONS)) {
            StartErrorsTest.assertRefused(triggersBy(bouncer), ErrorCode.CONNECTION, "pooler", "session");
            assertThat(errors(triggersBy(bouncer))).singleElement().satisfies(finding -> assertThat(finding.what())
                    .contains("pooler", "walwire.triggers.session-pooler")
                    .doesNotContain("["));
        }
    }

    /** With several sessions in the pool a look at one of them shows nothing. */
    @Test
    void triggers_sharedSessionsThatTakeTurns_areRefused_andNoLockIsLeft() throws Exception {
        try (PgBouncer bouncer =
                PgBouncer.before(database.server(), "transaction", AND_OPTIONS + "\nserver_round_robin = 1")) {
            try (Connection first = direct(bouncer);
                    Connection second = direct(bouncer)) {
                first.setAutoCommit(false);
                second.setAutoCommit(false);
                first.createStatement().execute("SELECT 1");
                second.createStatement().execute("SELECT 1");
                first.rollback(); // a pooler keeps no session that is in a transaction
                second.rollback();
            }
            StartErrorsTest.assertRefused(triggersBy(bouncer).slotName("reader"), ErrorCode.CONNECTION, "pooler");
            StartErrorsTest.assertRefused(
                    triggersBy(bouncer).slotName("reader").set("walwire.triggers.session-pooler", "true"),
                    ErrorCode.CONNECTION,
                    "pooler",
                    "several clients");
            assertThat(errors(triggersBy(bouncer))).singleElement().satisfies(finding -> assertThat(finding.what())
                    .contains("pooler"));
            assertThat(database.queryOne(
                            Long.class,
                            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database ="
                                    + " (SELECT oid FROM pg_database WHERE datname = current_database())"))
                    .isZero();
        }
    }

    @Test
    void doctor_throughAPooler_namesItBesideAMissingPublication() {
        try (PgBouncer bouncer = PgBouncer.before(database.server(), "transaction", AND_OPTIONS)) {
            assertThat(errors(replicationBy(bouncer).publication("nowhere")))
                    .anySatisfy(finding -> assertThat(finding.what()).contains("pooler"));
        }
    }

    @Test
    void triggers_aSessionOfTheirOwn_stream() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (PgBouncer bouncer = PgBouncer.before(database.server(), "session", AND_OPTIONS);
                Walwire walwire = triggersBy(bouncer)
                        .set("walwire.triggers.session-pooler", "true")
                        .handler(Items.ids(ids))
                        .start()) {
            Items.insert(database, 1, 2);
            assertThat(ids.await(2)).containsExactly(1L, 2L);
        }
    }

    /** The sessions behind a pooler are the application's, too: what Walwire sets for itself must not stay there. */
    @Test
    void doctor_throughAPooler_leavesTheSettingsOfSharedSessionsAlone() throws Exception {
        try (PgBouncer bouncer = PgBouncer.before(database.server(), "transaction", AND_OPTIONS)) {
            replicationBy(bouncer).check();
            triggersBy(bouncer).check();
            try (Connection application = DriverManager.getConnection(
                            "jdbc:postgresql://localhost:" + bouncer.port() + "/" + database.name(),
                            database.server().user(),
                            database.server().password());
                    Statement statement = application.createStatement();
                    ResultSet changed =
                            statement.executeQuery("SELECT s.name FROM pg_settings s WHERE s.source = 'session'"
                                    + " AND s.name IN ('search_path', 'statement_timeout', 'lock_timeout',"
                                    + " 'transaction_timeout', 'row_security', 'default_transaction_isolation')")) {
                assertThat(changed.next()).isFalse();
            }
        }
    }

    /** The settings of a session are not passed on either. */
    @Test
    void anything_aPoolerThatTakesNoOptions_isRefusedAndThePoolerNamed() {
        try (PgBouncer bouncer = PgBouncer.before(database.server(), "transaction", FLOAT_DIGITS)) {
            StartErrorsTest.assertRefused(replicationBy(bouncer), ErrorCode.CONNECTION, "pooler");
            assertThat(errors(replicationBy(bouncer))).singleElement().satisfies(finding -> assertThat(finding.what())
                    .contains("pooler"));
        }
    }
}
