package io.walwire.spring.test;

import static io.walwire.testkit.WalwireKit.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.spring.test.Shop.Outbox;
import io.walwire.testing.TestDatabase;
import io.walwire.testkit.WalwireKit;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.annotation.DirtiesContext.ClassMode;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The Java of {@code docs/spring-testing.md}, run; {@code DocumentsTest} compares the regions with its code blocks. */
@NullUnmarked
class SpringTestingExampleTest {
    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onSharedServer();

    @Nested
    @DirtiesContext(classMode = ClassMode.AFTER_EACH_TEST_METHOD) // the database is looked at for what a test has left
    // tag::slice[]
    @WalwireTest
    @Import(Outbox.class) // stands for the mail server; a mock would do, too
    class MailsTest {
        @TestConfiguration(proxyBeanMethods = false)
        static class Tables {
            @Bean
            WalwireKitCustomizer users() {
                return kit -> kit.table(
                        "users",
                        t -> t.column("id", "int8").column("email", "text").primaryKey("id"));
            }
        }

        @Autowired
        WalwireKit kit;

        @Autowired
        Outbox outbox;

        @BeforeEach
        void clear() {
            outbox.sent().clear();
        }

        @Test
        void newUser_isWelcomed() {
            kit.commit(tx -> tx.insert("users", row("id", 1, "email", "ann@example.org")));
            kit.awaitHandled();
            assertThat(outbox.sent()).containsExactly("ann@example.org");
        }

        @Test
        void mailThatCannotBeSent_stopsTheInstance() {
            kit.failCalls("mails.welcome", 1, new IOException("the mail server is away"));
            kit.commit(tx -> tx.insert("users", row("id", 1, "email", "ann@example.org")));
            assertThat(kit.awaitFailure()).hasMessageContaining("IOException");
            assertThat(outbox.sent()).isEmpty();
        }
    }
    // end::slice[]

    @Nested
    @DirtiesContext(classMode = ClassMode.AFTER_EACH_TEST_METHOD) // the database is looked at for what a test has left
    // tag::database[]
    @SpringBootTest(properties = {"walwire.publication=events", "walwire.slot.name="})
    class SignUpTest {
        @DynamicPropertySource
        static void database(DynamicPropertyRegistry properties) {
            properties.add("spring.datasource.url", DATABASE::jdbcUrl);
        }

        @BeforeAll
        static void prepare() throws Exception {
            DATABASE.sql(
                    "CREATE TABLE users (id bigint PRIMARY KEY, email text)",
                    "CREATE PUBLICATION events FOR ALL TABLES");
        }

        @Autowired
        Walwire walwire;

        @Autowired
        JdbcTemplate jdbc;

        @Autowired
        Outbox outbox;

        @Test
        void newUser_isWelcomed() throws InterruptedException {
            jdbc.update("INSERT INTO users VALUES (1, 'ann@example.org')");
            // no sleep: everything that was committed by now has been handled
            assertThat(walwire.awaitCurrent(Duration.ofSeconds(30))).isTrue();
            assertThat(outbox.sent()).containsExactly("ann@example.org");
        }
    }
    // end::database[]
}
