package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the doctor says of a physical standby, and that the SQL which it prescribes cures it. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class DoctorOfStandbyTest {
    private static final Duration SYNC = Duration.ofMinutes(3);
    private static final String STANDBY = "standby_1";

    /** Each prescription is followed, and the finding is gone. */
    @Test
    void doctor_onTheStandby_findsWhatItLacks() throws Exception {
        try (PostgresServer primary = PostgresServer.start(18, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby(STANDBY)) {
            Items.create(database);
            try (Walwire walwire = Items.reader(database)
                    .slotName("app")
                    .set("walwire.slot.failover", "true")
                    .start()) {
                FailoverTest.awaitSynced(primary, standby);
                assertThat(walwire.health().up()).isTrue();
            }
            assertThat(examined(database, standby))
                    .noneMatch(finding -> finding.severity() == Severity.WARNING
                            && finding.where().startsWith("slot"))
                    .anyMatch(finding -> finding.severity() == Severity.ERROR
                            && finding.what().contains("can be read only after a promotion"))
                    .anyMatch(finding -> finding.what().startsWith("It is a standby."));
            standby.sql(
                    "ALTER SYSTEM SET sync_replication_slots = off",
                    "ALTER SYSTEM SET hot_standby_feedback = off",
                    "ALTER SYSTEM SET primary_slot_name = ''",
                    "SELECT pg_reload_conf()");
            for (String lacking : List.of(
                    "sync_replication_slots is off", "hot_standby_feedback is off", "primary_slot_name is empty")) {
                Eventually.until(SYNC, () -> about(lacking, database, standby).isPresent());
                Finding finding = about(lacking, database, standby).orElseThrow();
                assertThat(finding.severity()).isEqualTo(Severity.WARNING);
                String sql = Objects.requireNonNull(finding.sql()).replaceFirst("'<.*>'", "'" + STANDBY + "'");
                standby.sql(sql.split("(?<=;) ", -1));
                Eventually.until(SYNC, () -> about(lacking, database, standby).isEmpty());
            }
        }
    }

    private static List<Finding> examined(TestDatabase database, PostgresServer standby) {
        return Walwire.builder()
                .url(standby.url(database.name()))
                .publication("events")
                .slotName("app")
                .set("walwire.slot.failover", "true")
                .check();
    }

    private static Optional<Finding> about(String lacking, TestDatabase database, PostgresServer standby) {
        return examined(database, standby).stream()
                .filter(finding ->
                        finding.what().contains(lacking) && finding.where().startsWith("slot"))
                .findFirst();
    }
}
