package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.TestDatabase;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;

/** Which database an instance reads. */
class ConnectionsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase other = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        for (TestDatabase each : new TestDatabase[] {database, other}) {
            each.sql("CREATE TABLE users (id bigint PRIMARY KEY)", "CREATE PUBLICATION events FOR ALL TABLES");
        }
    }

    private static String read(ConfigurableApplicationContext context) {
        return Application.walwire(context).details().database();
    }

    @Test
    void databaseOfTheDataSource_isRead() {
        try (ConfigurableApplicationContext context =
                Application.run(Application.onDataSource(database, "walwire.publication=events"))) {
            assertThat(read(context)).startsWith(database.name() + "@");
        }
    }

    @Test
    void walwiresOwnUrl_wins() {
        try (ConfigurableApplicationContext context = Application.run(
                Application.onDataSource(database, "walwire.publication=events", "walwire.url=" + other.url()))) {
            assertThat(read(context)).startsWith(other.name() + "@");
        }
    }

    /** The password belongs to the DataSource's user, and is not tried for another one. */
    @Test
    void walwiresOwnUser_isNotTheDataSources() throws Exception {
        String role = database.role("LOGIN REPLICATION PASSWORD 'hunter2'");
        try (ConfigurableApplicationContext context = Application.run(Application.onDataSource(
                database, "walwire.publication=events", "walwire.user=" + role, "walwire.password=hunter2"))) {
            assertThat(read(context)).startsWith(database.name() + "@");
            assertThat(database.queryLong("SELECT count(*) FROM pg_stat_replication WHERE usename = ?", role))
                    .isEqualTo(1);
        }
    }

    static class OwnDataSource {
        @Bean
        DataSource dataSource() {
            return new SimpleDriverDataSource();
        }
    }

    /** Spring Boot has no connection details then, but the keys are there. */
    @Test
    void dataSourceOfTheApplicationsOwn_leavesItsKeys() {
        try (ConfigurableApplicationContext context = Application.run(
                Application.onDataSource(database, "walwire.publication=events"), OwnDataSource.class)) {
            assertThat(read(context)).startsWith(database.name() + "@");
        }
    }
}
