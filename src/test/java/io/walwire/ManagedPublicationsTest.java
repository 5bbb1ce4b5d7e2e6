package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.walwire.error.ErrorCode;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What walwire.publication.manage does to publications, and what it leaves alone. */
class ManagedPublicationsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void createTables() throws SQLException {
        database.sql(
                "CREATE TABLE item (id bigint PRIMARY KEY, note text)",
                "CREATE TABLE other (id int PRIMARY KEY)",
                "CREATE TABLE third (id int PRIMARY KEY)",
                "CREATE SCHEMA billing",
                "CREATE TABLE billing.\"Odd, \"\"name\" (id int PRIMARY KEY)");
    }

    private WalwireBuilder managed(String how, String... publications) {
        return Walwire.builder().url(database.url()).publication(publications).set("walwire.publication.manage", how);
    }

    private List<String> published(String publication) throws SQLException {
        return database
                .query(
                        "SELECT schemaname || '.' || tablename AS t FROM pg_publication_tables WHERE pubname = ?"
                                + " ORDER BY 1",
                        publication)
                .stream()
                .map(row -> String.valueOf(row.get("t")))
                .toList();
    }

    private String comment(String publication) throws SQLException {
        return database.queryString(
                "SELECT coalesce(obj_description(oid, 'pg_publication'), '') FROM pg_publication WHERE pubname = ?",
                publication);
    }

    @Test
    void missingPublication_createdBeforeTheSlot_withAllTables() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire = managed("true", "fresh")
                .slotName(database.unique("fresh"))
                .subscriptions("item", "billing.\"Odd, \"\"name\"")
                .handler(Items.ids(ids))
                .start()) {
            assertThat(published("fresh")).containsExactly("billing.Odd, \"name", "public.item");
            Items.insert(database, 1);
            assertThat(ids.await(1)).containsExactly(1L);
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void wholeSchema_addsTheTablesThatItHas() throws Exception {
        database.sql(
                "CREATE TABLE billing.part (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE billing.part_1 PARTITION OF billing.part FOR VALUES FROM (0) TO (10)",
                "CREATE UNLOGGED TABLE billing.scratch (id int)");
        try (Walwire walwire =
                managed("true", "fresh").subscriptions("item", "billing.*").start()) {
            assertThat(walwire.status().slot()).isNotNull();
            assertThat(database.query("SELECT prrelid::regclass::text AS t FROM pg_publication_rel ORDER BY 1"))
                    .extracting(row -> row.get("t"))
                    .containsExactly("billing.\"Odd, \"\"name\"", "billing.part", "item");
        }
    }

    /** In a publication that is not by root, the changes come under the names of the partitions. */
    @ParameterizedTest
    @ValueSource(strings = {"*", "billing.*"})
    void partitionedTable_ofAPattern_isAddedLater_once_andRemovedByExact(String pattern) throws Exception {
        managed("exact", "events").subscriptions(pattern).start().close();
        database.sql(
                "CREATE TABLE billing.part (id int PRIMARY KEY) PARTITION BY LIST (id)",
                "CREATE TABLE billing.part_1 PARTITION OF billing.part FOR VALUES IN (1)");
        for (int i = 0; i < 2; i++) {
            managed("exact", "events").subscriptions(pattern).start().close();
            assertThat(published("events")).contains("billing.part_1").doesNotContain("billing.part");
        }
        managed("exact", "events").subscriptions("item").start().close();
        assertThat(published("events")).containsExactly("public.item");
    }

    @Test
    void everyTable_listsThoseOfToday_andHarmsNoLaterOne_andAddsItAtTheNextStart() throws Exception {
        database.sql(
                "CREATE TABLE keyless (note text)",
                "CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY)",
                "CREATE TABLE root (a int) PARTITION BY LIST (a)",
                "CREATE TABLE leaf PARTITION OF root FOR VALUES IN (1)");
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire =
                managed("true", "everything").handler(Items.ids(ids)).start()) {
            assertThat(published("everything"))
                    .containsExactly("billing.Odd, \"name", "public.item", "public.other", "public.third");
            Items.insert(database, 1);
            assertThat(ids.await(1)).containsExactly(1L);
            database.sql(
                    "CREATE TABLE later (note text)",
                    "INSERT INTO later VALUES ('a')",
                    "INSERT INTO keyless VALUES ('a')",
                    "UPDATE later SET note = 'b'",
                    "UPDATE keyless SET note = 'b'",
                    "DELETE FROM root");
            assertThat(walwire.status().lastError()).isNull();
        }
        database.sql("ALTER TABLE later ADD PRIMARY KEY (note)");
        managed("true", "everything").start().close();
        assertThat(published("everything")).contains("public.later").doesNotContain("public.keyless");
    }

    @Test
    void severalTablesWithoutAnIdentity_sqlForEach_canBeRun() throws Exception {
        database.sql("CREATE TABLE one (note text)", "CREATE TABLE two (note text)");
        WalwireBuilder builder = managed("true", "fresh").subscriptions("one", "two");
        String message = String.valueOf(catchThrowable(builder::start).getMessage());
        database.sql(message.substring(message.indexOf("SET lock_timeout"), message.lastIndexOf(" [")));
        builder.start().close();
        assertThat(published("fresh")).containsExactly("public.one", "public.two");
    }

    @Test
    void unloggedTable_isNamed_andNoSqlThatTheServerRefuses() throws Exception {
        database.sql("CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY)", "CREATE PUBLICATION events FOR TABLE item");
        for (String how : List.of("true", "false")) {
            assertThatThrownBy(() ->
                            managed(how, "events").subscriptions("scratch").start())
                    .hasMessageContaining("unlogged")
                    .hasMessageNotContaining("ADD TABLE");
        }
    }

    @Test
    void existingPublication_getsMissingTables_subscribedAndHandled() throws Exception {
        database.sql("CREATE PUBLICATION events FOR TABLE item");
        managed("true", "events")
                .subscriptions("*")
                .handler(on -> on.table("other").onChanges(events -> {}))
                .start()
                .close();
        assertThat(published("events")).containsExactly("public.item", "public.other");
        managed("true", "events").subscriptions("third").start().close();
        assertThat(published("events")).containsExactly("public.item", "public.other", "public.third");
    }

    @Test
    void forAllTables_neverTouched() throws Exception {
        database.sql("CREATE PUBLICATION events FOR ALL TABLES", "COMMENT ON PUBLICATION events IS 'ours'");
        managed("exact", "events").subscriptions("item", "other").start().close();
        assertThat(database.queryOne(Boolean.class, "SELECT puballtables FROM pg_publication WHERE pubname = 'events'"))
                .isTrue();
        assertThat(comment("events")).isEqualTo("ours");
    }

    @Test
    void tablesInSchema_neverTouched() throws Exception {
        database.sql("CREATE PUBLICATION events FOR TABLES IN SCHEMA billing");
        StartErrorsTest.assertRefused(
                managed("exact", "events").subscriptions("item"), ErrorCode.PUBLICATION, "public.item", "events");
        assertThat(published("events")).containsExactly("billing.Odd, \"name");
        managed("exact", "events").subscriptions("billing.*").start().close();
        assertThat(published("events")).containsExactly("billing.Odd, \"name");
    }

    @Test
    void exact_removesOnlyItsOwnTables_keepsHumansComments() throws Exception {
        database.sql(
                "CREATE PUBLICATION events FOR TABLE item",
                "COMMENT ON PUBLICATION events IS E'Feeds the shop.\\nAsk Anna before changes.'");
        managed("exact", "events")
                .subscriptions("item", "other", "billing.\"Odd, \"\"name\"")
                .start()
                .close();
        assertThat(published("events")).containsExactly("billing.Odd, \"name", "public.item", "public.other");
        assertThat(comment("events"))
                .startsWith("Feeds the shop.\nAsk Anna before changes.\n")
                .contains("public.other");
        managed("exact", "events").subscriptions("third").start().close();
        assertThat(published("events")).containsExactly("public.item", "public.third");
        database.sql("ALTER PUBLICATION events ADD TABLE other");
        managed("exact", "events").subscriptions("item").start().close();
        assertThat(published("events"))
                .as("other was Walwire's once, but a human added it since")
                .containsExactly("public.item", "public.other");
        assertThat(comment("events")).isEqualTo("Feeds the shop.\nAsk Anna before changes.");
    }

    @Test
    void exact_keepsWhatAPatternSubscribes() throws Exception {
        managed("exact", "events").subscriptions("item", "other").start().close();
        for (String pattern : List.of("*", "public.*")) {
            managed("exact", "events").subscriptions(pattern).start().close();
            assertThat(published("events")).contains("public.item", "public.other");
        }
        managed("exact", "events").subscriptions("billing.*").start().close();
        assertThat(published("events")).containsExactly("billing.Odd, \"name");
    }

    /** Such a name could end the line of the comment that remembers the table, and begin another one. */
    @Test
    void nameWithLineBreaks_isRememberedWhole_andForgesNoLine() throws Exception {
        String forging = "x\\n\r\ntables added by walwire: public.other\n";
        database.sql(
                "CREATE PUBLICATION events FOR TABLE other",
                "CREATE SCHEMA app",
                "CREATE TABLE app.\"" + forging + "\" (id int PRIMARY KEY)");
        managed("exact", "events").subscriptions("item", "app.*").start().close();
        managed("exact", "events").subscriptions("item", "app.*").start().close();
        assertThat(published("events")).containsExactly("app." + forging, "public.item", "public.other");
        managed("exact", "events").subscriptions("item").start().close();
        assertThat(published("events")).containsExactly("public.item", "public.other");
    }

    @Test
    void lineThatCannotBeRead_isLeftAlone_withAWarning() throws Exception {
        String line = "tables added by walwire: \"";
        database.sql("CREATE PUBLICATION events FOR TABLE other", "COMMENT ON PUBLICATION events IS '" + line + "'");
        try (LogLines log = new LogLines()) {
            managed("exact", "events").subscriptions("item").start().close();
            assertThat(log.with("WARN", "comment of publication events cannot be read"))
                    .isNotEmpty();
        }
        assertThat(published("events")).containsExactly("public.item", "public.other");
        assertThat(comment("events")).startsWith(line + "\n").contains("public.item");
    }

    @Test
    void manageTrue_removesNothing() throws Exception {
        managed("true", "events").subscriptions("item", "other").start().close();
        managed("true", "events").subscriptions("item").start().close();
        assertThat(published("events")).containsExactly("public.item", "public.other");
    }

    @Test
    void severalPublications_oddNames_stream() throws Exception {
        String odd = "My, \"Pub's\"";
        database.sql("CREATE PUBLICATION \"Upper\" FOR TABLE other");
        Recorder<String> names = new Recorder<>();
        try (Walwire walwire = managed("true", odd, "Upper", "select")
                .subscriptions("item", "other")
                .handler(on -> on.allTables()
                        .onChange(
                                event -> names.add(String.valueOf(event.source().table()))))
                .start()) {
            assertThat(published(odd)).containsExactly("public.item");
            assertThat(published("Upper")).containsExactly("public.other");
            assertThat(published("select")).isEmpty();
            Items.insert(database, 1);
            database.sql("INSERT INTO other VALUES (1)");
            assertThat(names.await(2)).containsExactly("item", "other");
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void addedWhileRunning_publishedFirst() throws Exception {
        Recorder<String> names = new Recorder<>();
        try (Walwire walwire = managed("true", "events")
                .subscriptions("item")
                .handler(on -> on.allTables()
                        .onChange(
                                event -> names.add(String.valueOf(event.source().table()))))
                .start()) {
            walwire.addTables("other");
            assertThat(published("events")).containsExactly("public.item", "public.other");
            database.sql("INSERT INTO other VALUES (1)");
            assertThat(names.await(1)).containsExactly("other");
        }
    }

    /** An application that writes to a table without a key goes on. */
    @Test
    void tableWithoutAnIdentity_isNotPublished_andNothingElseIs() throws Exception {
        database.sql("CREATE TABLE keyless (id int)", "INSERT INTO keyless VALUES (1)");
        StartErrorsTest.assertRefused(
                managed("true", "events").set("walwire.subscriptions", "item, keyless"),
                ErrorCode.PUBLICATION,
                "public.keyless (it has no replica identity)",
                "ALTER TABLE \"public\".\"keyless\" REPLICA IDENTITY FULL");
        database.sql("UPDATE keyless SET id = 2");
        assertThat(database.query("SELECT 1 FROM pg_publication")).isEmpty();
        database.sql("ALTER TABLE keyless REPLICA IDENTITY FULL");
        managed("true", "events").subscriptions("item", "keyless").start().close();
        database.sql("UPDATE keyless SET id = 3");
    }

    @Test
    void tableWithoutAnIdentity_thatIsPublishedAlready_isNoReasonToStop() throws Exception {
        database.sql("CREATE TABLE keyless (id int)", "CREATE PUBLICATION events FOR TABLE keyless");
        managed("true", "events").subscriptions("item", "keyless").start().close();
        assertThat(published("events")).containsExactly("public.item", "public.keyless");
    }

    @Test
    void tableWithoutAnIdentity_whoseChangesAnotherPublicationMakesRefused_isPublished() throws Exception {
        database.sql("CREATE TABLE keyless (id int)", "CREATE PUBLICATION others FOR TABLE keyless");
        managed("true", "events").subscriptions("item", "keyless").start().close();
        assertThat(published("events")).containsExactly("public.item", "public.keyless");
    }

    @Test
    void tableWithoutAnIdentity_whoseUpdatesAloneAreRefused_isNotPublished() throws Exception {
        database.sql(
                "CREATE TABLE keyless (id int)",
                "CREATE PUBLICATION others FOR TABLE keyless WITH (publish = 'update')");
        StartErrorsTest.assertRefused(
                managed("true", "events").subscriptions("item", "keyless"),
                ErrorCode.PUBLICATION,
                "public.keyless (it has no replica identity)");
        database.sql("DELETE FROM keyless");
    }
}
