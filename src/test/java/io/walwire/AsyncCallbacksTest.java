package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ConfigurationException;
import io.walwire.event.Lsn;
import io.walwire.event.RowEvent;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.listener.HandlerCall;
import io.walwire.listener.TracingListener;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callbacks that complete later, before a slow asynchronous sender: order, bound, confirmation, end. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class AsyncCallbacksTest {
    private static final Duration LONG = Items.LONG;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final SlowSender sender = SlowSender.byHand();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE other (id int PRIMARY KEY)");
    }

    @AfterEach
    void endSender() {
        sender.close();
    }

    private WalwireBuilder reader(EventHandler handler) {
        return Instances.durable(database).failurePolicy(FailurePolicy.stop()).handler(handler);
    }

    private void insert(int... ids) throws SQLException {
        for (int id : ids) {
            database.sql("INSERT INTO item VALUES (" + id + ")");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8})
    void stages_completeInRandomOrder_positionNeverPassesAnUncompletedOne(int concurrency) throws Exception {
        int count = 50;
        try (Walwire walwire = reader(sender.handler()).concurrency(concurrency).start()) {
            insert(IntStream.range(0, count).toArray());
            sender.awaitBegun(count);
            if (concurrency == 1) {
                assertThat(sender.begun())
                        .as("calls begin in commit order")
                        .isEqualTo(IntStream.range(0, count)
                                .mapToObj(Integer::toString)
                                .toList());
            }
            List<String> order = new ArrayList<>(sender.open());
            Collections.shuffle(order, new Random(11));
            Set<String> done = new HashSet<>();
            int prefix = 0;
            for (String id : order) {
                sender.complete(id);
                done.add(id);
                int before = prefix;
                while (done.contains(Integer.toString(prefix))) {
                    prefix++;
                }
                if (prefix > before) {
                    Lsn last = sender.endOf(Integer.toString(prefix - 1));
                    Eventually.until(LONG, () -> !walwire.status().confirmed().isBefore(last));
                }
                if (prefix < count) {
                    Lsn next = sender.endOf(Integer.toString(prefix));
                    assertThat(walwire.status().confirmed().isBefore(next)).isTrue();
                    if (prefix > before || done.size() % 16 == 0) {
                        assertThat(Instances.confirmed(database).isBefore(next)).isTrue();
                    }
                }
            }
            Lsn last = sender.endOf(Integer.toString(count - 1));
            Eventually.until(LONG, () -> !Instances.confirmed(database).isBefore(last));
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(walwire.status().transactions()).isEqualTo(count);
        }
        SlowSender.assertComeAgain(database);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8})
    void limit_isNeverExceeded_andAllIsHandled(int concurrency) throws Exception {
        try (SlowSender random = SlowSender.atRandom();
                Walwire walwire = reader(random.handler())
                        .concurrency(concurrency)
                        .set("walwire.async.limit", "4")
                        .start()) {
            database.sql("INSERT INTO item SELECT g FROM generate_series(1, 400) g");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(random.mostInFlight()).isBetween(1, 4);
            assertThat(random.completed()).hasSize(400).doesNotHaveDuplicates();
        }
        SlowSender.assertComeAgain(database);
    }

    @Test
    void lanes_nextCallOfAKeyWaitsForTheStage_othersDoNot() throws Exception {
        try (Walwire walwire = reader(on -> on.table("item")
                        .onInsertAsync(sender.callback())
                        .onUpdateAsync(event -> sender.send("update " + SlowSender.id(event), null)))
                .concurrency(2)
                .start()) {
            insert(1);
            sender.awaitBegun(1);
            database.sql("UPDATE item SET note = 'x' WHERE id = 1");
            insert(2, 3, 4);
            assertThat(sender.awaitBegun(4))
                    .as("more keys are in flight than there are lanes")
                    .containsExactlyInAnyOrder("1", "2", "3", "4");
            sender.complete("1");
            sender.awaitBegun(5);
            assertThat(sender.open()).contains("update 1");
            List.copyOf(sender.open()).forEach(sender::complete);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        SlowSender.assertComeAgain(database);
    }

    @Test
    void lanes_truncateAndWholeTransactions_waitForStages() throws Exception {
        Trail trail = new Trail();
        try (Walwire walwire = reader(on -> {
                    on.table("item").onInsertAsync(sender.callback()).onTruncate(trail.events("truncate"));
                    on.onTransaction(tx -> trail.add("transaction"));
                })
                .concurrency(4)
                .start()) {
            database.inTransaction("INSERT INTO item VALUES (1), (2)", "TRUNCATE item");
            sender.awaitBegun(2);
            sender.complete("2");
            assertThat(walwire.status().transactions()).isZero();
            sender.complete("1");
            assertThat(trail.await(2)).containsExactly("truncate: item!", "transaction");
        }
    }

    record Item(int id) {}

    @Test
    void records_filtered_andRowsAreReadableLater() throws Exception {
        List<RowEvent<Item>> kept = Collections.synchronizedList(new ArrayList<>());
        try (Walwire walwire = reader(on -> on.table("item", Item.class)
                        .filter(event -> !"7".equals(Typed.row(event).row().text("id")))
                        .onInsertAsync(event -> {
                            kept.add(event);
                            return sender.send(Integer.toString(event.row().id()), event);
                        }))
                .start()) {
            insert(7, 1, 2);
            assertThat(sender.awaitBegun(2)).containsExactly("1", "2");
            List.of("2", "1").forEach(sender::complete);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(kept).extracting(event -> event.row().id()).containsExactly(1, 2);
        }
    }

    @Test
    void change_getsAllKinds() throws Exception {
        Trail trail = new Trail();
        try (Walwire walwire = reader(on -> on.table("item")
                        .onChangeAsync(event -> {
                            trail.events("change").on(event);
                            return CompletableFuture.completedFuture(null);
                        })
                        .onDeleteAsync(event -> {
                            trail.events("delete").on(event);
                            return CompletableFuture.completedStage("done");
                        }))
                .start()) {
            insert(1, 2);
            database.sql("UPDATE item SET note = 'x' WHERE id = 1", "DELETE FROM item WHERE id = 2", "TRUNCATE item");
            assertThat(trail.await(6))
                    .containsExactly(
                            "change: item+1",
                            "change: item+2",
                            "change: item~1",
                            "change: item-2",
                            "delete: item-2",
                            "change: item!");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        SlowSender.assertComeAgain(database);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void largeTransaction_inParts_isConfirmedWhenTheLastStageHasCompleted(int concurrency) throws Exception {
        try (Walwire walwire = reader(on -> on.table("item").onInsertAsync(event -> switch (SlowSender.id(event)) {
                    case "1", "300" -> sender.send(SlowSender.id(event), event);
                    default -> CompletableFuture.runAsync(() -> {});
                }))
                .concurrency(concurrency)
                .set("walwire.buffer", "64KiB")
                .start()) {
            database.sql("INSERT INTO item SELECT g, repeat('x', 500) FROM generate_series(1, 400) g");
            sender.awaitBegun(1);
            Lsn commit = sender.commitOf("1");
            sender.complete("1");
            sender.awaitBegun(2);
            assertThat(sender.commitOf("300")).isEqualTo(commit);
            assertThat(walwire.status().confirmed().isBefore(commit)).isTrue();
            sender.complete("300");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            Eventually.until(LONG, () -> commit.isBefore(Instances.confirmed(database)));
        }
        SlowSender.assertComeAgain(database);
    }

    @Test
    void gap_comesWhenAllStagesBeforeItHaveCompleted() throws Exception {
        Trail trail = new Trail();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> {
                    on.table("item").onInsertAsync(sender.callback());
                    on.onGap(gap -> trail.add("gap after " + sender.completed()));
                })
                .start()) {
            insert(1);
            sender.awaitBegun(1);
            database.terminateWalsenders();
            Eventually.until(LONG, () -> walwire.status().reconnects() == 1);
            sender.complete("1");
            assertThat(trail.await(1)).containsExactly("gap after [1]");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void interceptor_waitsForTheStagesOfItsTransaction(int concurrency) throws Exception {
        Trail trail = new Trail();
        try (Walwire walwire = reader(sender.handler())
                .concurrency(concurrency)
                .interceptor((transaction, next) -> {
                    next.proceed(transaction);
                    trail.add("after " + sender.completed());
                })
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2)");
            sender.awaitBegun(2);
            sender.complete("2");
            sender.complete("1");
            assertThat(trail.await(1)).containsExactly("after [2, 1]");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
    }

    @Test
    void process_waitsForStages() throws Exception {
        Recorder<byte[]> stored = new Recorder<>();
        try (Walwire walwire = reader(sender.handler())
                .interceptor((transaction, next) -> stored.add(transaction.toBytes()))
                .start()) {
            insert(1);
            byte[] bytes = stored.await(1).get(0);
            CompletableFuture<Void> processing = CompletableFuture.runAsync(() -> {
                try {
                    walwire.process(Walwire.restore(bytes));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            sender.awaitBegun(1);
            assertThat(processing).isNotDone();
            sender.complete("1");
            processing.get(LONG.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void process_withinAnAsyncCallback_isRefused() throws Exception {
        Recorder<Walwire> started = new Recorder<>();
        Recorder<Transaction> taken = new Recorder<>();
        Recorder<String> refused = new Recorder<>();
        EventHandler handler = on -> on.table("item").onInsertAsync(event -> {
            assertThatThrownBy(
                            () -> started.await(1).get(0).process(taken.await(1).get(0)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("An asynchronous callback cannot wait for handlers");
            refused.add("refused");
            return CompletableFuture.completedFuture(null);
        });
        try (Walwire walwire = reader(handler)
                .interceptor((transaction, next) -> {
                    taken.add(transaction);
                    next.proceed(transaction);
                })
                .start()) {
            started.add(walwire);
            insert(1);
            assertThat(refused.await(1)).hasSize(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            walwire.process(taken.await(1).get(0));
            assertThat(refused.await(2)).hasSize(2);
        }
    }

    @Test
    void tracing_ofAListenerThatWasRemoved_ends() throws Exception {
        Recorder<String> ended = new Recorder<>();
        TracingListener failing = call -> new TracingListener.Tracing() {
            @Override
            public void returned() {
                throw new IllegalStateException("no scope");
            }

            @Override
            public void end(HandlerCall ofCall) {
                ended.add(ofCall.handler() + " " + ofCall.outcome());
            }
        };
        try (Walwire walwire = Instances.durable(database)
                .listener(failing)
                .handler("mails", sender.handler())
                .start()) {
            insert(1);
            sender.awaitBegun(1);
            sender.complete("1");
            assertThat(ended.await(1)).containsExactly("mails SUCCEEDED");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
    }

    @Test
    void watch_getsTheEventsWhenTheStagesHaveCompleted() throws Exception {
        Recorder<String> watched = new Recorder<>();
        try (Walwire walwire = reader(sender.handler()).start()) {
            walwire.watch("item").subscribe(event -> watched.add("watched after " + sender.completed()));
            insert(1);
            sender.awaitBegun(1);
            sender.complete("1");
            assertThat(watched.await(1)).containsExactly("watched after [1]");
        }
    }

    @Test
    void sink_isRefused() {
        assertThatThrownBy(() -> reader(sender.handler())
                        .sink(CollectingSink.keeping(null))
                        .start())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("declares an asynchronous callback")
                .hasMessageContaining("the sink CollectingSink");
    }

    @Test
    void checkpoint_isRefused() {
        assertThatThrownBy(() -> reader(sender.handler())
                        .checkpoint(JdbcCheckpoint.of(LetterBox.source(database), "async"))
                        .start())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("declares an asynchronous callback")
                .hasMessageContaining("JdbcCheckpoint");
    }
}
