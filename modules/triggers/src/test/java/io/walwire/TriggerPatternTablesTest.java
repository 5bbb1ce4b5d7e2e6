package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.error.WalwireException;
import io.walwire.internal.triggers.OutboxNames;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tables that a pattern takes in and that cannot have triggers are left out, and do not stop an instance. */
class TriggerPatternTablesTest extends PatternTables {
    private static final String TRIGGER = '"' + new OutboxNames("walwire", "walwire").rowTrigger() + '"';

    private WalwireBuilder captured(String subscription) {
        return Outboxes.temporary(database).subscriptions(subscription);
    }

    private List<String> captured() throws SQLException {
        return names("SELECT DISTINCT tgrelid::regclass::text AS t FROM pg_trigger WHERE tgname ~ '^"
                + TRIGGER.replace("\"", "") + "' AND obj_description(oid, 'pg_trigger') IS NOT NULL ORDER BY 1");
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
        return about(builder, text).stream().map(Finding::severity).toList();
    }
}
