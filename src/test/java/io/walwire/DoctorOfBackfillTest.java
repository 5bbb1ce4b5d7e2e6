package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;

/** What the doctor says where existing rows are asked for, and that its SQL solves it. */
class DoctorOfBackfillTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private String role = "";

    @BeforeEach
    void tables() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE TABLE part (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE part_low PARTITION OF part FOR VALUES FROM (0) TO (10)",
                "CREATE PUBLICATION events FOR TABLE item, part WITH (publish_via_partition_root = true)");
        role = database.role("LOGIN REPLICATION");
    }

    private WalwireBuilder builder() {
        return Walwire.builder()
                .url(database.url())
                .user(role)
                .publication("events")
                .slotName(database.unique("examined"))
                .set("walwire.backfill", "new");
    }

    private List<Finding> about(WalwireBuilder builder, String where) {
        return builder.check().stream()
                .filter(finding -> finding.where().equals(where))
                .toList();
    }

    private void assertSolved(String where, String... parts) throws Exception {
        List<Finding> findings = about(builder(), where);
        assertThat(findings).hasSize(1);
        assertThat(findings.get(0).severity()).isEqualTo(Severity.ERROR);
        assertThat(findings.get(0).what()).contains(parts);
        database.sql(Objects.requireNonNull(findings.get(0).sql()));
        assertThat(about(builder(), where)).isEmpty();
    }

    @Test
    void tables_notReadable_rowsHidden_areNamedWithTheSql() throws Exception {
        database.sql("GRANT SELECT ON part TO " + role);
        assertSolved("table public.item", "needs SELECT on public.item", "table privilege");
        assertSolved("table public.part", "needs SELECT on public.part_low");
        database.sql("ALTER TABLE part_low ENABLE ROW LEVEL SECURITY");
        assertSolved("table public.part", "Row security hides rows of public.part_low", "a role of its own");
    }

    @Test
    void tableWithoutAKey_thatIsTooLarge_isNamed() throws Exception {
        database.sql(
                "CREATE TABLE bare (id int NOT NULL)",
                "ALTER TABLE bare REPLICA IDENTITY FULL",
                "INSERT INTO bare VALUES (1)",
                "ALTER PUBLICATION events ADD TABLE bare",
                "GRANT SELECT ON bare TO " + role);
        assertThat(about(builder(), "table public.bare")).isEmpty();
        System.setProperty("io.walwire.internal.backfill.most-held", "0");
        try {
            assertThat(about(builder(), "table public.bare"))
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.what()).contains("no key", "too large"));
            assertThat(about(builder().set("walwire.backfill.order", "first"), "table public.bare"))
                    .isEmpty();
            database.sql("ALTER TABLE bare ADD PRIMARY KEY (id)");
            assertThat(about(builder(), "table public.bare")).isEmpty();
        } finally {
            System.clearProperty("io.walwire.internal.backfill.most-held");
        }
    }

    @Test
    void backfillOff_orNobodyAsksForReads_isNoFinding() {
        assertThat(about(builder().set("walwire.backfill", "off"), "table public.item"))
                .isEmpty();
        assertThat(about(builder().handler(on -> on.table("item").onInsert(event -> {})), "table public.item"))
                .isEmpty();
        assertThat(about(builder().handler(on -> on.table("item").onUpsert(event -> {})), "table public.item"))
                .hasSize(1);
    }

    @Test
    void progressTable_missing_thenWithoutRights() throws Exception {
        Finding missing = about(builder(), "table walwire_backfill").get(0);
        assertThat(missing.severity()).isEqualTo(Severity.ERROR);
        assertThat(missing.what()).contains("sql/backfill.sql");
        assertThat(about(builder().slotDurable(false), "table walwire_backfill"))
                .as("a temporary slot has no progress")
                .isEmpty();
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")), "GRANT SELECT, UPDATE ON walwire_backfill TO " + role);
        assertSolved("table walwire_backfill", "INSERT, DELETE");
    }

    @Test
    void progressTable_ofAnEarlierVersion() throws Exception {
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "GRANT ALL ON walwire_backfill TO " + role,
                "ALTER TABLE walwire_backfill DROP COLUMN owner, DROP COLUMN done_to");
        assertThat(about(builder(), "table walwire_backfill"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.what()).contains("it lacks done_to, owner"));
    }

    @Test
    void progressTable_ofAnotherRole_isNotSafe() throws Exception {
        String other = database.role("LOGIN");
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "ALTER TABLE walwire_backfill OWNER TO " + other,
                "GRANT ALL ON walwire_backfill TO " + role);
        assertThat(about(builder(), "table walwire_backfill"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.what()).contains("belongs to role", other));
    }

    @Test
    void publication_withoutUpdates_originNone() throws Exception {
        database.sql("ALTER PUBLICATION events SET (publish = 'insert')", "GRANT SELECT ON item TO " + role);
        assertThat(about(builder(), "table public.item"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.what()).contains("leaves out updates or deletes"));
        assertThat(about(builder().set("walwire.origin", "none"), "walwire.origin"))
                .hasSize(1);
    }

    @Test
    void transaction_ofAMoment_isNoFinding() throws Exception {
        database.sql("GRANT pg_read_all_stats TO " + role);
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (1)");
            assertThat(builder().check()).noneMatch(finding -> finding.where().startsWith("session "));
        }
    }

    /** A run begins when it has ended. */
    @Test
    void transactions_openForLong_andPrepared_areNamed() throws Exception {
        database.sql("GRANT pg_read_all_stats TO " + role);
        String prepared = database.unique("prepared");
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (1)");
            statement.execute("PREPARE TRANSACTION '" + prepared + "'");
            statement.execute("INSERT INTO item VALUES (2)");
            int pid = writer.unwrap(PGConnection.class).getBackendPID();
            Eventually.satisfied(
                    Duration.ofSeconds(40), () -> assertThat(builder().check())
                            .anySatisfy(finding -> {
                                assertThat(finding.where()).isEqualTo("session " + pid);
                                assertThat(finding.severity()).isEqualTo(Severity.WARNING);
                                assertThat(finding.what()).contains("idle in transaction", "begins when it has ended");
                            })
                            .anySatisfy(finding -> {
                                assertThat(finding.where()).isEqualTo("prepared transaction \"" + prepared + "\"");
                                assertThat(finding.severity()).isEqualTo(Severity.WARNING);
                                assertThat(finding.what()).contains("database \"" + database.name() + "\"");
                            }));
        } finally {
            database.sql("ROLLBACK PREPARED '" + prepared + "'");
        }
    }
}
