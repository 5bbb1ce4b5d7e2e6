package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.event.Transaction;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The main path, on every version of PostgreSQL. */
class EndToEndTest {
    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void changes_arriveInTransactions_withOldAndNewValues(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            database.sql(
                    "CREATE TABLE \"user\" (id int PRIMARY KEY, email text, created_at timestamptz)",
                    "ALTER TABLE \"user\" REPLICA IDENTITY FULL",
                    "CREATE PUBLICATION events FOR ALL TABLES");
            Recorder<Transaction> transactions = new Recorder<>();
            String slot = database.unique("slot");
            try (Walwire walwire = Walwire.builder()
                    .url(database.url())
                    .publication("events")
                    .slotName(slot)
                    .handler(on -> on.onTransaction(transactions::add))
                    .start()) {
                database.inTransaction(
                        "INSERT INTO \"user\" VALUES (1, 'a@old', '2024-02-29 12:00:00.5+00')",
                        "UPDATE \"user\" SET email = 'a@new'",
                        "DELETE FROM \"user\"");
                Transaction transaction = transactions.await(1).get(0);
                assertThat(transaction.events())
                        .extracting(event -> event.kind().jsonName())
                        .containsExactly("insert", "update", "delete");
                Lsn end = Objects.requireNonNull(transaction.endLsn());
                Event update = transaction.events().get(1);
                assertThat(update.toJson())
                        .contains(
                                "\"key\":{\"id\":1}",
                                "\"new_record\":{\"id\":1,\"email\":\"a@new\",\"created_at\":\"2024-02-29T12:00:00.5Z\"}",
                                "\"old_record\":null",
                                "\"changes\":{\"email\":{\"old_value\":\"a@old\",\"new_value\":\"a@new\"}}",
                                "\"index\":1}");
                Eventually.until(Duration.ofMinutes(3), () -> !Objects.requireNonNull(Items.confirmed(database, slot))
                        .isBefore(end));
                assertThat(walwire.status().transactions()).isEqualTo(1);
            }
        }
    }
}
