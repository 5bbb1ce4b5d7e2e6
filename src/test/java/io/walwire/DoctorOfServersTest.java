package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Servers that are set up badly. */
class DoctorOfServersTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onServerOfItsOwn(Map.of(
            "wal_level", "replica",
            "wal_sender_timeout", "0",
            "max_replication_slots", "1",
            "max_wal_senders", "0",
            "max_slot_wal_keep_size", "64MB"));

    private List<Finding> findings() {
        return Items.reader(database).slotName("examined").check();
    }

    private static Finding of(List<Finding> findings, String part) {
        return findings.stream()
                .filter(finding -> finding.what().contains(part))
                .findFirst()
                .orElseThrow(() -> new AssertionError(part + " in " + findings));
    }

    private String mending(String part, Severity severity) {
        Finding finding = of(findings(), part);
        assertThat(finding.severity()).isEqualTo(severity);
        return Objects.requireNonNull(finding.sql()).replace("<size, such as 50GB>", "50GB");
    }

    /** Everything that is prescribed is done, and then it streams. */
    @Test
    void badSettings_curedByWhatIsPrescribed() throws Exception {
        Items.create(database);
        database.query("SELECT pg_create_physical_replication_slot('other')");
        for (String sql : List.of(
                mending("wal_level is replica", Severity.ERROR),
                mending("No slot is free", Severity.ERROR),
                mending("No sender is free", Severity.ERROR),
                mending("wal_sender_timeout is 0", Severity.WARNING),
                mending("max_slot_wal_keep_size is 64 MB", Severity.WARNING))) {
            for (String statement : sql.split("(?<=;) ", -1)) {
                database.sql(statement);
            }
        }
        database.server().restart();
        assertThat(findings()).noneMatch(finding -> finding.severity() == Severity.ERROR);
        assertThat(findings())
                .noneMatch(finding -> finding.what().contains("wal_sender_timeout"))
                .noneMatch(finding -> finding.what().contains("max_slot_wal_keep_size"));
        try (Walwire walwire = Items.reader(database).slotName("examined").start()) {
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        database.sql("ALTER SYSTEM SET max_slot_wal_keep_size = -1", "SELECT pg_reload_conf()");
        Eventually.until(Items.LONG, () -> findings().stream()
                .anyMatch(finding -> finding.what().contains("unlimited")));
        database.server().stopFast();
        assertThat(findings()).singleElement().extracting(Finding::severity).isEqualTo(Severity.ERROR);
        database.server().startAgain();
    }
}
