package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Filter;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** Start-up says which filters are not exact, and what to run so that they are. */
class OldValuesWarningTest {
    private static final Filter READING = Filter.unwatchedFields("name");

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.walwire");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void tablesAndLog() throws SQLException {
        Instances.prepare(
                database,
                "CREATE SCHEMA \"Weird\"",
                "CREATE TABLE \"Weird\".\"ta\"\"ble\" (id int PRIMARY KEY, name text)",
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "CREATE TABLE known (id int PRIMARY KEY, name text)",
                "ALTER TABLE known REPLICA IDENTITY FULL");
        database.sql("ALTER TABLE mark REPLICA IDENTITY FULL");
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void detach() {
        logger.detachAppender(log);
    }

    private List<String> warnings() {
        return List.copyOf(log.list).stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private List<String> warningsOf(EventHandler handler) {
        try (Walwire walwire = Instances.temporary(database).handler(handler).start()) {
            return warnings();
        }
    }

    @Test
    void tableWithoutFullIdentity_warnedOfOnce_withTheStatement() {
        assertThat(warningsOf(on -> {
                    on.table("item").filter(READING).onUpdates(events -> {}).onChanges(events -> {});
                    on.table("item").filter(Filter.changed("name")).onUpdates(events -> {});
                }))
                .singleElement()
                .asString()
                .contains("public.item", "ALTER TABLE \"public\".\"item\" REPLICA IDENTITY FULL;");
    }

    @Test
    void tableOfFullIdentity_noWarning() {
        assertThat(warningsOf(on -> on.table("known").filter(READING).onUpdates(events -> {})))
                .isEmpty();
    }

    @Test
    void filterThatReadsNoOldValues_noWarning() {
        assertThat(warningsOf(on -> on.table("item")
                        .filter(Filter.unwatchedRecords(java.util.Map.of("name", "x")))
                        .onUpdates(events -> {})))
                .isEmpty();
    }

    @Test
    void weirdNames_quotedInTheStatement() throws SQLException {
        List<String> warnings =
                warningsOf(on -> on.table("Weird.\"ta\"\"ble\"").filter(READING).onUpdates(events -> {}));
        assertThat(warnings).singleElement().asString().contains("ALTER TABLE \"Weird\".\"ta\"\"ble\" REPLICA");
        String statement = warnings.get(0).replaceFirst("(?s).*(?=ALTER TABLE)", "");
        database.sql(statement);
        assertThat(database.queryString("SELECT relreplident FROM pg_class WHERE relname = 'ta\"ble'"))
                .isEqualTo("f");
    }

    @Test
    void handlerOfAllTables_everySubscribedTableWarnedOf() {
        assertThat(warningsOf(on -> on.allTables().filter(READING).onUpdates(events -> {})))
                .hasSize(2)
                .anySatisfy(line -> assertThat(line).contains("ALTER TABLE \"public\".\"item\" "))
                .anySatisfy(line -> assertThat(line).contains("ALTER TABLE \"Weird\".\"ta\"\"ble\" "));
    }

    @Test
    void tableSubscribedLater_warnedOfForHandlersOfAllTables() throws SQLException {
        try (Walwire walwire = Instances.temporary(database)
                .subscriptions("known")
                .handler(on -> on.allTables().filter(READING).onUpdates(events -> {}))
                .start()) {
            assertThat(warnings()).isEmpty();
            walwire.addTables("item", "known", "mark");
            assertThat(warnings()).singleElement().asString().contains("ALTER TABLE \"public\".\"item\" ");
            walwire.addTables("Weird.*");
            assertThat(warnings()).hasSize(2).last().asString().contains("ALTER TABLE \"Weird\".\"ta\"\"ble\" ");
        }
    }

    @Test
    void handlerAddedLater_warnedOf() {
        try (Walwire walwire = Instances.temporary(database).start()) {
            assertThat(warnings()).isEmpty();
            walwire.addHandler(on -> on.table("item").filter(READING).onUpdates(events -> {}));
            assertThat(warnings()).singleElement().asString().contains("ALTER TABLE \"public\".\"item\" ");
            walwire.addHandler(on -> on.table("item").onUpdates(events -> {}));
            assertThat(warnings()).hasSize(1);
        }
    }
}
