package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A role without any right notifies the channel of a reader in a process with a small heap. */
class TriggerFloodTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @Test
    void notifications_ofOneTransaction_largerThanTheHeap_doNotEndAReader() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY)");
        String nobody = database.role("LOGIN PASSWORD 'secret'");
        try (TailProcess tail = new TailProcess(List.of(
                        "--url",
                        database.url(),
                        "--subscriptions",
                        "item",
                        "--set",
                        "walwire.source=triggers",
                        "--set",
                        "walwire.triggers.manage=true"));
                Connection connection = database.server().connect(database.name(), nobody, "secret");
                Statement statement = connection.createStatement()) {
            tail.awaitStreaming();
            // again, since a reader that has just begun does not listen yet
            Eventually.until(Items.LONG, () -> {
                statement.execute("SELECT count(pg_notify('walwire_cf74ded27be5b497', i || repeat('x', 7900)))"
                        + " FROM generate_series(1, 60000) i");
                return tail.logged().stream().anyMatch(line -> line.contains("more notifications came at once"));
            });
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(tail.printed().await(1)).singleElement().satisfies(line -> assertThat(line)
                    .contains("item"));
            assertThat(tail.logged()).noneMatch(line -> line.contains("OutOfMemory"));
        }
    }
}
