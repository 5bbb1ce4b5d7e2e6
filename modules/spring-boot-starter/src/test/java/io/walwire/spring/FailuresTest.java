package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.error.Advice;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.testing.TestDatabase;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.Async;
import org.springframework.transaction.annotation.Transactional;

/** What a user reads in place of a stack trace. */
class FailuresTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        database.sql(
                "CREATE TABLE users (id bigint PRIMARY KEY, email text)", "CREATE PUBLICATION events FOR ALL TABLES");
    }

    /** What Spring Boot's log shows of a start. */
    private static FailureAnalysis failure(List<String> keys, Class<?>... sources) {
        Throwable thrown =
                Assertions.catchThrowable(() -> Application.run(keys, sources).close());
        assertThat(thrown).as("what the start throws").isNotNull();
        FailureAnalysis analysis = ReportedFailures.take();
        assertThat(analysis).as("the analysis of %s", thrown).isNotNull();
        return Objects.requireNonNull(analysis);
    }

    private List<String> keys(String... more) {
        return Application.onUrl(
                database,
                Stream.concat(Stream.of("walwire.publication=events"), Stream.of(more))
                        .toArray(String[]::new));
    }

    @Test
    void wrongKeys_areAllNamed() {
        assertThat(failure(keys("walwire.slot.nmae=shop", "walwire.close.timeout=soon"))
                        .getDescription())
                .contains(
                        "Unknown property walwire.slot.nmae",
                        "Did you mean walwire.slot.name?",
                        "walwire.close.timeout is");
    }

    @Test
    void missingPublication_hasTheSqlThatCreatesIt() {
        FailureAnalysis failure = failure(Application.onUrl(database, "walwire.publication=evnts"));
        assertThat(failure.getDescription()).contains("evnts").contains("[PUBLICATION]");
        assertThat(failure.getAction()).isNotBlank();
    }

    @Test
    void roleOfTheDataSource_withoutReplication_canBeReplaced() throws Exception {
        String role = database.role("LOGIN PASSWORD 'hunter2'");
        FailureAnalysis failure = failure(List.of(
                Application.NO_JPA,
                "spring.datasource.url=" + Application.plainUrl(database),
                "spring.datasource.username=" + role,
                "spring.datasource.password=hunter2",
                "walwire.publication=events"));
        assertThat(failure.getDescription()).contains("[PRIVILEGE]");
        assertThat(failure.getAction()).contains("REPLICATION", "set walwire.user and walwire.password");
    }

    @Test
    void dataSourceOfAnotherDatabase_needsTheUrl() {
        assertThat(failure(List.of(
                                Application.NO_JPA,
                                "spring.datasource.url=jdbc:otel:postgresql://localhost/shop",
                                "spring.datasource.driver-class-name=org.postgresql.Driver",
                                "walwire.publication=events"))
                        .getDescription())
                .contains("begins with jdbc:otel:", "set walwire.url")
                .doesNotContain("localhost");
    }

    static class BadMethods {
        @OnChange("users")
        void tooMany(Row row, Row other) {}

        @OnChange("users")
        Object returning(Row row) {
            return row;
        }

        @OnChange("users")
        @Async
        void later(Row row) {}

        @OnChange(table = "users", kinds = Kind.TRUNCATE)
        void truncated(RowEvent<Row> event) {}

        @OnChange
        void nowhere(Row row) {}

        @OnChange("users")
        static void hidden(Row row) {}
    }

    @Test
    void badMethods_areAllNamed() {
        assertThat(failure(keys(), BadMethods.class).getDescription())
                .contains(
                        "BadMethods.tooMany: it must take one event",
                        "BadMethods.returning: it must return void",
                        "BadMethods.later: it must not be @Async",
                        "BadMethods.truncated: its parameter cannot be called with TRUNCATE",
                        "BadMethods.nowhere: the table is missing",
                        "BadMethods.hidden: it must be neither private nor static");
    }

    @Transactional
    static class FinalMethod {
        @OnChange("users")
        final void last(Row row) {}
    }

    /** The proxy's own fields would be seen, which are empty. */
    @Test
    void finalMethodOfAProxy_isRefused() {
        List<String> keys = Application.onDataSource(database, "walwire.publication=events");
        assertThat(failure(keys, FinalMethod.class).getDescription())
                .contains("FinalMethod.last: it must not be final", "remove final");
    }

    static class BadTable {
        @OnChange("billing.invoice.line")
        void onLine(Row row) {}
    }

    @Test
    void nameOfATable_thatCannotBeRead_isThatOfItsMethod() {
        assertThat(failure(keys(), BadTable.class).getDescription()).contains("@OnChange on ", "BadTable.onLine: ");
    }

    record OneName(String handlerName) implements EventHandler {
        @Override
        public void define(Handlers on) {
            on.table("users").onInsert(event -> {});
        }
    }

    static class TwoOfOneName {
        @Bean
        OneName first() {
            return new OneName("mails");
        }

        @Bean
        OneName second() {
            return new OneName("mails");
        }
    }

    @Test
    void handlersOfOneName_areRefused() {
        assertThat(failure(keys(), TwoOfOneName.class).getDescription()).contains("another handler has the name mails");
    }

    record EarlyUser(Walwire walwire) {}

    @Test
    void instance_thatIsInjectedBeforeItStarts_isAskedForLater() {
        FailureAnalysis failure = failure(keys(), EarlyUser.class);
        assertThat(failure.getDescription()).contains("is not running");
        assertThat(failure.getAction()).contains("ObjectProvider<Walwire>");
    }

    static class Throwing {
        @Bean
        EventHandler broken() {
            return on -> on.table("nowhere").onInsert(event -> {});
        }
    }

    @Test
    void tableThatIsNotThere_isNamed() {
        assertThat(failure(keys("walwire.subscriptions=users"), Throwing.class).getDescription())
                .contains("nowhere");
    }

    @Test
    void sqlWithoutAdvice_isShown() {
        WalwireException cause = new WalwireException(
                ErrorCode.CHECKPOINT, "The table is not there.", new Advice("", "CREATE TABLE a (b int);\nANALYZE a;"));
        FailureAnalysis analysis = new WalwireFailureAnalyzer(null).analyze(cause, cause);
        assertThat(analysis.getDescription()).isEqualTo("The table is not there. [CHECKPOINT]");
        assertThat(analysis.getAction().lines())
                .containsExactly("Run this SQL:", "    CREATE TABLE a (b int);", "    ANALYZE a;");
    }

    @Test
    void disabled_startsNothing() {
        Application.run(List.of(keys().get(1), "walwire.enabled=false"), BadMethods.class)
                .close();
    }
}
