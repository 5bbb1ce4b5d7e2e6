package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.event.Transaction;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code walwire.origin}: whether changes come that replication brought to the server. */
class OriginTest {
    private static final String ELSEWHERE = "item+1";
    private static final String HERE = "item+2";

    @ParameterizedTest
    @ValueSource(ints = {16, 18})
    void none_foreignTransactionsDoNotCome(int version) throws Exception {
        assertThat(delivered(version, "none")).containsExactly(HERE);
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 18})
    void any_allCome(int version) throws Exception {
        assertThat(delivered(version, "any")).containsExactly(ELSEWHERE, HERE);
    }

    @Test
    void none_onAServerThatCannot() throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(15))) {
            Items.create(database);
            String slot = database.unique("slot");
            StartErrorsTest.assertRefused(
                    Items.reader(database).slotName(slot).set("walwire.origin", "none"),
                    ErrorCode.SERVER,
                    database.name() + "@localhost",
                    "is PostgreSQL 15",
                    "walwire.origin=none needs 16 or later",
                    "walwire.origin=any");
            assertThat(database.slot(slot)).isEmpty();
        }
    }

    /** What comes of a transaction from elsewhere, and then one from here. */
    private static List<String> delivered(int version, String option) throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            Items.create(database);
            String origin = database.unique("origin");
            try (Walwire walwire = Items.reader(database)
                            .set("walwire.origin", option)
                            .handler(on -> on.onTransaction(transactions::add))
                            .start();
                    Connection connection = database.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT pg_replication_origin_create('" + origin + "')");
                statement.execute("SELECT pg_replication_origin_session_setup('" + origin + "')");
                statement.execute("INSERT INTO item VALUES (1)");
                statement.execute("SELECT pg_replication_origin_session_reset()");
                statement.execute("INSERT INTO item VALUES (2)");
                // what comes is in commit order, so that nothing is missing any more once this one is here
                transactions.await(option.equals("none") ? 1 : 2);
                assertThat(walwire.state().isFinal()).isFalse();
                return transactions.all().stream()
                        .map(transaction -> Trail.line(transaction.events().get(0)))
                        .toList();
            } finally {
                database.sql("SELECT pg_replication_origin_drop('" + origin + "')");
            }
        }
    }
}
