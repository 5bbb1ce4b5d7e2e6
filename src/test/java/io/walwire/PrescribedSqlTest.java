package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.walwire.doctor.Finding;
import io.walwire.error.WalwireException;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Filter;
import io.walwire.testing.TestDatabase;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who runs what is prescribed must not break the updates of the application. */
class PrescribedSqlTest {
    private static final EventHandler COMPARING =
            on -> on.table("person").filter(Filter.changed("email")).onUpdate(event -> {});

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private WalwireBuilder reader(String... subscriptions) {
        return Walwire.builder().url(database.url()).publication("events").subscriptions(subscriptions);
    }

    private void since(int version) {
        Assumptions.assumeTrue(database.server().version() >= version);
    }

    /** The only finding about something that has this text; it has no SQL. */
    private static void assertNothingPrescribed(WalwireBuilder builder, String where, String... texts) {
        List<Finding> findings = builder.check().stream()
                .filter(finding ->
                        finding.where().equals(where) && finding.what().contains(texts[0]))
                .toList();
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.what()).contains(texts);
            assertThat(finding.sql()).isNull();
        });
    }

    @Test
    void missingOperations_ofATableWithoutAKey() throws Exception {
        database.sql(
                "CREATE TABLE log (line text)",
                "INSERT INTO log VALUES ('a')",
                "CREATE PUBLICATION events FOR TABLE log WITH (publish = 'insert')");
        assertNothingPrescribed(
                reader("log"), "publication \"events\"", "It leaves out", "public.log (it has no replica identity)");
        database.sql("ALTER TABLE log ADD PRIMARY KEY (line)");
        Finding found = reader("log").check().stream()
                .filter(finding -> finding.what().contains("It leaves out"))
                .findFirst()
                .orElseThrow();
        database.sql(Objects.requireNonNull(found.sql()), "UPDATE log SET line = 'b'");
    }

    @Test
    void missingOperations_ofATableWithAFilter() throws Exception {
        since(15);
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, v int)",
                "CREATE PUBLICATION events FOR TABLE item WHERE (v > 1) WITH (publish = 'insert')");
        assertNothingPrescribed(reader("item"), "publication \"events\"", "It leaves out", "public.item", "row filter");
    }

    @Test
    void rootOfPartitions_oneOfWhichHasNoKey() throws Exception {
        database.sql(
                "CREATE TABLE part (id int, v int) PARTITION BY RANGE (id)",
                "CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10)",
                "ALTER TABLE part_1 ADD PRIMARY KEY (id)",
                "CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (10) TO (20)",
                "CREATE PUBLICATION events FOR TABLE part_1");
        String why = "public.part_2 (it has no replica identity)";
        assertNothingPrescribed(reader("part"), "table public.part", "It is partitioned", why);
        assertThat(catchThrowable(() -> reader("part").start()))
                .hasMessageContaining(why)
                .hasMessageNotContaining("ALTER PUBLICATION");
    }

    @Test
    void fullIdentity_ofATableWithAColumnList() throws Exception {
        since(15);
        database.sql(
                "CREATE TABLE person (id int PRIMARY KEY, email text, secret text)",
                "CREATE PUBLICATION events FOR TABLE person (id, email)");
        String why = "leaves out columns of its replica identity (secret)";
        assertNothingPrescribed(reader("person").handler(COMPARING), "table public.person", "A filter compares", why);
        try (LogLines log = new LogLines();
                Walwire walwire = reader("person").handler(COMPARING).start()) {
            walwire.watch("person").columns("email").subscribe(event -> {}).close();
            assertThat(log.with("compares old values"))
                    .hasSize(2)
                    .allSatisfy(line -> assertThat(line).contains(why).doesNotContain("ALTER TABLE"));
        }
    }

    @Test
    void inheritanceChild_withAGeneratedColumn() throws Exception {
        since(18);
        database.sql(
                "CREATE TABLE parent (id int PRIMARY KEY, v int)",
                "CREATE TABLE child (w int GENERATED ALWAYS AS (v + 1) STORED) INHERITS (parent)",
                "CREATE PUBLICATION events FOR TABLE ONLY parent");
        assertNothingPrescribed(reader("parent"), "table public.parent", "Rows of public.child", "no replica identity");
    }

    @Test
    void parent_isPrescribedWithoutItsChildren() throws Exception {
        database.sql(
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE child () INHERITS (parent)",
                "INSERT INTO child VALUES (1)",
                "CREATE PUBLICATION events");
        Finding found = reader("parent").check().stream()
                .filter(finding -> finding.what().contains("in none of the publications"))
                .findFirst()
                .orElseThrow();
        database.sql(Objects.requireNonNull(found.sql()), "UPDATE child SET id = 2");
        assertThat(database.queryString("SELECT tablename FROM pg_publication_tables"))
                .isEqualTo("parent");
    }

    @Test
    void missingPublication_ofASchema_hasItsTablesAlone() throws Exception {
        database.sql(
                "CREATE TABLE elsewhere (id int PRIMARY KEY)",
                "CREATE SCHEMA shop",
                "CREATE SCHEMA bare",
                "CREATE TABLE shop.item (id int PRIMARY KEY)",
                "CREATE TABLE shop.keyless (note text)",
                "INSERT INTO shop.keyless VALUES ('a')",
                "CREATE TABLE shop.root (id int PRIMARY KEY) PARTITION BY LIST (id)",
                "CREATE TABLE shop.leaf PARTITION OF shop.root FOR VALUES IN (1)");
        assertNothingPrescribed(reader("bare.*"), "publication \"events\"", "It does not exist", "No table");
        Finding found = reader("shop.*").check().stream()
                .filter(finding -> finding.what().contains("It does not exist"))
                .findFirst()
                .orElseThrow();
        assertThat(found.what()).contains("shop.keyless").doesNotContain("ALL TABLES");
        database.sql(Objects.requireNonNull(found.sql()), "UPDATE shop.keyless SET note = 'b'");
        assertThat(database.query("SELECT tablename FROM pg_publication_tables ORDER BY 1"))
                .extracting(row -> row.get("tablename"))
                .containsExactly("item", "root");
        reader("shop.*").start().close();
    }

    @Test
    void tableWithoutAKey_publicationOfInserts_needsNoIdentity() throws Exception {
        database.sql(
                "CREATE TABLE log (line text)",
                "INSERT INTO log VALUES ('a')",
                "CREATE PUBLICATION events WITH (publish = 'insert')");
        String add = "ALTER PUBLICATION \"events\" ADD TABLE ONLY \"public\".\"log\";";
        Finding found = reader("log").check().stream()
                .filter(finding -> finding.where().equals("table public.log"))
                .findFirst()
                .orElseThrow();
        assertThat(found.what()).doesNotContain("refuses");
        assertThat(found.sql()).isEqualTo(add);
        assertThat(catchThrowable(() -> reader("log").start()))
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.sql()).isEqualTo(add))
                .hasMessageContaining(add)
                .hasMessageNotContaining("refuses");
        database.sql(add, "UPDATE log SET line = 'b'");
    }

    @Test
    void watchOfATableWithoutAKey() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE TABLE log (line text)",
                "INSERT INTO log VALUES ('a')",
                "CREATE PUBLICATION events FOR TABLE item");
        try (Walwire walwire = reader("*").start()) {
            String message =
                    String.valueOf(catchThrowable(() -> walwire.watch("log").subscribe(event -> {}))
                            .getMessage());
            assertThat(message).contains("no replica identity");
            database.sql(message.substring(message.indexOf("BEGIN;"), message.indexOf("COMMIT;") + 7));
        }
        database.sql("UPDATE log SET line = 'b'");
        assertThat(database.queryLong("SELECT count(*) FROM pg_publication_tables"))
                .isEqualTo(2);
    }
}
