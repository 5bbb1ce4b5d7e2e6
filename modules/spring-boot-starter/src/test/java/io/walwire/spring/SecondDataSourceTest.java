package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.JdbcCheckpoint;
import io.walwire.Walwire;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** A checkpoint in one database, and a handler that writes in another one, too. */
class SecondDataSourceTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase other = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        other.sql("CREATE TABLE copied (id int)");
        database.sql(
                Files.readString(Path.of("sql", "checkpoint.sql")),
                "CREATE TABLE invoice (id int PRIMARY KEY)",
                "CREATE TABLE copied (id int)",
                "CREATE PUBLICATION events FOR TABLE invoice");
    }

    static class TwoDatabases {
        @Bean
        DataSource first(Environment environment) {
            return new DriverManagerDataSource(environment.getRequiredProperty("first.url"));
        }

        @Bean
        DataSource second(Environment environment) {
            return new DriverManagerDataSource(environment.getRequiredProperty("second.url"));
        }

        @Bean
        JdbcCheckpoint checkpoint(@Qualifier("first") DataSource first) {
            return JdbcCheckpoint.of(
                    new SpringTransactionRunner(new DataSourceTransactionManager(first), first), "copies");
        }

        @Bean
        FailurePolicy policy() {
            return FailurePolicy.retry(2, Duration.ofMillis(5), Duration.ofMillis(20));
        }
    }

    static class Copies {
        private final JdbcTemplate first;
        private final JdbcTemplate second;
        private final AtomicBoolean failed = new AtomicBoolean();

        Copies(@Qualifier("first") DataSource first, @Qualifier("second") DataSource second) {
            this.first = new JdbcTemplate(first);
            this.second = new JdbcTemplate(second);
        }

        @OnChange(table = "invoice", kinds = Kind.INSERT)
        void copy(Row row) {
            first.update("INSERT INTO copied VALUES (?)", row.getInt("id"));
            second.update("INSERT INTO copied VALUES (?)", row.getInt("id"));
            if (failed.compareAndSet(false, true)) {
                throw new IllegalStateException("the first attempt fails");
            }
        }
    }

    @Test
    void secondDataSource_isWrittenAtLeastOnce_andThatOfTheCheckpointOnce() throws Exception {
        List<String> keys = List.of(
                Application.NO_JPA,
                "first.url=" + database.jdbcUrl(),
                "second.url=" + other.jdbcUrl(),
                "walwire.url=" + database.url(),
                "walwire.publication=events",
                "walwire.subscriptions=invoice",
                "walwire.slot.name=" + database.unique("slot"));
        try (ConfigurableApplicationContext context = Application.run(keys, TwoDatabases.class, Copies.class)) {
            database.sql("INSERT INTO invoice VALUES (1)");
            Walwire walwire = Application.walwire(context);
            assertThat(walwire.awaitCurrent(Application.LONG)).isTrue();
        }
        assertThat(database.queryLong("SELECT count(*) FROM copied")).isEqualTo(1);
        assertThat(other.queryLong("SELECT count(*) FROM copied")).isEqualTo(2);
    }
}
