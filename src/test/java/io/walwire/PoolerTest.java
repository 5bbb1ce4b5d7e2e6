package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.testing.PgBouncer;
import org.junit.jupiter.api.Test;

/** A real PgBouncer in the place of the server: it is recognised, named, and never streamed through in half. */
class PoolerTest extends Poolers {
    private WalwireBuilder replicationBy(PgBouncer bouncer) {
        return Items.reader(database).host("localhost").port(bouncer.port());
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
    void doctor_throughAPooler_namesItBesideAMissingPublication() {
        try (PgBouncer bouncer = PgBouncer.before(database.server(), "transaction", AND_OPTIONS)) {
            assertThat(errors(replicationBy(bouncer).publication("nowhere")))
                    .anySatisfy(finding -> assertThat(finding.what()).contains("pooler"));
        }
    }

    @Test
    void doctor_throughAPooler_leavesTheSettingsOfSharedSessionsAlone() throws Exception {
        try (PgBouncer bouncer = PgBouncer.before(database.server(), "transaction", AND_OPTIONS)) {
            replicationBy(bouncer).check();
            requireUntouchedSettings(bouncer);
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
