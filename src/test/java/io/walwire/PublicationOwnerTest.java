package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.error.ErrorCode;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who owns a publication can stop changes from coming, and needs no right on a table for that. */
class PublicationOwnerTest {
    private static final String EVENTS = "publication \"events\"";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private String other = "";

    @BeforeEach
    void publicationOfAnotherRole() throws SQLException {
        Items.create(database);
        other = database.role("LOGIN");
        // the owner made it before anybody else could
        database.sql(
                "DROP PUBLICATION events",
                "CREATE PUBLICATION events",
                "GRANT CREATE ON DATABASE \"" + database.name() + "\" TO " + other,
                "ALTER PUBLICATION events OWNER TO " + other);
    }

    @AfterEach
    void dropPublication() throws SQLException {
        database.sql("DROP PUBLICATION events");
    }

    private WalwireBuilder managed() {
        return Items.reader(database).subscriptions("item").set("walwire.publication.manage", "true");
    }

    private static List<Finding> about(List<Finding> findings, String where) {
        return findings.stream()
                .filter(finding -> finding.where().equals(where))
                .toList();
    }

    @Test
    void anotherRoles_isNotManaged_andTheDoctorSaysHowToTakeIt() throws Exception {
        StartErrorsTest.assertRefused(managed(), ErrorCode.PUBLICATION, "events", other, "OWNER TO");
        assertThat(database.queryLong("SELECT count(*) FROM pg_publication_rel"))
                .isZero();
        Finding found = about(managed().check(), EVENTS).stream()
                .filter(each -> each.severity() == Severity.ERROR)
                .findFirst()
                .orElseThrow();
        assertThat(found.what()).contains(other, "without an error");
        database.sql(Objects.requireNonNull(found.sql()));
        managed().start().close();
        assertThat(about(managed().check(), EVENTS)).isEmpty();
    }

    @Test
    void anotherRoles_isReadAsItIs_andTheDoctorWarns_unlessTheTablesAreItsOwnersToo() throws Exception {
        database.sql("ALTER PUBLICATION events ADD TABLE item");
        Items.reader(database).subscriptions("item").start().close();
        assertThat(about(Items.reader(database).check(), EVENTS))
                .singleElement()
                .satisfies(found -> {
                    assertThat(found.severity()).isEqualTo(Severity.WARNING);
                    assertThat(found.what()).contains(other);
                });
        database.sql("ALTER TABLE item OWNER TO " + other);
        assertThat(about(Items.reader(database).check(), EVENTS)).isEmpty();
    }

    @Test
    void anotherRoles_ofASchemaOrOfAllTables_isWarnedOf_whoeverOwnsTheTables() throws Exception {
        database.sql("ALTER TABLE item OWNER TO " + other);
        List<String> publications = database.server().version() >= 15
                ? List.of("FOR ALL TABLES", "FOR TABLES IN SCHEMA public")
                : List.of("FOR ALL TABLES");
        for (String tables : publications) {
            // only a superuser makes such a publication
            database.sql(
                    "DROP PUBLICATION events",
                    "CREATE PUBLICATION events " + tables,
                    "ALTER ROLE " + other + " SUPERUSER",
                    "ALTER PUBLICATION events OWNER TO " + other,
                    "ALTER ROLE " + other + " NOSUPERUSER");
            assertThat(about(Items.reader(database).check(), EVENTS)).anySatisfy(found -> {
                assertThat(found.severity()).isEqualTo(Severity.WARNING);
                assertThat(found.what()).contains(other);
            });
        }
    }

    @Test
    void ofARoleThatTheReaderIsAMemberOf_isManaged() throws Exception {
        String reader = database.role("LOGIN REPLICATION");
        database.sql("GRANT " + other + " TO " + reader, "ALTER TABLE item OWNER TO " + other);
        managed().user(reader).start().close();
        assertThat(database.queryString("SELECT prrelid::regclass::text FROM pg_publication_rel"))
                .isEqualTo("item");
    }

    @Test
    void tableDroppedFromItWhileAnInstanceRuns_isAnErrorOfItsCheck() throws Exception {
        database.sql("ALTER PUBLICATION events OWNER TO CURRENT_USER");
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire = managed().handler(Items.ids(ids)).start()) {
            Items.insert(database, 1);
            ids.await(1);
            assertThat(about(walwire.check(), "table public.item")).isEmpty();
            database.sql("ALTER PUBLICATION events DROP TABLE item");
            assertThat(about(walwire.check(), "table public.item"))
                    .singleElement()
                    .satisfies(found -> {
                        assertThat(found.severity()).isEqualTo(Severity.ERROR);
                        assertThat(found.what()).contains("no longer in any of the publications");
                    });
        }
    }
}
