package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

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
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

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

    /** The doctor and the start have one rule. */
    @Test
    void tablesWhoseKeyCannotBeCompared_areNamed_asByTheStart() throws Exception {
        Map<String, String> tables = Map.of(
                "inexact", "(address inet PRIMARY KEY)",
                "deferred", "(id int PRIMARY KEY DEFERRABLE)",
                "by_index", "(id int PRIMARY KEY, tags int[] NOT NULL CONSTRAINT by_tags UNIQUE)",
                "by_part", "(a int, b int, PRIMARY KEY (a, b))",
                "by_domain", "(tags pairs PRIMARY KEY)",
                "exact", "(name code PRIMARY KEY)",
                "mixed", "(address inet, id int, PRIMARY KEY (address, id))",
                "by_id", "(tags int[] PRIMARY KEY, id int NOT NULL CONSTRAINT by_id_id UNIQUE)",
                "including", "(id int, tags int[], PRIMARY KEY (id) INCLUDE (tags))",
                "only_including", "(id int, tags int[], PRIMARY KEY (tags) INCLUDE (id))");
        database.sql("CREATE DOMAIN pairs AS int[]", "CREATE DOMAIN code AS varchar(5)");
        for (String table : tables.keySet()) {
            database.sql(
                    "CREATE TABLE " + table + tables.get(table),
                    "GRANT SELECT ON " + table + " TO " + role,
                    "ALTER PUBLICATION events ADD TABLE " + table + (table.equals("by_part") ? " (a)" : ""));
        }
        database.sql(
                "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_tags",
                "ALTER TABLE by_id REPLICA IDENTITY USING INDEX by_id_id");
        System.setProperty("io.walwire.internal.backfill.most-held", "-1"); // empty tables are too large
        try {
            List<String> found = reading(tables.keySet()).check().stream()
                    .filter(finding -> finding.what().contains("it is too large for that"))
                    .map(finding -> finding.where().replace("table public.", ""))
                    .toList();
            assertThat(found)
                    .containsExactlyInAnyOrder(
                            "inexact", "deferred", "by_index", "by_part", "by_domain", "only_including");
            String refused;
            try (Walwire walwire = reading(tables.keySet()).start()) {
                refused = String.valueOf(catchThrowable(() -> walwire.awaitTermination(ExistingItems.LONG)));
            }
            assertThat(tables.keySet().stream()
                            .filter(table -> refused.contains("public." + table + " cannot be read: it has no key")))
                    .containsExactlyInAnyOrderElementsOf(found);
        } finally {
            System.clearProperty("io.walwire.internal.backfill.most-held");
        }
    }

    private WalwireBuilder reading(Set<String> tables) {
        return builder()
                .slotDurable(false)
                .handler(on -> tables.forEach(table -> on.table(table).onUpsert(event -> {})));
    }

    /** Nobody reads from a partitioned table between the root and those with rows. */
    @Test
    void rightsOnTheRoot_andOnThoseWithRows_areEnough() throws Exception {
        database.sql(
                "CREATE TABLE part_mid PARTITION OF part FOR VALUES FROM (10) TO (100) PARTITION BY RANGE (id)",
                "CREATE TABLE part_mid_low PARTITION OF part_mid FOR VALUES FROM (10) TO (50)",
                "ALTER TABLE part_mid ENABLE ROW LEVEL SECURITY",
                "INSERT INTO part SELECT i FROM generate_series(1, 49) i",
                "GRANT SELECT ON part, part_low TO " + role);
        assertSolved("table public.part", "needs SELECT on public.part_mid_low to read");
        AtomicInteger rows = new AtomicInteger();
        try (Walwire walwire = builder()
                .slotDurable(false)
                .set("walwire.backfill", "off")
                .handler(on -> on.table("part").onReads(all -> rows.addAndGet(all.size())))
                .start()) {
            ExistingItems.await(walwire.backfill("part").start());
        }
        assertThat(rows).hasValue(49);
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
        database.sql(
                "DROP TABLE walwire_backfill",
                Files.readString(Path.of("sql/backfill.sql")),
                "GRANT ALL ON walwire_backfill TO " + role,
                "ALTER TABLE walwire_backfill DROP COLUMN reading");
        assertThat(about(builder(), "table walwire_backfill")).singleElement().satisfies(finding -> assertThat(
                        String.valueOf(finding.sql()))
                .contains("walwire_backfill ADD COLUMN reading varchar(32);"));
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
    void progressTable_ofACheckpoint_isLookedForInItsDatabase() throws Exception {
        try (TestDatabase ledger = TestDatabase.create(database.server())) {
            String writer = ledger.role("LOGIN");
            PGSimpleDataSource source = LetterBox.source(ledger);
            source.setUser(writer);
            WalwireBuilder builder = builder().checkpoint(JdbcCheckpoint.of(source, "copy"));
            assertThat(about(builder, "table walwire_backfill")).singleElement().satisfies(finding -> assertThat(
                            finding.what())
                    .contains("no such table in the database of the checkpoint", "Role " + quoted(writer)));
            ledger.sql(
                    Files.readString(Path.of("sql/backfill.sql")),
                    "GRANT SELECT, UPDATE ON walwire_backfill TO " + writer,
                    "ALTER TABLE walwire_backfill DROP COLUMN owner");
            assertThat(about(builder, "table walwire_backfill"))
                    .extracting(Finding::what)
                    .anySatisfy(what -> assertThat(what).contains("it lacks owner"))
                    .anySatisfy(what -> assertThat(what).contains("INSERT, DELETE"));
            ledger.sql(
                    "ALTER TABLE walwire_backfill ADD owner varchar(64)", "GRANT ALL ON walwire_backfill TO " + writer);
            assertThat(about(builder, "table walwire_backfill"))
                    .as("it is not in the database that is read")
                    .isEmpty();
            source.setDatabaseName(database.unique("none"));
            assertThat(about(builder, "table walwire_backfill"))
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.what()).contains("cannot be asked"));
        }
    }

    private static String quoted(String role) {
        return '"' + role + '"';
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
                    Duration.ofMinutes(3), () -> assertThat(builder().check())
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
