package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.error.WalwireException;
import io.walwire.internal.triggers.OutboxNames;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Anybody can create a table that a pattern takes in, and must not be able to stop an instance by it. */
class PatternTablesTest {
    private static final String TRIGGER = '"' + new OutboxNames("walwire", "walwire").rowTrigger() + '"';

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private String reader = "";

    @BeforeEach
    void createTables() throws SQLException {
        reader = database.role("LOGIN REPLICATION");
        String other = database.role("LOGIN");
        database.sql(
                "GRANT CREATE ON DATABASE \"" + database.name() + "\" TO " + reader,
                "CREATE SCHEMA shop",
                "GRANT USAGE ON SCHEMA shop TO " + reader,
                "CREATE TABLE shop.item (id int PRIMARY KEY)",
                "ALTER TABLE shop.item OWNER TO " + reader,
                "CREATE TABLE shop.hers (id int PRIMARY KEY)",
                "ALTER TABLE shop.hers OWNER TO " + other);
    }

    private WalwireBuilder published(String subscription) {
        return Walwire.builder()
                .url(database.url())
                .publication("events")
                .set("walwire.publication.manage", "true")
                .subscriptions(subscription);
    }

    private WalwireBuilder captured(String subscription) {
        return Outboxes.temporary(database).subscriptions(subscription);
    }

    private List<String> warnings(WalwireBuilder builder) {
        try (LogLines log = new LogLines()) {
            builder.start().close();
            return log.with("WARN", "so that");
        }
    }

    private List<String> names(String sql) throws SQLException {
        return database.query(sql).stream()
                .map(row -> String.valueOf(row.get("t")))
                .toList();
    }

    private List<String> published() throws SQLException {
        return names("SELECT prrelid::regclass::text AS t FROM pg_publication_rel ORDER BY 1");
    }

    private List<String> captured() throws SQLException {
        return names("SELECT DISTINCT tgrelid::regclass::text AS t FROM pg_trigger WHERE tgname = '"
                + TRIGGER.replace("\"", "") + "' AND obj_description(oid, 'pg_trigger') IS NOT NULL ORDER BY 1");
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
    void triggers_tableOfAnotherRole_isLeftOut_withOneWarning() throws Exception {
        for (String pattern : List.of("shop.*", "*")) {
            assertThat(warnings(captured(pattern).user(reader)))
                    .singleElement()
                    .asString()
                    .contains("does not own", "shop.hers");
            assertThat(captured()).containsExactly("shop.item");
        }
        assertThatThrownBy(() -> captured("shop.hers").user(reader).start()).isInstanceOf(WalwireException.class);
    }

    @Test
    void triggers_disabledOnATableThatIsNoLongerOwned_isAWarning_sinceTheStartLeavesItOut() throws Exception {
        captured("shop.*").start().close();
        database.sql(
                "ALTER TABLE shop.hers DISABLE TRIGGER USER",
                "GRANT USAGE ON SCHEMA walwire TO " + reader,
                "GRANT SELECT ON walwire.walwire_definition TO " + reader,
                "GRANT SELECT, UPDATE, DELETE ON walwire.walwire_outbox TO " + reader,
                "GRANT SELECT, INSERT, UPDATE, DELETE ON walwire.walwire_cursor TO " + reader);
        assertThat(severities(captured("shop.*").user(reader), "triggers are disabled"))
                .containsExactly(Severity.WARNING);
        captured("shop.*").user(reader).start().close();
        assertThat(severities(captured("shop.hers").user(reader), "triggers are disabled"))
                .containsExactly(Severity.ERROR);
        assertThat(severities(captured("shop.*"), "triggers are disabled")).containsExactly(Severity.ERROR);
    }

    @Test
    void triggers_tableWithATriggerOfTheSameName_isLeftOut_withOneWarning() throws Exception {
        database.sql("CREATE TRIGGER " + TRIGGER + " BEFORE UPDATE ON shop.hers FOR EACH ROW EXECUTE FUNCTION"
                + " suppress_redundant_updates_trigger()");
        for (String pattern : List.of("shop.*", "*")) {
            assertThat(warnings(captured(pattern)))
                    .singleElement()
                    .asString()
                    .contains("no comment marks", "shop.hers");
            assertThat(captured()).containsExactly("shop.item");
            assertThat(severityOfTheTrigger(pattern)).containsExactly(Severity.WARNING);
        }
        assertThat(severityOfTheTrigger("shop.hers")).containsExactly(Severity.ERROR);
        assertThatThrownBy(() -> captured("shop.hers").start()).hasMessageContaining("no comment marks as Walwire's");
    }

    private List<Severity> severityOfTheTrigger(String subscribed) {
        return severities(captured(subscribed), "no comment marks");
    }

    private static List<Severity> severities(WalwireBuilder builder, String text) {
        return builder.check().stream()
                .filter(finding -> finding.what().contains(text))
                .map(Finding::severity)
                .toList();
    }
}
