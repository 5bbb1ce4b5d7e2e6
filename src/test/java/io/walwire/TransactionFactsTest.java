package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Lsn;
import io.walwire.event.Transaction;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What an event knows of its transaction: positions, time, id, origin; and that it keeps its name for good. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class TransactionFactsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<Transaction> transactions = new Recorder<>();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "CREATE TABLE other (id int PRIMARY KEY)");
    }

    private WalwireBuilder recording() {
        return Instances.durable(database).handler(on -> on.onTransaction(transactions::add));
    }

    private static Instant instant(String iso) {
        return Instant.parse(iso);
    }

    private Instant serverTime() throws SQLException {
        return instant(database.queryString(
                "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"));
    }

    @Test
    void facts_areTheServersOwn() throws Exception {
        try (Walwire walwire = recording().start()) {
            Instant before = serverTime();
            Lsn start = Items.currentLsn(database);
            long[] xid = new long[1];
            database.inTransaction(connection -> {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("INSERT INTO item VALUES (1), (2)");
                    try (ResultSet row = statement.executeQuery("SELECT pg_current_xact_id()::text")) {
                        row.next();
                        xid[0] = Long.parseLong(row.getString(1)) & 0xFFFF_FFFFL;
                    }
                }
            });
            Instant after = serverTime();
            Lsn end = Items.currentLsn(database);
            Transaction transaction = transactions.await(1).get(0);
            assertThat(transaction.xid()).isEqualTo(xid[0]);
            assertThat(transaction.timestamp()).isBetween(before, after);
            assertThat(transaction.commitLsn()).isGreaterThan(start).isLessThan(end);
            assertThat(transaction.endLsn())
                    .isGreaterThan(transaction.commitLsn())
                    .isLessThanOrEqualTo(end);
            assertThat(transaction.origin()).isNull();
            assertThat(transaction.part()).isZero();
            assertThat(transaction.isLast()).isTrue();
            Event second = transaction.events().get(1);
            assertThat(Typed.transaction(second).xid()).isEqualTo(transaction.xid());
            assertThat(Typed.transaction(second).timestamp()).isEqualTo(transaction.timestamp());
            assertThat(Typed.transaction(second).commitLsn()).isEqualTo(transaction.commitLsn());
            assertThat(Typed.transaction(second).endLsn()).isEqualTo(transaction.endLsn());
            assertThat(second.id().index()).isEqualTo(1);
            assertThat(second.id()).isEqualTo(new EventId(Objects.requireNonNull(transaction.commitLsn()), 1));
            assertThat(second.toJson())
                    .endsWith("\"transaction\":{\"xid\":" + xid[0] + ",\"commit_lsn\":\"" + transaction.commitLsn()
                            + "\",\"end_lsn\":\"" + transaction.endLsn() + "\",\"index\":1}}")
                    .doesNotContain("\"origin\"");
            String printed = second.toJson().replaceFirst(".*\"timestamp\":\"([^\"]+)\".*", "$1");
            assertThat(instant(printed)).isEqualTo(transaction.timestamp());
        }
    }

    @Test
    void events_listIsUnmodifiable() throws Exception {
        try (Walwire walwire = recording().start()) {
            database.sql("INSERT INTO item VALUES (1)");
            List<Event> events = transactions.await(1).get(0).events();
            assertThatThrownBy(events::clear).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void commitOrder_isTheOrderOfTransactions() throws Exception {
        try (Walwire walwire = recording().start();
                Connection early = database.connect();
                Statement statement = early.createStatement()) {
            early.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (1)");
            database.sql("INSERT INTO item VALUES (2)");
            early.commit();
            List<Transaction> both = transactions.await(2);
            assertThat(both.stream().map(tx -> Trail.line(tx.events().get(0)))).containsExactly("item+2", "item+1");
            assertThat(both.get(0).commitLsn()).isLessThan(both.get(1).commitLsn());
            assertThat(both.get(0).xid()).isGreaterThan(both.get(1).xid());
        }
    }

    @Test
    void emptyTransactions_areNotDelivered_butConfirmed() throws Exception {
        try (Walwire walwire = recording().subscriptions("item").start()) {
            database.sql("CREATE TABLE later (id int)", "INSERT INTO other VALUES (1)");
            database.inTransaction(
                    "SAVEPOINT s", "INSERT INTO item VALUES (1)", "ROLLBACK TO s", "INSERT INTO other VALUES (2)");
            Lsn position = Items.currentLsn(database);
            Eventually.until(LONG, () -> Instances.confirmed(database).compareTo(position) >= 0);
            assertThat(transactions.all()).isEmpty();
            assertThat(walwire.status().transactions()).isZero();
            database.sql("INSERT INTO item VALUES (3)");
            assertThat(transactions.await(1)).hasSize(1);
        }
    }

    @Test
    void ids_areTheSameOnRedelivery() throws Exception {
        Recorder<String> first = new Recorder<>();
        try (Walwire walwire = Instances.durable(database)
                .handler(on -> on.onTransaction(transaction -> {
                    transaction.events().forEach(event -> first.add(event.toJson()));
                    throw new IllegalStateException("not today");
                }))
                .failurePolicy(FailurePolicy.stop())
                .start()) {
            database.inTransaction(
                    "INSERT INTO other VALUES (1)",
                    "INSERT INTO item VALUES (1, 'a')",
                    "UPDATE item SET name = 'b', id = 2",
                    "DELETE FROM other");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG)).isInstanceOf(WalwireException.class);
        }
        try (Walwire walwire = recording().start()) {
            List<Event> again = transactions.await(1).get(0).events();
            assertThat(again).extracting(Event::toJson).isEqualTo(first.all()).hasSize(4);
            assertThat(again).extracting(Event::id).isSorted().doesNotHaveDuplicates();
        }
    }

    @Test
    void ids_areTheSameUnderOtherSubscriptions() throws Exception {
        try (Walwire walwire = recording()
                .interceptor((transaction, next) -> {
                    next.proceed(transaction);
                    throw new IllegalStateException("not today");
                })
                .start()) {
            database.inTransaction(
                    "INSERT INTO other VALUES (1)", "INSERT INTO item VALUES (1)", "INSERT INTO other VALUES (2)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG)).isInstanceOf(WalwireException.class);
        }
        try (Walwire walwire = recording().subscriptions("item").start()) {
            List<Transaction> both = transactions.await(2);
            EventId whole = both.get(0).events().get(1).id();
            assertThat(both.get(1).events()).extracting(Event::id).containsExactly(whole);
            assertThat(whole.index()).isEqualTo(1);
            assertThat(whole).hasToString(whole.position() + "#1");
        }
    }

    @Test
    void handledTransaction_doesNotComeAgainAfterARestart() throws Exception {
        try (Walwire walwire = recording().start()) {
            database.sql("INSERT INTO item VALUES (1)");
            transactions.await(1);
        }
        try (Walwire walwire = recording().start()) {
            database.sql("INSERT INTO item VALUES (2)");
            assertThat(transactions.await(2).stream()
                            .map(tx -> Trail.line(tx.events().get(0))))
                    .containsExactly("item+1", "item+2");
        }
    }

    @Test
    void origin_isNamedWhereThereIsOne() throws Exception {
        String origin = database.unique("origin");
        try (Walwire walwire = recording().start()) {
            try (Connection connection = database.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT pg_replication_origin_create('" + origin + "')");
                statement.execute("SELECT pg_replication_origin_session_setup('" + origin + "')");
                statement.execute("INSERT INTO item VALUES (1)");
                statement.execute("SELECT pg_replication_origin_session_reset()");
                statement.execute("INSERT INTO item VALUES (2)");
                List<Transaction> both = transactions.await(2);
                assertThat(both.get(0).origin()).isEqualTo(origin);
                Event event = both.get(0).events().get(0);
                assertThat(Typed.transaction(event).origin()).isEqualTo(origin);
                assertThat(event.toJson()).endsWith(",\"origin\":\"" + origin + "\"}");
                assertThat(both.get(1).origin()).isNull();
            } finally {
                database.sql("SELECT pg_replication_origin_drop('" + origin + "')");
            }
        }
    }

    @Test
    void origin_ofALargeTransaction_isInEveryPart() throws Exception {
        String origin = database.unique("origin");
        try (Walwire walwire = recording().set("walwire.buffer", "64KiB").start()) {
            try (Connection connection = database.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT pg_replication_origin_create('" + origin + "')");
                statement.execute("SELECT pg_replication_origin_session_setup('" + origin + "')");
                statement.execute("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, 500) g");
                statement.execute("SELECT pg_replication_origin_session_reset()");
                Eventually.until(LONG, () -> transactions.all().stream().anyMatch(Transaction::isLast));
                assertThat(transactions.all())
                        .hasSizeGreaterThan(2)
                        .allMatch(part -> Objects.equals(part.origin(), origin));
            } finally {
                database.sql("SELECT pg_replication_origin_drop('" + origin + "')");
            }
        }
    }

    @Test
    void event_outlivesTheInstance_andIsReadByManyThreads() throws Exception {
        Event event;
        try (Walwire walwire = recording().start()) {
            database.sql("INSERT INTO item VALUES (1, 'a')");
            event = transactions.await(1).get(0).events().get(0).detach();
        }
        String json = event.toJson();
        List<String> read = java.util.stream.IntStream.range(0, 200)
                .parallel()
                .mapToObj(i -> event.toJson())
                .distinct()
                .toList();
        assertThat(read).containsExactly(json);
        assertThat(json).contains("\"new_record\":{\"id\":1,\"name\":\"a\"}");
    }
}
