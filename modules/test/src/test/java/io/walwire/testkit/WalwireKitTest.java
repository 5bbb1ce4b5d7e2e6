package io.walwire.testkit;

import static io.walwire.testkit.WalwireKit.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.event.Change;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.GapEvent;
import io.walwire.event.Kind;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.DeadLetter;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Recorder;
import io.walwire.watch.WatchEvent;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Handlers and watches without a database. */
class WalwireKitTest {
    private static final Instant TIME = Instant.parse("2026-02-03T04:05:06.789012Z");
    private static final Map<String, @Nullable Object> ANN = row("id", 1, "email", "ann@b.c", "plan", "free");

    private final Recorder<String> heard = new Recorder<>();
    private final EventHandler handler = on -> on.table("users").onChange(event -> heard.add(described(event)));

    private static String described(Event event) {
        return event.kind().jsonName()
                + (event instanceof RowEvent<?> row ? " " + ((Row) row.row()).getLong("id") : "");
    }

    private WalwireKitBuilder users() {
        return WalwireKit.builder()
                .table("users", t -> t.column("id", "int8")
                        .column("email", "text")
                        .column("plan", "varchar(20)")
                        .primaryKey("id"))
                .handler(handler);
    }

    @Test
    void changes_reachHandlersInOrder_andAreConfirmed() {
        try (WalwireKit kit = users().start()) {
            Committed first = kit.commit(tx -> tx.insert("users", ANN)
                    .update("users", ANN, row("plan", "pro"))
                    .delete("users", row("id", 1))
                    .truncate("users"));
            Committed second = kit.commit(tx -> tx.insert("users", row("id", 2)));
            kit.awaitHandled();
            assertThat(heard.all()).containsExactly("insert 1", "update 1", "delete 1", "truncate", "insert 2");
            assertThat(kit.delivered()).hasSize(5);
            assertThat(kit.delivered("users").get(4).id()).isEqualTo(new EventId(second.commitLsn(), 0));
            assertThat(kit.transactions()).hasSize(2);
            assertThat(kit.isConfirmed(first)).isTrue();
            assertThat(kit.confirmed()).isEqualTo(second.endLsn());
            assertThat(kit.walwire().status().transactions()).isEqualTo(2);
        }
    }

    @Test
    void json_isThatOfARealStream() throws IOException {
        try (WalwireKit kit = WalwireKit.builder()
                .database("shop")
                .table("billing.invoice", t -> t.column("id", "bigint")
                        .column("total", "numeric(10,2)")
                        .column("state", "invoice_state")
                        .replicaIdentity(ReplicaIdentity.FULL)
                        .primaryKey("id"))
                .start()) {
            Committed committed = kit.commit(tx -> tx.timestamp(TIME)
                    .origin("elsewhere")
                    .message("walwire.context", "{\"by\": 7}")
                    .update(
                            "billing.invoice",
                            row("id", 5, "total", new java.math.BigDecimal("1.50"), "state", "open"),
                            row("state", "paid")));
            kit.awaitHandled();
            Event event = kit.delivered("billing.invoice").get(0);
            JsonNode json = new ObjectMapper().readTree(event.toJson());
            assertThat(json).isEqualTo(new ObjectMapper().readTree("""
                            {"name": "invoice", "type": "update",
                             "source": {"name": "Walwire", "version": "%s", "db": "shop", "schema": "billing",
                               "table": "invoice",
                               "columns": {"id": "int8", "total": "numeric", "state": "invoice_state"}},
                             "key": {"id": 5}, "new_record": {"id": 5, "total": 1.50, "state": "paid"},
                             "old_record": null,
                             "changes": {"state": {"old_value": "open", "new_value": "paid"}}, "unavailable": [],
                             "timestamp": "2026-02-03T04:05:06.789012Z",
                             "transaction": {"xid": %d, "commit_lsn": "%s", "end_lsn": "%s", "index": 0},
                             "context": {"by": 7}, "origin": "elsewhere"}""".formatted(
                    event.source().version(), committed.xid(), committed.commitLsn(), committed.endLsn())));
        }
    }

    @Test
    void oldValues_areSentAsTheIdentitySays() {
        try (WalwireKit kit = users().table("log", t -> t.column("line", "text"))
                .table("bin", t -> t.column("id", "int4")
                        .column("body", "text")
                        .column("n", "int4")
                        .replicaIdentityIndex("id"))
                .start()) {
            kit.commit(tx -> tx.update("users", ANN, row("plan", "pro"))
                    .update("users", ANN, row("id", 2))
                    .insert("log", row("line", "x"))
                    .update("bin", row("id", 1, "body", "long"), row("body", WalwireKit.UNCHANGED, "n", 3)));
            kit.awaitHandled();
            List<Event> events = kit.delivered();
            assertThat(((RowEvent<?>) events.get(0)).changes()).isNull();
            assertThat(Objects.requireNonNull(((RowEvent<?>) events.get(1)).changes())
                            .list())
                    .extracting(Change::column)
                    .containsExactly("id");
            assertThat(events.get(3).toJson()).contains("\"unavailable\":[\"body\"]");
            assertThatThrownBy(() -> kit.commit(tx -> tx.delete("log", row("line", "x"))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no replica identity");
        }
    }

    @Test
    void handlerThatFails_isTriedAgain_asItsPolicySays() {
        FailurePolicy policy = FailurePolicy.retry(3, Duration.ofMillis(1), Duration.ofMillis(2));
        try (WalwireKit kit =
                users().configure(builder -> builder.failurePolicy(policy)).start()) {
            kit.failCalls(handler, 2, new IOException("away"));
            kit.commit(tx -> tx.insert("users", ANN));
            kit.awaitHandled();
            assertThat(heard.all()).containsExactly("insert 1");
            kit.failAfterCalls(handler, 1, new IOException("no answer"));
            kit.commit(tx -> tx.delete("users", ANN));
            kit.awaitHandled();
            assertThat(heard.all()).containsExactly("insert 1", "delete 1", "delete 1");
            assertThat(kit.walwire().status().retries()).isEqualTo(3);
        }
    }

    @Test
    void handlerThatFailsForGood_endsTheInstance_andAllComesAgainAfterARestart() {
        try (WalwireKit kit = users().start()) {
            kit.failAfterCalls(handler, 1, new IOException("crash"));
            Committed committed = kit.commit(tx -> tx.insert("users", ANN));
            assertThat(kit.awaitFailure()).hasMessageContaining("crash");
            assertThat(kit.isConfirmed(committed)).isFalse();
            assertThat(kit.delivered()).isEmpty();
            kit.restart();
            kit.awaitHandled();
            assertThat(heard.all()).containsExactly("insert 1", "insert 1");
            assertThat(kit.delivered()).hasSize(1);
            assertThat(kit.isConfirmed(committed)).isTrue();
        }
    }

    @Test
    void connectionLostInATransaction_bringsItAnew_once() {
        try (WalwireKit kit = users().start()) {
            kit.commit(tx -> tx.insert("users", row("id", 1)));
            kit.commit(tx -> tx.insert("users", row("id", 2)).connectionLost().insert("users", row("id", 3)));
            kit.commit(tx -> tx.insert("users", row("id", 4)));
            kit.awaitHandled();
            assertThat(heard.all()).containsExactly("insert 1", "insert 2", "insert 3", "insert 4");
            assertThat(kit.walwire().status().reconnects()).isEqualTo(1);
        }
    }

    @Test
    void offline_nothingArrives_untilOnline() {
        try (WalwireKit kit = users().start()) {
            kit.goOffline();
            kit.commit(tx -> tx.insert("users", row("id", 1)));
            assertThatThrownBy(() -> kit.awaitHandled(Duration.ofMillis(200)))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("after 200 ms");
            assertThat(heard.all()).isEmpty();
            kit.goOnline();
            kit.awaitHandled();
            assertThat(heard.all()).containsExactly("insert 1");
        }
    }

    @Test
    void disconnect_atRest_losesNothing() {
        try (WalwireKit kit = users().start()) {
            kit.disconnect();
            kit.commit(tx -> tx.insert("users", row("id", 1)));
            kit.awaitHandled();
            assertThat(heard.all()).containsExactly("insert 1");
        }
    }

    @Test
    void restartBefore_bringsATransactionAgain_withTheSameIdentities() {
        try (WalwireKit kit = users().start()) {
            kit.commit(tx -> tx.insert("users", row("id", 1)));
            Committed second = kit.commit(tx -> tx.insert("users", row("id", 2)));
            kit.commit(tx -> tx.insert("users", row("id", 3)));
            kit.awaitHandled();
            List<EventId> before = ids(kit);
            kit.forgetDelivered();
            kit.restartBefore(second);
            kit.awaitHandled();
            assertThat(heard.all()).containsExactly("insert 1", "insert 2", "insert 3", "insert 2", "insert 3");
            assertThat(ids(kit)).isEqualTo(before.subList(1, 3));
        }
    }

    private static List<EventId> ids(WalwireKit kit) {
        return kit.delivered().stream().map(Event::id).toList();
    }

    @Test
    void namedHandler_isKnownByItsNameInDeadLetters() throws Exception {
        Recorder<DeadLetter> letters = new Recorder<>();
        FailurePolicy policy = FailurePolicy.deadLetter(letters::add);
        assertThatThrownBy(() -> users().handler(on -> {}, policy).start()).isInstanceOf(ConfigurationException.class);
        EventHandler failing = on -> on.table("users").onInsert(event -> {
            throw new IllegalStateException("no");
        });
        try (WalwireKit kit = users().handler("failing", failing, policy)
                .handler("other", on -> {})
                .start()) {
            kit.commit(tx -> tx.insert("users", ANN));
            kit.awaitHandled();
            assertThat(letters.all()).extracting(DeadLetter::handler).containsExactly("failing");
        }
    }

    @Test
    void lostSlot_isAGap() {
        try (WalwireKit kit = users().start()) {
            kit.commit(tx -> tx.insert("users", row("id", 1)));
            kit.awaitHandled();
            kit.goOffline();
            kit.commit(tx -> tx.insert("users", row("id", 2)));
            kit.loseSlot();
            kit.goOnline();
            kit.commit(tx -> tx.insert("users", row("id", 3)));
            kit.awaitHandled();
            assertThat(heard.all()).containsExactly("insert 1", "insert 3");
            assertThat(kit.delivered()).extracting(Event::kind).containsExactly(Kind.INSERT, Kind.GAP, Kind.INSERT);
            assertThat(((GapEvent) kit.delivered().get(1)).gap().reason()).contains("as the test wanted");
        }
    }

    @Test
    void watch_hearsOfItsRows_andOfGaps() {
        Recorder<WatchEvent> delivered = new Recorder<>();
        try (WalwireKit kit = users().start()) {
            kit.walwire().watch("users").key(1L).subscribe(Runnable::run, delivered::add);
            kit.commit(tx -> tx.insert("users", row("id", 2)).insert("users", row("id", 1)));
            kit.awaitHandled(); // what the slot has not sent is lost with it
            kit.loseSlot();
            kit.awaitHandled();
            assertThat(delivered.all())
                    .extracting(WatchEvent::toJson)
                    .satisfiesExactly(first -> assertThat(first).contains("\"id\":1"), second -> assertThat(second)
                            .contains("as the test wanted"));
            assertThatThrownBy(() -> kit.walwire().watch("user").subscribe(delivered::add))
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContaining("user");
        }
    }

    @Test
    void changedTable_bringsASchemaEvent() {
        EventHandler schemas = on -> on.table("users").onSchema(event -> heard.add("schema"));
        try (WalwireKit kit = users().handler(schemas).start()) {
            kit.commit(tx -> tx.insert("users", row("id", 1)));
            kit.table(
                    "users", t -> t.column("id", "int8").column("name", "text").primaryKey("id"));
            kit.commit(tx -> tx.insert("users", row("id", 2, "name", "Bo")));
            kit.awaitHandled();
            assertThat(heard.all()).containsExactly("insert 1", "schema", "insert 2");
        }
    }

    @Test
    void messages_comeInTheirPlace() {
        EventHandler messages = on ->
                on.onMessage(event -> heard.add(String.valueOf(event.message().text())));
        try (WalwireKit kit = users().handler(messages).start()) {
            kit.commit(tx -> tx.message("a", "inside").insert("users", ANN));
            kit.message("a", "outside");
            kit.awaitHandled();
            assertThat(heard.all()).containsExactly("inside", "insert 1", "outside");
        }
    }

    @Test
    void largeTransaction_comesInParts() {
        try (WalwireKit kit = users().configure(builder -> builder.set("walwire.buffer", "1MiB"))
                .start()) {
            String mail = "x".repeat(1_000);
            Committed committed = kit.commit(tx -> {
                for (int i = 0; i < 1_000; i++) {
                    tx.insert("users", row("id", i, "email", mail));
                }
            });
            kit.awaitHandled();
            assertThat(heard.all()).hasSize(1_000);
            assertThat(kit.transactions())
                    .hasSizeGreaterThan(2)
                    .allMatch(part -> committed.commitLsn().equals(part.commitLsn()));
        }
    }

    @Test
    void awaitHandled_ofABusyHandler_saysWhatItIsBusyWith() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        EventHandler slow = on -> on.table("users").onInsert(event -> {
            entered.countDown();
            gate.await();
        });
        try (WalwireKit kit = users().handler(slow).start()) {
            kit.commit(tx -> tx.insert("users", ANN));
            entered.await();
            assertThatThrownBy(() -> kit.awaitHandled(Duration.ofMillis(200)))
                    .hasMessageContainingAll("after 200 ms", "1 x insert public.users");
            gate.countDown();
        }
    }

    @Test
    void onFailure_isCalledAsWithAServer() throws Exception {
        CompletableFuture<WalwireException> heard = new CompletableFuture<>();
        EventHandler failing = on -> on.table("users").onInsert(event -> {
            throw new IOException("no answer");
        });
        try (WalwireKit kit = users().handler(failing)
                .configure(builder -> builder.onFailure(heard::complete))
                .start()) {
            kit.commit(tx -> tx.insert("users", ANN));
            assertThat(heard.get(180, TimeUnit.SECONDS)).isSameAs(kit.awaitFailure());
        }
    }

    @Test
    void mistakes_areReportedWithWhatThereIs() {
        assertThatThrownBy(() -> WalwireKit.builder().handler(handler).start())
                .hasMessageContainingAll("public.users", "table(");
        try (WalwireKit kit = users().start()) {
            assertThatThrownBy(() -> kit.commit(tx -> tx.insert("user", ANN)))
                    .hasMessageContainingAll("no table public.user", "public.users");
            assertThatThrownBy(() -> kit.commit(tx -> tx.insert("users", row("mail", "x"))))
                    .hasMessageContainingAll("no column mail", "email");
            assertThatThrownBy(() -> kit.commit(tx -> tx.insert("users", row("id", new Object()))))
                    .hasMessageContainingAll("java.lang.Object", "int8", "as text");
            assertThatThrownBy(() -> kit.failCalls(on -> {}, 1, new IOException()))
                    .hasMessageContaining("same object");
            kit.awaitHandled();
            assertThat(kit.delivered()).isEmpty();
        }
        assertThatThrownBy(() -> row("id")).hasMessageContaining("missing");
        assertThatThrownBy(() -> row(1, 2)).hasMessageContaining("name");
    }

    @Test
    void close_ofAnInstanceThatFailedUnnoticed_fails() throws InterruptedException {
        WalwireKit kit = users().start();
        kit.failCalls(handler, 1, new IOException("away"));
        kit.commit(tx -> tx.insert("users", ANN));
        try {
            kit.walwire().awaitTermination(Duration.ofMinutes(3));
        } catch (WalwireException e) {
            assertThat(e).hasMessageContaining("away");
        }
        assertThatThrownBy(kit::close).isInstanceOf(AssertionError.class).hasMessageContaining("away");
    }
}
