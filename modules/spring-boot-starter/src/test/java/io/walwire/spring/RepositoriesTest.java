package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.Walwire;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;

/** What plain repositories write belongs to the checkpoint's transaction. {@link KilledApplicationTest} kills such applications. */
class RepositoriesTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        Copying.createTables(database);
    }

    private ConfigurableApplicationContext run(Copying copying, Class<?>... more) {
        List<Class<?>> sources = new ArrayList<>(List.of(copying.sources()));
        sources.addAll(List.of(more));
        return Application.run(copying.keys(database, database.unique("slot")), sources.toArray(Class<?>[]::new));
    }

    private List<String> items() throws Exception {
        return List.of(database.queryString("SELECT string_agg(item::text, ' ' ORDER BY item) FROM copied")
                .split(" "));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWritten_isCommittedWithThePosition(Copying copying) throws Exception {
        try (ConfigurableApplicationContext context = run(copying)) {
            Walwire walwire = Application.walwire(context);
            database.sql("INSERT INTO item VALUES (1), (2)", "INSERT INTO item VALUES (3)");
            Application.awaitCurrent(walwire);
            assertThat(database.queryString("SELECT done_to FROM walwire_checkpoint WHERE name = 'copy'"))
                    .isEqualTo(walwire.status().confirmed().toString());
        }
        assertThat(items()).containsExactly("1", "2", "3");
    }

    /** Its beans come after those that write. */
    static class FailsLast {
        private final JdbcTemplate jdbc;

        FailsLast(JdbcTemplate jdbc) {
            this.jdbc = jdbc;
        }

        @Bean
        FailurePolicy policy() {
            return FailurePolicy.stop();
        }

        @OnChange(table = "item", kinds = Kind.INSERT)
        void fail(List<Row> rows) {
            throw new IllegalStateException(
                    jdbc.queryForObject("SELECT count(*) FROM copied", Long.class) + " copies are seen");
        }
    }

    /** They are there for the handler that fails, and for no other session. */
    @ParameterizedTest
    @EnumSource
    void whatIsWritten_isRolledBack_whenAnotherHandlerFails(Copying copying) throws Exception {
        try (ConfigurableApplicationContext context = run(copying, FailsLast.class)) {
            Walwire walwire = Application.walwire(context);
            database.sql("INSERT INTO item VALUES (1), (2)");
            assertThatThrownBy(() -> walwire.awaitTermination(Application.LONG))
                    .hasMessageContaining("2 copies are seen");
        }
        assertThat(database.queryLong("SELECT count(*) FROM copied")).isZero();
    }
}
