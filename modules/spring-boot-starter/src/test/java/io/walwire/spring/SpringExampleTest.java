package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.Subscription;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.ConfigurableApplicationContext;

/** What {@code docs/spring.md} shows, started. */
class SpringExampleTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        database.sql(
                Files.readString(Path.of("sql", "checkpoint.sql")),
                "CREATE TABLE users (id bigint PRIMARY KEY, email text)",
                "CREATE TABLE invoice (id int PRIMARY KEY, cents bigint)",
                "CREATE TABLE total (cents bigint)",
                "INSERT INTO total VALUES (0)",
                "CREATE PUBLICATION events FOR TABLE users, invoice");
    }

    static class Indexed implements SpringExample.Index {
        final Recorder<String> all = new Recorder<>();

        @Override
        public void put(SpringExample.User user) {
            all.add("put " + user.email());
        }

        @Override
        public void remove(Long id) {
            all.add("remove " + id);
        }
    }

    static class Sent implements SpringExample.Mailer {
        final Recorder<String> all = new Recorder<>();

        @Override
        public void welcome(String email) {
            all.add("welcome " + email);
        }

        @Override
        public void confirm(String email) {
            all.add("confirm " + email);
        }

        @Override
        public void alert(String text) {
            all.add(text);
        }
    }

    @Test
    void twoKeysAndAMethod_areEnough() throws Exception {
        try (ConfigurableApplicationContext context = Application.run(
                Application.onUrl(database, "walwire.publication=events"), Sent.class, SpringExample.Mails.class)) {
            database.sql("INSERT INTO users VALUES (1, 'ada@example.org')");
            assertThat(context.getBean(Sent.class).all.await(1)).containsExactly("welcome ada@example.org");
        }
    }

    @Test
    void otherExamples_run() throws Exception {
        List<String> keys = Application.onDataSource(
                database, "walwire.publication=events", "walwire.slot.name=" + database.unique("slot"));
        try (ConfigurableApplicationContext context = Application.run(
                keys,
                Sent.class,
                Indexed.class,
                SpringExample.SearchIndex.class,
                SpringExample.UserEvents.class,
                SpringExample.Configuration.class,
                SpringExample.Totals.class,
                SpringExample.Pages.class)) {
            Recorder<String> refreshed = new Recorder<>();
            try (Subscription page =
                    context.getBean(SpringExample.Pages.class).follow(1, Runnable::run, () -> refreshed.add("page"))) {
                database.sql(
                        "INSERT INTO users VALUES (1, 'ada@example.org')",
                        "UPDATE users SET email = 'eve@example.org'",
                        "DELETE FROM users",
                        "INSERT INTO invoice VALUES (1, 10)");
                Application.awaitCurrent(Application.walwire(context));
                refreshed.await(3);
            }
            assertThat(context.getBean(Sent.class).all.all()).containsExactly("confirm eve@example.org");
            assertThat(context.getBean(Indexed.class).all.all())
                    .containsExactly("put ada@example.org", "put eve@example.org", "remove 1");
        }
        assertThat(database.queryLong("SELECT cents FROM total")).isEqualTo(10);
    }
}
