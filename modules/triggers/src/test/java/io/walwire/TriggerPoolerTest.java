package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.testing.PgBouncer;
import io.walwire.testing.Recorder;
import java.sql.Connection;
import org.junit.jupiter.api.Test;

/** The trigger source behind a pooler: it needs a session of its own. */
class TriggerPoolerTest extends Poolers {
    private WalwireBuilder triggersBy(PgBouncer bouncer) {
        return Outboxes.temporary(database).host("localhost").port(bouncer.port());
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

    @Test
    void triggers_leaveTheSettingsOfSharedSessionsAlone() throws Exception {
        try (PgBouncer bouncer = PgBouncer.before(database.server(), "transaction", AND_OPTIONS)) {
            triggersBy(bouncer).check();
            requireUntouchedSettings(bouncer);
        }
    }
}
