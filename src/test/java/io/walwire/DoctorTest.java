package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.handler.Filter;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the doctor finds in a database, and that the SQL which it prescribes cures it. */
class DoctorTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private String slot = "";

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
        slot = database.unique("examined");
    }

    private WalwireBuilder reader() {
        return Items.reader(database).slotName(slot);
    }

    private static List<Finding> about(List<Finding> findings, String where) {
        return findings.stream()
                .filter(finding -> finding.where().equals(where))
                .toList();
    }

    private static Finding only(List<Finding> findings, String where) {
        assertThat(about(findings, where)).as("about %s in %s", where, findings).hasSize(1);
        return about(findings, where).get(0);
    }

    /** The prescription is followed to the letter, and the finding is gone. */
    private void assertCured(WalwireBuilder builder, String where, Severity severity, String... parts)
            throws SQLException {
        Finding finding = only(builder.check(), where);
        assertThat(finding.severity()).isEqualTo(severity);
        assertThat(finding.what()).contains(parts);
        database.sql(Objects.requireNonNull(finding.sql()));
        assertThat(about(builder.check(), where)).isEmpty();
    }

    @Test
    void healthy_noErrors_changesNothing() throws Exception {
        List<Finding> findings = reader().check();
        assertThat(findings).noneMatch(finding -> finding.severity() == Severity.ERROR);
        assertThat(findings).isSortedAccordingTo(java.util.Comparator.comparing(Finding::severity));
        assertThat(only(findings, "slot \"" + slot + "\"").what()).contains("creates it");
        assertThat(database.slot(slot)).isEmpty();
    }

    @Test
    void runningInstance_ownSlotIsNoFinding() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire = reader().handler(Items.ids(ids)).start()) {
            assertThat(about(walwire.check(), "slot \"" + slot + "\"")).isEmpty();
            Finding busy = only(reader().check(), "slot \"" + slot + "\"");
            assertThat(busy.severity()).isEqualTo(Severity.NOTE);
            assertThat(busy.what()).contains("PID " + Items.backend(database, slot), "stands by");
            assertThat(only(reader().set("walwire.slot.busy", "fail").check(), "slot \"" + slot + "\"")
                            .severity())
                    .isEqualTo(Severity.ERROR);
        }
    }

    @Test
    void publication_missing() throws SQLException {
        assertCured(
                reader().publication("no \"such\" one").subscriptions("item"),
                "publication \"no \"\"such\"\" one\"",
                Severity.ERROR,
                "does not exist");
    }

    @Test
    void publication_missingButManaged() throws SQLException {
        WalwireBuilder managed =
                reader().publication("made").subscriptions("item").set("walwire.publication.manage", "true");
        assertThat(only(managed.check(), "publication \"made\"").severity()).isEqualTo(Severity.NOTE);
        String role = database.role("LOGIN REPLICATION");
        Finding forbidden = only(managed.user(role).check(), "publication \"made\"");
        assertThat(forbidden.severity()).isEqualTo(Severity.ERROR);
        assertThat(forbidden.what()).contains("may not create");
        database.sql(Objects.requireNonNull(forbidden.sql()));
        assertThat(only(managed.check(), "publication \"made\"").severity()).isEqualTo(Severity.NOTE);
        assertThat(only(managed.check(), "table public.item").what()).contains("does not own both");
    }

    @Test
    void publication_empty_andOperationsLeftOut() throws SQLException {
        database.sql("CREATE PUBLICATION hollow WITH (publish = 'insert')");
        List<Finding> findings = about(reader().publication("hollow").check(), "publication \"hollow\"");
        assertThat(findings).extracting(Finding::severity).containsExactly(Severity.WARNING, Severity.NOTE);
        assertThat(findings.get(0).what()).contains("no event will come");
        assertThat(findings.get(1).what()).contains("update, delete, truncate");
        database.sql(Objects.requireNonNull(findings.get(1).sql()));
        assertThat(about(reader().publication("hollow").check(), "publication \"hollow\""))
                .hasSize(1);
    }

    @Test
    void subscribedTable_notPublished() throws SQLException {
        database.sql("CREATE SCHEMA \"We\"\"ird\"", "CREATE TABLE \"We\"\"ird\".\"ta\"\"b'le\" (id int PRIMARY KEY)");
        String name = "\"We\"\"ird\".\"ta\"\"b'le\"";
        assertCured(
                reader().subscriptions("item", name), "table " + name, Severity.ERROR, "in none of the publications");
        Finding absent = only(reader().subscriptions("item", "itme").check(), "table public.itme");
        assertThat(absent.severity()).isEqualTo(Severity.ERROR);
        assertThat(absent.what()).contains("does not exist");
    }

    @Test
    void subscribedTable_managedByARoleThatDoesNotOwnIt() throws SQLException {
        database.sql("CREATE TABLE others (id int PRIMARY KEY)");
        String role = database.role("LOGIN REPLICATION");
        WalwireBuilder managed = reader().user(role).subscriptions("others").set("walwire.publication.manage", "true");
        assertCured(managed, "table public.others", Severity.ERROR, "does not own both");
    }

    @Test
    void table_withoutIdentity_alsoAPartition() throws SQLException {
        database.sql(
                "CREATE TABLE \"key\"\"less\" (a int)",
                "CREATE TABLE root (a int NOT NULL) PARTITION BY LIST (a)",
                "CREATE TABLE leaf PARTITION OF root FOR VALUES IN (1)",
                "CREATE TABLE nothing (a int PRIMARY KEY)",
                "ALTER TABLE nothing REPLICA IDENTITY NOTHING",
                "CREATE PUBLICATION changes FOR TABLE \"key\"\"less\", root, nothing WITH (publish_via_partition_root)",
                "CREATE PUBLICATION inserts FOR TABLE \"key\"\"less\" WITH (publish = 'insert')");
        WalwireBuilder changes = reader().publication("changes");
        for (String table : List.of("public.\"key\"\"less\"", "public.leaf", "public.nothing")) {
            assertCured(changes, "table " + table, Severity.WARNING, "refuses its updates and deletes");
        }
        database.sql("DROP PUBLICATION changes", "ALTER TABLE \"key\"\"less\" REPLICA IDENTITY DEFAULT");
        assertThat(about(reader().publication("inserts").check(), "table public.\"key\"\"less\""))
                .isEmpty();
    }

    @Test
    void filterOfOldValues_needsFull() throws SQLException {
        WalwireBuilder filtering = reader().handler(
                        on -> on.table("item").filter(Filter.changed("note")).onUpdates(events -> {}));
        assertCured(filtering, "table public.item", Severity.WARNING, "filter compares old values");
    }

    @Test
    void columnLists() throws SQLException {
        Assumptions.assumeTrue(database.server().version() >= 15, "column lists");
        database.sql(
                "CREATE TABLE listed (id int PRIMARY KEY, a text, b text)",
                "CREATE PUBLICATION one FOR TABLE listed (id, a)",
                "CREATE PUBLICATION two FOR TABLE listed (id, b)");
        assertThat(only(reader().publication("one", "two").check(), "table public.listed"))
                .matches(finding -> finding.severity() == Severity.ERROR)
                .extracting(Finding::what)
                .asString()
                .contains("different column lists");
        database.sql("CREATE PUBLICATION keyless FOR TABLE listed (a, b)");
        assertThat(only(reader().publication("one").check(), "table public.listed")
                        .what())
                .as("whatever else is read, the server refuses")
                .contains("\"keyless\"", "(id)", "refuses");
        database.sql("DROP PUBLICATION keyless, two");
        assertThat(about(reader().publication("one").check(), "table public.listed"))
                .isEmpty();
        database.sql("ALTER TABLE listed REPLICA IDENTITY FULL");
        assertCured(reader().publication("one"), "table public.listed", Severity.WARNING, "(b)", "refuses");
    }

    /** What the doctor prescribes is run, and an application that writes to a table without a key goes on. */
    @Test
    void publicationOfEverything_leavesOutTablesWithoutAnIdentity() throws SQLException {
        database.sql(
                "CREATE TABLE keyless (note text)",
                "INSERT INTO keyless VALUES ('a'), ('b')",
                "CREATE TABLE root (a int) PARTITION BY LIST (a)",
                "CREATE TABLE leaf PARTITION OF root FOR VALUES IN (1)");
        Finding missing = only(reader().publication("all_of_it").check(), "publication \"all_of_it\"");
        assertThat(missing.severity()).isEqualTo(Severity.ERROR);
        assertThat(missing.what()).contains("public.keyless", "public.leaf", "Not FOR ALL TABLES");
        database.sql(Objects.requireNonNull(missing.sql()));
        database.sql(
                "UPDATE keyless SET note = 'c'", "DELETE FROM keyless", "UPDATE root SET a = 1", "DELETE FROM root");
        assertThat(database.query(
                        "SELECT tablename AS t FROM pg_publication_tables WHERE pubname = 'all_of_it' ORDER BY 1"))
                .extracting(row -> row.get("t"))
                .containsExactly("item");
    }

    @Test
    void namedTableWithoutAnIdentity_isGivenOneInTheSameTransaction() throws SQLException {
        database.sql(
                "CREATE TABLE keyless (note text)",
                "INSERT INTO keyless VALUES ('a'), ('b')",
                "DROP TABLE unpublished");
        Finding missing = only(
                reader().publication("made").subscriptions("item", "keyless").check(), "publication \"made\"");
        assertThat(missing.what()).contains("public.keyless", "no replica identity", "costs WAL");
        Finding added = only(reader().subscriptions("keyless").check(), "table public.keyless");
        assertThat(added.what()).contains("public.keyless", "no replica identity");
        database.sql(Objects.requireNonNull(missing.sql()));
        database.sql("UPDATE keyless SET note = 'c'");
        database.sql(
                Objects.requireNonNull(only(reader().subscriptions("keyless").check(), "table public.keyless")
                        .sql()));
        database.sql("DELETE FROM keyless");
        Finding all = only(reader().publication("all_of_it").check(), "publication \"all_of_it\"");
        assertThat(all.sql()).endsWith("FOR ALL TABLES;");
        assertThat(all.what()).contains("tables that are created later");
        database.sql("CREATE PUBLICATION all_of_it FOR ALL TABLES");
        assertThat(only(reader().publication("all_of_it").check(), "publication \"all_of_it\"")
                        .what())
                .contains("tables that are created later");
    }

    @Test
    void tableThatIsMissingOrUnlogged_isSaid_withoutSql() throws SQLException {
        database.sql("CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY)");
        Finding missing =
                only(reader().publication("made").subscriptions("nowhere").check(), "publication \"made\"");
        assertThat(missing.what()).contains("public.nowhere", "There is no such table");
        assertThat(missing.sql()).isNull();
        Finding unlogged = only(reader().subscriptions("scratch").check(), "table public.scratch");
        assertThat(unlogged.what()).contains("unlogged");
        assertThat(unlogged.sql()).isNull();
    }

    @Test
    void generatedColumns() throws SQLException {
        database.sql(
                "CREATE TABLE made (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED)",
                "CREATE PUBLICATION making FOR TABLE made");
        WalwireBuilder making = reader().publication("making");
        Finding note = only(making.check(), "table public.made");
        assertThat(note.severity()).isEqualTo(Severity.NOTE);
        assertThat(note.what()).contains("(twice)");
        if (database.server().version() >= 18) {
            database.sql("ALTER TABLE made REPLICA IDENTITY FULL");
            assertCured(making, "table public.made", Severity.WARNING, "(twice)", "refuses its updates");
        }
    }

    @Test
    void role_withoutReplication() throws SQLException {
        String role = database.role("LOGIN");
        List<Finding> findings = reader().user(role).check();
        Finding first = about(findings, "role " + role).get(0);
        assertThat(first.severity()).isEqualTo(Severity.ERROR);
        database.sql(Objects.requireNonNull(first.sql()));
        assertThat(reader().user(role).check()).noneMatch(finding -> finding.severity() == Severity.ERROR);
    }

    @Test
    void role_withFewConnections() throws SQLException {
        String role = database.role("LOGIN REPLICATION CONNECTION LIMIT 3");
        database.sql("GRANT pg_read_all_stats TO " + role);
        assertCured(reader().user(role), "role " + role, Severity.WARNING, "CONNECTION LIMIT is 3");
    }

    /** With nothing granted, it still sees what matters, and says what it does not. */
    @Test
    void role_ofLeastPrivilege_saysWhatItDoesNotSee() throws SQLException {
        String role = database.role("LOGIN REPLICATION");
        assertCured(
                reader().user(role),
                "role " + role,
                Severity.NOTE,
                "does not see other roles' sessions",
                "Nothing else");
    }

    @Test
    void slot_ofAnotherPlugin_andOfAnotherDatabase() throws SQLException {
        database.query("SELECT pg_create_logical_replication_slot(?, 'test_decoding')", slot);
        Finding plugin = only(reader().check(), "slot \"" + slot + "\"");
        assertThat(plugin.severity()).isEqualTo(Severity.ERROR);
        assertThat(plugin.what()).contains("test_decoding, not pgoutput").doesNotContain("[SLOT]");
        database.query(Objects.requireNonNull(plugin.sql()).replace(";", ""));
        assertThat(database.slot(slot)).isEmpty();
        try (TestDatabase other = TestDatabase.create(PostgresServer.shared())) {
            other.createSlot(other.unique("elsewhere"));
            Finding elsewhere = only(
                    reader().slotName(other.unique("elsewhere")).check(), "slot \"" + other.unique("elsewhere") + '"');
            assertThat(elsewhere.what()).contains("the database " + other.name());
        }
    }

    @Test
    void slot_thatDecodesPreparedTransactions() throws SQLException {
        database.query("SELECT pg_create_logical_replication_slot(?, 'pgoutput', false, true)", slot);
        assertThat(only(reader().check(), "slot \"" + slot + "\"").what()).contains("two_phase");
    }

    @Test
    void preparedTransaction_isNoted() throws SQLException {
        String gid = database.unique("it's old");
        database.sql(
                "BEGIN; INSERT INTO unpublished VALUES ('x'); PREPARE TRANSACTION '" + gid.replace("'", "''") + "'");
        Finding prepared = only(reader().check(), "prepared transaction '" + gid.replace("'", "''") + "'");
        assertThat(prepared.what()).contains("neither committed nor rolled back");
        database.sql(Objects.requireNonNull(prepared.sql()));
        assertThat(about(reader().check(), prepared.where())).isEmpty();
    }

    @Test
    void failoverSlot_whatThePrimaryLacks() throws SQLException {
        Assumptions.assumeTrue(database.server().version() >= 17, "failover slots");
        database.query("SELECT pg_create_logical_replication_slot(?, 'pgoutput', false, false, true)", slot);
        List<Finding> findings = about(reader().check(), "slot \"" + slot + "\"");
        assertThat(findings)
                .anyMatch(finding -> finding.what().contains("synchronized_standby_slots is empty"))
                .anyMatch(finding -> finding.what().contains("no physical slot"))
                .anyMatch(finding -> finding.severity() == Severity.NOTE
                        && Objects.requireNonNull(finding.sql()).contains("sync_replication_slots"));
    }

    @Test
    void unreachable_isAFinding_withoutPassword() {
        Finding finding =
                reader().database("nowhere_at_all").password("hunter2").check().get(0);
        assertThat(finding.severity()).isEqualTo(Severity.ERROR);
        assertThat(finding.what()).contains("\"nowhere_at_all\" does not exist").doesNotContain("hunter2");
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17})
    void everyVersion_isExaminedWithoutErrors(int version) throws SQLException {
        try (TestDatabase old = TestDatabase.create(PostgresServer.of(version))) {
            Items.create(old);
            old.createSlot(old.unique("old"));
            String role = old.role("LOGIN REPLICATION");
            assertThat(Items.reader(old).slotName(old.unique("old")).user(role).check())
                    .noneMatch(finding -> finding.severity() == Severity.ERROR);
        }
    }
}
