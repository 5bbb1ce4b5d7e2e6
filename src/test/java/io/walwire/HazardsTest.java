package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** Start-up warns of published tables whose updates and deletes the server refuses. */
class HazardsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.walwire");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void detach() {
        logger.detachAppender(log);
    }

    private List<String> warningsWith(String... statements) throws SQLException {
        database.sql(statements);
        try (Walwire walwire =
                Walwire.builder().url(database.url()).publication("events").start()) {
            assertThat(walwire.status().lastError()).isNull();
            return List.copyOf(log.list).stream()
                    .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                    .map(ILoggingEvent::getFormattedMessage)
                    .toList();
        }
    }

    @Test
    void tablesWithoutIdentity_areNamedWithTheStatement() throws Exception {
        assertThat(warningsWith(
                        "CREATE TABLE good (id int PRIMARY KEY)",
                        "CREATE TABLE \"No key\" (id int)",
                        "CREATE TABLE nothing (id int PRIMARY KEY)",
                        "ALTER TABLE nothing REPLICA IDENTITY NOTHING",
                        "CREATE TABLE whole (id int)",
                        "ALTER TABLE whole REPLICA IDENTITY FULL",
                        "CREATE PUBLICATION events FOR ALL TABLES"))
                .singleElement()
                .asString()
                .contains(
                        "UPDATE and DELETE on public.\"No key\", public.nothing: ",
                        "ALTER TABLE \"public\".\"No key\" REPLICA IDENTITY FULL;");
    }

    @Test
    void insertsAlone_needNoIdentity() throws Exception {
        assertThat(warningsWith(
                        "CREATE TABLE t (id int)",
                        "CREATE PUBLICATION events FOR ALL TABLES WITH (publish = 'insert, truncate')"))
                .isEmpty();
    }

    @Test
    void manyTables_someAreNamed() throws Exception {
        assertThat(warningsWith(
                        "DO $$ BEGIN FOR i IN 10..30 LOOP EXECUTE format('CREATE TABLE t%s (id int)', i); END LOOP; END $$",
                        "CREATE PUBLICATION events FOR ALL TABLES"))
                .singleElement()
                .asString()
                .contains("public.t19 and 11 more: ")
                .doesNotContain("public.t20");
    }
}
