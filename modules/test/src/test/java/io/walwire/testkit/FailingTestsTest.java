package io.walwire.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.walwire.error.WalwireException;
import io.walwire.testing.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** What the extension makes of instances that fail, and of tests that do: seen from JUnit's side. */
class FailingTestsTest {
    private static final String SERVER = PostgresServer.shared().url("postgres");

    private static WalwireExtensionBuilder failing() {
        return WalwireExtension.builder()
                .server(SERVER)
                .schema("CREATE TABLE users (id int PRIMARY KEY)")
                .handler(on -> on.table("users").onInserts(users -> {
                    throw new IllegalStateException("the handler's own words");
                }));
    }

    private static EngineExecutionResults run(Class<?> tests) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(tests))
                .execute();
    }

    private static List<Throwable> failures(Events events) {
        return events.failed().stream()
                .flatMap(event -> event.getPayload(TestExecutionResult.class).stream())
                .flatMap(result -> result.getThrowable().stream())
                .toList();
    }

    static final class Unnoticed {
        @RegisterExtension
        final WalwireExtension walwire = failing().build();

        @Test
        void test() throws SQLException {
            walwire.execute("INSERT INTO users VALUES (1)");
            try {
                walwire.walwire().awaitTermination(Duration.ofMinutes(3));
            } catch (WalwireException | InterruptedException e) {
                // a test that looks away
            }
        }
    }

    @Test
    void failureOfTheInstance_thatTheTestDidNotNotice_failsIt() {
        assertThat(failures(run(Unnoticed.class).testEvents())).singleElement().satisfies(failure -> assertThat(failure)
                .isInstanceOf(AssertionError.class)
                .hasMessageContainingAll("has not noticed", "the handler's own words")
                .cause()
                .isInstanceOf(WalwireException.class));
    }

    static final class OfSomethingElse {
        @RegisterExtension
        final WalwireExtension walwire = failing().build();

        @Test
        void test() throws SQLException {
            walwire.execute("INSERT INTO users VALUES (1)");
            try {
                walwire.walwire().awaitTermination(Duration.ofMinutes(3));
            } catch (WalwireException | InterruptedException e) {
                throw new AssertionError("the test's own words");
            }
        }
    }

    @Test
    void failureOfATest_carriesThatOfTheInstance() {
        assertThat(failures(run(OfSomethingElse.class).testEvents()))
                .singleElement()
                .satisfies(failure -> {
                    assertThat(failure).hasMessage("the test's own words");
                    assertThat(failure.getSuppressed()).singleElement().satisfies(e -> assertThat(e)
                            .hasMessageContaining("the handler's own words"));
                });
    }

    static final class Awaited {
        @RegisterExtension
        static final WalwireExtension WALWIRE = failing().build();

        @Test
        void test() throws SQLException {
            WALWIRE.execute("INSERT INTO users VALUES (1)");
            WALWIRE.awaitHandled();
        }

        @Test
        void expected() throws SQLException {
            WALWIRE.execute("INSERT INTO users VALUES (2)");
            assertThat(WALWIRE.awaitFailure()).hasMessageContaining("the handler's own words");
        }
    }

    @Test
    void awaitHandled_ofAFailedInstance_failsThisTestAndNoOther() {
        Events events = run(Awaited.class).testEvents();
        assertThat(events.succeeded().count()).isEqualTo(1);
        assertThat(failures(events)).singleElement().satisfies(failure -> {
            assertThat(failure).hasMessageContainingAll("instance has failed", "the handler's own words");
            assertThat(failure.getSuppressed()).isEmpty();
        });
    }

    static final class TooSlow {
        static volatile CountDownLatch gate = new CountDownLatch(1);
        static final CountDownLatch ENTERED = new CountDownLatch(1);

        @RegisterExtension
        final WalwireExtension walwire = WalwireExtension.builder()
                .server(SERVER)
                .schema("CREATE TABLE users (id int PRIMARY KEY)")
                .handler(on -> on.table("users").onInserts(users -> {
                    ENTERED.countDown();
                    gate.await();
                }))
                .configure(builder -> builder.closeTimeout(Duration.ofMillis(100)))
                .build();

        @Test
        void test() throws Exception {
            walwire.execute("INSERT INTO users VALUES (1)");
            ENTERED.await();
            walwire.awaitHandled(Duration.ofMillis(300));
        }
    }

    @Test
    void awaitHandled_ofAHandlerThatHangs_saysWhere() {
        assertThat(failures(run(TooSlow.class).testEvents())).singleElement().satisfies(failure -> assertThat(failure)
                .hasMessageContainingAll("after 300 ms", "1 x insert public.users", "await"));
        TooSlow.gate.countDown();
    }

    static final class WrongSchema {
        @RegisterExtension
        static final WalwireExtension WALWIRE = WalwireExtension.builder()
                .server(SERVER)
                .schema("CREATE TABLE users (id no_such_type)")
                .build();

        @Test
        void test() {}
    }

    @Test
    void schemaThatCannotBeMade_failsTheClass_andLeavesNoDatabase() throws SQLException {
        EngineExecutionResults results = run(WrongSchema.class);
        assertThat(failures(results.containerEvents())).singleElement().satisfies(failure -> assertThat(failure)
                .hasMessageContaining("no_such_type"));
        assertThat(left()).isEmpty();
    }

    static final class WrongHandler {
        @RegisterExtension
        final WalwireExtension walwire = WalwireExtension.builder()
                .server(SERVER)
                .handler(on -> on.table("no_such_table").onInserts(rows -> {}))
                .build();

        @Test
        void test() {}
    }

    @Test
    void instanceThatCannotStart_failsTheTest_andLeavesNoDatabase() throws SQLException {
        assertThat(failures(run(WrongHandler.class).testEvents()))
                .singleElement()
                .satisfies(failure -> assertThat(failure).hasMessageContaining("no_such_table"));
        assertThat(left()).isEmpty();
    }

    static final class Unregistered {
        final WalwireExtension walwire = failing().build();

        @Test
        void test() {
            walwire.awaitHandled();
        }
    }

    @Test
    void extensionThatIsNotRegistered_saysHowTo() {
        assertThat(failures(run(Unregistered.class).testEvents()))
                .singleElement()
                .satisfies(failure -> assertThat(failure).hasMessageContaining("@RegisterExtension"));
    }

    /** Databases of this process, whose tests run one by one. */
    private static List<String> left() throws SQLException {
        try (Connection connection = PostgresServer.shared().connect("postgres");
                ResultSet rows = connection
                        .createStatement()
                        .executeQuery("SELECT datname FROM pg_database WHERE datname LIKE '" + OwnDatabase.PREFIX
                                + ProcessHandle.current().pid() + "\\_%'")) {
            List<String> names = new ArrayList<>();
            while (rows.next()) {
                names.add(rows.getString(1));
            }
            return names;
        }
    }
}
