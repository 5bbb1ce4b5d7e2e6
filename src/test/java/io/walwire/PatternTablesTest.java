package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.doctor.Severity;
import io.walwire.error.WalwireException;
import io.walwire.testing.Eventually;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Anybody can create a table that a pattern takes in, and must not be able to stop an instance by it. */
class PatternTablesTest extends PatternTables {
    private WalwireBuilder published(String subscription) {
        return Walwire.builder()
                .url(database.url())
                .publication("events")
                .set("walwire.publication.manage", "true")
                .subscriptions(subscription);
    }

    private List<String> published() throws SQLException {
        return names("SELECT prrelid::regclass::text AS t FROM pg_publication_rel ORDER BY 1");
    }

    @Test
    void publication_tableOfAnotherRole_isLeftOut_withOneWarning() throws Exception {
        for (String pattern : List.of("shop.*", "*")) {
            assertThat(warnings(published(pattern).user(reader)))
                    .singleElement()
                    .asString()
                    .contains("does not own", "shop.hers");
            assertThat(published()).containsExactly("shop.item");
            database.sql("DROP PUBLICATION events");
        }
        assertThatThrownBy(() -> published("shop.hers").user(reader).start()).isInstanceOf(WalwireException.class);
    }

    @Test
    void publication_tablesWithoutAKey_areLeftOut_withOneWarning_andGoOn() throws Exception {
        database.sql(
                "CREATE TABLE shop.keyless (note text)",
                "CREATE TABLE shop.child () INHERITS (shop.item)",
                "CREATE TABLE shop.root (id int) PARTITION BY LIST (id)",
                "CREATE TABLE shop.leaf PARTITION OF shop.root FOR VALUES IN (1)",
                "INSERT INTO shop.keyless VALUES ('a')",
                "INSERT INTO shop.child VALUES (1)",
                "INSERT INTO shop.root VALUES (1)");
        assertThat(warnings(published("shop.*")))
                .singleElement()
                .asString()
                .contains("shop.keyless (it has no replica identity)", "shop.child", "shop.leaf");
        assertThat(published()).containsExactly("shop.hers", "shop.item");
        database.sql("UPDATE shop.keyless SET note = 'b'", "UPDATE shop.item SET id = 2", "DELETE FROM shop.root");
    }

    @Test
    void publicationOfInserts_takesTablesWithoutAKeyToo() throws Exception {
        database.sql("CREATE PUBLICATION events WITH (publish = 'insert')", "CREATE TABLE shop.keyless (note text)");
        assertThat(warnings(published("shop.*"))).isEmpty();
        assertThat(published()).containsExactly("shop.hers", "shop.item", "shop.keyless");
        database.sql("DELETE FROM shop.keyless");
    }

    @Test
    void publication_lockedTableOfAnotherRole_isLeftOut_withAWarning() throws Exception {
        database.sql("GRANT USAGE ON SCHEMA shop TO " + other);
        WalwireBuilder builder = withASlot(published("shop.*"));
        try (Connection locking = database.connect();
                Statement statement = locking.createStatement()) {
            locking.setAutoCommit(false);
            statement.execute("SET ROLE " + other);
            statement.execute("LOCK TABLE shop.hers IN ACCESS EXCLUSIVE MODE");
            assertThat(warnings(builder))
                    .singleElement()
                    .asString()
                    .contains("Table shop.hers is left out", "is locked by PID");
            locking.rollback();
        }
        assertThat(published()).containsExactly("shop.item");
        assertThat(warnings(builder)).isEmpty();
        assertThat(published()).containsExactly("shop.hers", "shop.item");
    }

    @Test
    void publication_tableThatIsDroppedMeanwhile_isLeftOut_withAWarning() throws Exception {
        database.sql("CREATE SCHEMA brief", "CREATE TABLE brief.gone (id int PRIMARY KEY)");
        WalwireBuilder builder = withASlot(published("shop.*, brief.*"));
        try (Connection dropping = database.connect();
                Statement statement = dropping.createStatement()) {
            dropping.setAutoCommit(false);
            statement.execute("DROP SCHEMA brief CASCADE");
            CompletableFuture<List<String>> warnings = CompletableFuture.supplyAsync(() -> warnings(builder));
            Eventually.until(
                    Items.LONG,
                    () -> warnings.isDone()
                            || !database.query("SELECT 1 FROM pg_locks WHERE NOT granted AND relation IS NOT NULL"
                                            + " AND database = (SELECT oid FROM pg_database"
                                            + " WHERE datname = current_database())")
                                    .isEmpty());
            dropping.commit();
            assertThat(warnings.get(Items.LONG.toSeconds(), TimeUnit.SECONDS))
                    .singleElement()
                    .asString()
                    .contains("Table brief.gone is left out", "does not exist");
        }
        assertThat(published()).containsExactly("shop.hers", "shop.item");
    }

    /** A new slot would wait for every transaction that is open. */
    private WalwireBuilder withASlot(WalwireBuilder builder) throws SQLException {
        String slot = database.unique("made");
        database.createSlot(slot);
        return builder.slotName(slot);
    }

    @Test
    void doctor_publication_namesTheTablesThatTheStartLeavesOut_andThoseThatItAdds() throws Exception {
        database.sql("CREATE TABLE shop.keyless (id int)", "ALTER TABLE shop.keyless OWNER TO " + reader);
        for (String pattern : List.of("shop.*", "*")) {
            WalwireBuilder builder = published(pattern).user(reader);
            assertThat(leftOut(builder)).containsExactly("shop.hers", "shop.keyless");
            builder.start().close();
            assertThat(leftOut(builder)).containsExactly("shop.hers", "shop.keyless");
            assertThat(about(builder, "Walwire adds")).isEmpty();
            database.sql("CREATE TABLE shop.later (id int PRIMARY KEY)", "ALTER TABLE shop.later OWNER TO " + reader);
            assertThat(about(builder, "Walwire adds")).singleElement().satisfies(found -> assertThat(found.what())
                    .contains("shop.later")
                    .doesNotContain("shop.item"));
            assertThat(leftOut(published(pattern)
                            .set("walwire.publication.manage", "false")
                            .user(reader)))
                    .isEmpty();
            database.sql("DROP PUBLICATION events", "DROP TABLE shop.later");
        }
    }

    @Test
    void doctor_emptyPublicationThatTheStartFills_isNoWarning() throws Exception {
        database.sql("CREATE PUBLICATION events", "ALTER PUBLICATION events OWNER TO " + reader);
        database.sql("ALTER TABLE shop.hers OWNER TO " + reader);
        WalwireBuilder builder = published("shop.*").user(reader);
        assertThat(builder.check()).noneMatch(found -> found.severity() == Severity.WARNING);
        assertThat(about(builder, "Walwire adds")).singleElement().satisfies(found -> assertThat(found.what())
                .contains("shop.hers, shop.item"));
        builder.start().close();
        assertThat(published()).containsExactly("shop.hers", "shop.item");
    }

    /** The tables that the doctor names in its warnings. */
    private static List<String> leftOut(WalwireBuilder builder) {
        return about(builder, "left out").stream()
                .filter(finding -> finding.severity() == Severity.WARNING)
                .flatMap(finding ->
                        Pattern.compile("shop\\.[a-z]+").matcher(finding.what()).results())
                .map(MatchResult::group)
                .toList();
    }
}
