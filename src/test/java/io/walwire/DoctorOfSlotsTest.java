package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Slots that hold back much, or that the server's settings endanger. */
class DoctorOfSlotsTest {
    private static final String SLOT = "examined";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onServerOfItsOwn(Map.of("wal_init_zero", "off"));

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
        database.createSlot(SLOT);
    }

    private Optional<Finding> finding(String part) {
        return Items.reader(database).slotName(SLOT).check().stream()
                .filter(finding -> finding.what().contains(part))
                .findFirst();
    }

    /** As prescribed, and the finding is gone. */
    private void assertCured(String part, Severity severity) throws SQLException {
        Eventually.until(Items.LONG, () -> finding(part).isPresent());
        Finding found = finding(part).orElseThrow();
        assertThat(found.severity()).isEqualTo(severity);
        database.sql(Objects.requireNonNull(found.sql()).split("(?<=;) ", -1));
        Eventually.until(Items.LONG, () -> finding(part).isEmpty());
    }

    /** Each switch begins another segment of 16 MB, of which next to nothing is written. */
    @Test
    void retainedWal_isMeasured() throws SQLException {
        assertThat(finding(" MB of WAL")).isEmpty();
        for (int i = 0; i < 66; i++) {
            database.query("SELECT pg_logical_emit_message(false, 'fill', ''), pg_switch_wal()");
        }
        assertThat(finding("It keeps 10").orElseThrow().what()).contains(" MB of WAL");
        assertCured("It keeps 10", Severity.WARNING);
        assertThat(database.slot(SLOT)).isEmpty();
    }

    @Test
    void timeouts_tooShortAndTooLong_andOfIdleSlots() throws SQLException {
        List<List<String>> all = new ArrayList<>(List.of(
                List.of("wal_sender_timeout = '1s'", "ends the connection"),
                List.of("wal_sender_timeout = '10min'", "stays in use")));
        if (database.server().version() >= 18) {
            all.add(List.of("idle_replication_slot_timeout = '1d'", "invalidates a slot"));
        }
        for (List<String> bad : all) {
            assertThat(finding(bad.get(1))).isEmpty();
            database.sql("ALTER SYSTEM SET " + bad.get(0), "SELECT pg_reload_conf()");
            assertCured(bad.get(1), Severity.WARNING);
        }
    }

    @Test
    void standbysThere_slotIsNoFailoverSlot() throws SQLException {
        Assumptions.assumeTrue(database.server().version() >= 17, "failover slots");
        database.query("SELECT pg_create_physical_replication_slot('standby')");
        Finding found =
                finding("not a failover slot, although the server has standbys").orElseThrow();
        assertThat(found.severity()).isEqualTo(Severity.NOTE);
        assertThat(found.sql()).contains("ALTER_REPLICATION_SLOT \"" + SLOT + "\" (FAILOVER true)");
    }
}
