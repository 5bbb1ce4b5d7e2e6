package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Transaction;
import io.walwire.testing.Eventually;
import io.walwire.testing.HostileContents;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Logical messages: transactional or not, and the context that they give to a transaction's events. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class MessagesTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<Event> messages = new Recorder<>();
    private final Recorder<Transaction> transactions = new Recorder<>();

    @BeforeEach
    void createTable() throws SQLException {
        database.sql("CREATE TABLE t (id int PRIMARY KEY)", "CREATE PUBLICATION p FOR TABLE t");
    }

    private WalwireBuilder builder() {
        return Walwire.builder().url(database.url()).publication("p").handler(on -> on.onMessage("mail", messages::add)
                .onTransaction(transactions::add));
    }

    @Test
    void message_transactional_inItsPlaceAmongTheEvents() throws Exception {
        Recorder<String> calls = new Recorder<>();
        try (Walwire walwire = builder()
                .handler(on -> {
                    on.onMessage("mail", event -> calls.add("message"));
                    on.table("t")
                            .onInsert(event -> calls.add("insert " + event.row().getInt("id")));
                })
                .start()) {
            database.inTransaction("SELECT pg_logical_emit_message(true, 'mail', 'grüße')", "INSERT INTO t VALUES (1)");
            assertThat(calls.await(2)).containsExactly("message", "insert 1");
            assertThat(walwire.status().transactions()).isLessThanOrEqualTo(1);
        }
        Transaction transaction = transactions.await(1).get(0);
        assertThat(transaction.events())
                .extracting(event -> event.kind().jsonName())
                .containsExactly("message", "insert");
        assertThat(transaction.events().get(1).id().index()).isZero();
        Event message = messages.await(1).get(0);
        LogicalMessage received = Typed.message(message).message();
        assertThat(received.text()).isEqualTo("grüße");
        assertThat(received.transactional()).isTrue();
        assertThat(Typed.transaction(message).xid()).isEqualTo(transaction.xid());
        assertThat(message.toJson())
                .contains(
                        "\"name\":null,\"type\":\"message\"",
                        "\"message\":{\"prefix\":\"mail\",\"content\":\"grüße\",\"encoding\":\"utf8\","
                                + "\"transactional\":true,\"lsn\":\"" + received.lsn() + "\"}",
                        "\"index\":null}");
    }

    @Test
    void message_notTransactional_survivesTheRollbackAndHasNoTransaction() throws Exception {
        try (Walwire walwire = builder().start()) {
            try (var connection = database.connect();
                    var statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("INSERT INTO t VALUES (2)");
                statement.execute("SELECT pg_logical_emit_message(false, 'mail', '\\xff00'::bytea)");
                connection.rollback();
            }
            Event message = messages.await(1).get(0);
            assertThat(message.transaction()).isNull();
            assertThat(message.toJson())
                    .contains(
                            "\"content\":\"/wA=\",\"encoding\":\"base64\",\"transactional\":false",
                            "\"timestamp\":null,\"transaction\":null");
            assertThat(transactions.all()).isEmpty();
            assertThat(walwire.status().transactions()).isZero();
        }
    }

    @Test
    void message_notTransactional_holdsTheConfirmedPositionUntilHandled() throws Exception {
        String slot = database.unique("slot");
        var held = new java.util.concurrent.CountDownLatch(1);
        var entered = new java.util.concurrent.CountDownLatch(1);
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("p")
                .slotName(slot)
                .handler(on -> on.onMessage("mail", event -> {
                    entered.countDown();
                    held.await();
                    messages.add(event);
                }))
                .start()) {
            database.sql("SELECT pg_logical_emit_message(false, 'mail', 'x')");
            entered.await();
            var end = Items.currentLsn(database);
            assertThat(walwire.status().confirmed()).isLessThan(end);
            held.countDown();
            LogicalMessage received = Typed.message(messages.await(1).get(0)).message();
            Eventually.until(Items.LONG, () -> !walwire.status().confirmed().isBefore(received.lsn()));
        }
    }

    @Test
    void context_isOnEveryEventOfItsTransactionAlone() throws Exception {
        try (Walwire walwire = builder().start()) {
            database.inTransaction(
                    "SELECT pg_logical_emit_message(true, 'walwire.context', '{\"user\": 7, \"n\": 1.50}')",
                    "INSERT INTO t VALUES (1), (2)");
            database.sql("INSERT INTO t VALUES (3)");
            List<Transaction> both = transactions.await(2);
            assertThat(both.get(0).events()).hasSize(3).allSatisfy(event -> {
                assertThat(Typed.transaction(event).context()).isEqualTo("{\"user\": 7, \"n\": 1.50}");
                assertThat(event.toJson()).contains("\"context\":{\"user\":7,\"n\":1.50}");
            });
            assertThat(both.get(1).events()).allSatisfy(event -> {
                assertThat(Typed.transaction(event).context()).isNull();
                assertThat(event.toJson()).doesNotContain("context");
            });
            Transaction restored = Walwire.restore(both.get(0).toBytes());
            assertThat(restored.events().stream().map(Event::toJson))
                    .isEqualTo(both.get(0).events().stream().map(Event::toJson).toList());
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void context_thatIsNotJson_isAMessageAndNoContext() throws Exception {
        try (Walwire walwire = builder().start()) {
            database.inTransaction(
                    "SELECT pg_logical_emit_message(true, 'walwire.context', 'nobody')", "INSERT INTO t VALUES (1)");
            Transaction transaction = transactions.await(1).get(0);
            assertThat(transaction.events()).hasSize(2).allSatisfy(event -> assertThat(
                            Typed.transaction(event).context())
                    .isNull());
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    /** Any role may send these: neither the reader nor the handler may fail of them, or take long. */
    @Test
    void context_hostile_isAMessageAndNoContext() throws Exception {
        List<String> contents = List.of(
                "{\"n\":1e99999999999}", "[" + HostileContents.digits(1_000_000) + "]", HostileContents.nested(40_000));
        try (Walwire walwire = builder().start()) {
            for (String content : contents) {
                database.inTransaction(
                        "SELECT pg_logical_emit_message(true, 'walwire.context', '" + content + "')",
                        "INSERT INTO t SELECT 1 + count(*) FROM t");
            }
            for (Transaction transaction : transactions.await(3)) {
                assertThat(transaction.events()).hasSize(2).allSatisfy(event -> {
                    assertThat(Typed.transaction(event).context()).isNull();
                    assertThat(event.toJson()).startsWith("{").doesNotContain("\n");
                });
            }
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void messages_off_areNotSent() throws Exception {
        try (Walwire walwire = builder().set("walwire.messages", "false").start()) {
            database.sql("SELECT pg_logical_emit_message(true, 'mail', 'x')", "INSERT INTO t VALUES (1)");
            transactions.await(1);
            assertThat(messages.all()).isEmpty();
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }
}
