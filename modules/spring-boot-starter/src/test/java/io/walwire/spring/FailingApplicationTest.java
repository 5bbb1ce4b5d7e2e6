package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of an application without a web server whose instances fail. */
class FailingApplicationTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        database.sql(
                "CREATE TABLE users (id bigint PRIMARY KEY, note text)",
                "CREATE TABLE orders (id bigint PRIMARY KEY, note text)",
                "CREATE PUBLICATION events FOR ALL TABLES");
    }

    private ApplicationProcess start(String... more) throws IOException {
        List<String> keys = Application.onUrl(
                database,
                Stream.concat(
                                Stream.of(
                                        "walwire.publication=events",
                                        "walwire.failure.retries=0",
                                        "walwire.instances.people.subscriptions=users",
                                        "walwire.instances.trade.subscriptions=orders"),
                                Stream.of(more))
                        .toArray(String[]::new));
        ApplicationProcess process = ApplicationProcess.start(FailingApplication.class, keys);
        process.await("started");
        return process;
    }

    @Test
    void application_goesOnWhileOneInstanceDoes_andEndsWhenTheLastHasFailed() throws Exception {
        try (ApplicationProcess application = start()) {
            database.sql("INSERT INTO users VALUES (1, 'fail')");
            application.await("goes on without the Walwire instance people");
            database.sql("INSERT INTO orders VALUES (1, 'fine')");
            application.await("order 1");
            database.sql("INSERT INTO orders VALUES (2, 'fail')");
            application.await("nothing else keeps the application running");
            assertThat(application.awaitEnd()).isEqualTo(1);
        }
    }

    @Test
    void application_thatIsKeptAlive_goesOn() throws Exception {
        try (ApplicationProcess application = start("spring.main.keep-alive=true")) {
            database.sql("INSERT INTO users VALUES (1, 'fail')", "INSERT INTO orders VALUES (2, 'fail')");
            application.await("goes on without the Walwire instance people");
            application.await("goes on without the Walwire instance trade");
        }
    }
}
