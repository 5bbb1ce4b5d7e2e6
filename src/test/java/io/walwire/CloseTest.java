package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Transaction;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ends that the owner asks for. That no thread, slot or connection stays is checked after each test. */
class CloseTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private String slot = "";

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
        slot = database.unique("closing");
    }

    private static Duration timed(Runnable action) {
        long began = System.nanoTime();
        action.run();
        return Duration.ofNanos(System.nanoTime() - began);
    }

    @Test
    void close_idempotent_fromSeveralThreads() throws Exception {
        Walwire walwire = Items.reader(database).slotName(slot).start();
        List<CompletableFuture<Void>> closing = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            closing.add(CompletableFuture.runAsync(walwire::close, task -> new Thread(task, "closer").start()));
        }
        for (CompletableFuture<Void> each : closing) {
            each.get(180, TimeUnit.SECONDS);
        }
        assertThat(walwire.state()).isEqualTo(State.STOPPED);
        walwire.close();
        assertThat(walwire.completion().toCompletableFuture()).isCompleted();
        assertThat(walwire.awaitTermination(Duration.ZERO)).isTrue();
        assertThatThrownBy(() -> walwire.addTables("item"))
                .isInstanceOfSatisfying(WalwireException.class, closed -> assertThat(closed.code())
                        .isEqualTo(ErrorCode.CLOSED));
    }

    @Test
    void close_fromAHandler_returnsAtOnce_transactionIsConfirmed() throws Exception {
        CompletableFuture<Walwire> self = new CompletableFuture<>();
        Recorder<Transaction> handled = new Recorder<>();
        Recorder<State> states = new Recorder<>();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .handler(on -> on.onTransaction(transaction -> {
                    self.join().close();
                    states.add(self.join().state());
                    handled.add(transaction);
                }))
                .start()) {
            self.complete(walwire);
            Items.insert(database, 1, 2);
            assertThat(walwire.awaitTermination(Items.LONG)).isTrue();
            assertThat(walwire.state()).isEqualTo(State.STOPPED);
        }
        assertThat(states.all()).doesNotContain(State.STOPPED, State.FAILED);
        assertThat(handled.all()).hasSize(1);
        Items.awaitConfirmed(database, slot, handled.all().get(0).endLsn());
        assertThat(Items.confirmed(database, slot))
                .isEqualTo(handled.all().get(0).endLsn());
    }

    @Test
    void close_fromAFunction_returnsAtOnce_transactionIsConfirmed() throws Exception {
        CompletableFuture<Walwire> self = new CompletableFuture<>();
        Recorder<Transaction> handled = new Recorder<>();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .handler(on -> {
                    on.table("item").parallel(event -> {
                        self.join().close();
                    });
                    on.onTransaction(handled::add);
                })
                .start()) {
            self.complete(walwire);
            Items.insert(database, 1);
            assertThat(walwire.awaitTermination(Items.LONG)).isTrue();
        }
        Items.awaitConfirmed(database, slot, handled.all().get(0).endLsn());
        assertThat(Items.confirmed(database, slot))
                .isEqualTo(handled.all().get(0).endLsn());
    }

    @Test
    void closeTimeout_interruptsTheHandler_confirmsNothing() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        Gate gate = new Gate();
        Walwire walwire = Items.reader(database)
                .slotName(slot)
                .closeTimeout(Duration.ofMillis(500))
                .handler(on -> on.table("item").onChanges(events -> {
                    gate.open();
                    gate.pass();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                        throw e;
                    }
                }))
                .start();
        Items.insert(database, 1);
        gate.awaitReached();
        assertThat(timed(walwire::close)).isBetween(Duration.ofMillis(500), Duration.ofMinutes(2));
        assertThat(interrupted.await(180, TimeUnit.SECONDS)).isTrue();
        assertThat(walwire.state()).isEqualTo(State.STOPPED);
        Recorder<Long> ids = new Recorder<>();
        try (Walwire again =
                Items.reader(database).slotName(slot).handler(Items.ids(ids)).start()) {
            assertThat(ids.await(1)).containsExactly(1L);
            assertThat(again.state()).isEqualTo(State.STREAMING);
        }
    }

    @Test
    void closeTimeout_handlerThatSwallowsTheInterrupt_confirmsNothing() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch swallowed = new CountDownLatch(1);
        Gate gate = new Gate();
        Walwire walwire = Items.reader(database)
                .slotName(slot)
                .closeTimeout(Duration.ofMillis(100))
                .handler(on -> on.table("item").parallel(event -> {
                    gate.open();
                    gate.pass();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        swallowed.countDown();
                    }
                }))
                .start();
        Items.insert(database, 1);
        gate.awaitReached();
        walwire.close();
        assertThat(swallowed.await(180, TimeUnit.SECONDS)).isTrue();
        Recorder<Long> ids = new Recorder<>();
        try (Walwire again =
                Items.reader(database).slotName(slot).handler(Items.ids(ids)).start()) {
            assertThat(ids.await(1)).containsExactly(1L);
            assertThat(again.state()).isEqualTo(State.STREAMING);
        }
    }

    /** A transaction that an interceptor stored, and that the test's thread now feeds to the handlers. */
    @Test
    void close_whileAStoredTransactionIsProcessed_neverHangs() throws Exception {
        Recorder<Transaction> stored = new Recorder<>();
        Gate gate = new Gate();
        Walwire walwire = Items.reader(database)
                .set("walwire.function.threads", "1")
                .interceptor((transaction, next) -> stored.add(transaction))
                .handler(on -> on.table("item").parallel(event -> gate.pass()))
                .start();
        database.sql("INSERT INTO item SELECT g, 'note' FROM generate_series(1, 10) g");
        Transaction transaction = stored.await(1).get(0);
        CompletableFuture<Void> processing = CompletableFuture.runAsync(() -> process(walwire, transaction));
        gate.awaitReached();
        walwire.close();
        gate.open();
        assertThatThrownBy(() -> processing.get(180, TimeUnit.SECONDS)).cause().isInstanceOf(WalwireException.class);
    }

    private static void process(Walwire walwire, Transaction transaction) {
        try {
            walwire.process(transaction);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void closeDuringReconnect_isPrompt() throws Exception {
        Walwire walwire = Items.reader(database)
                .slotName(slot)
                .closeTimeout(Duration.ofMinutes(5))
                .start();
        database.terminateWalsenders();
        assertThat(timed(walwire::close)).isLessThan(Duration.ofMinutes(2));
        assertThat(walwire.state()).isEqualTo(State.STOPPED);
    }

    /** A new slot waits for every transaction that runs, for hours if need be. */
    @Test
    void start_interruptedWhileTheSlotIsCreated_endsAndLeavesNothing() throws Exception {
        try (Connection open = database.connect();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (1, 'still open')");
            CompletableFuture<Walwire> started = new CompletableFuture<>();
            Thread starter = new Thread(
                    () -> {
                        try {
                            started.complete(Items.reader(database)
                                    .closeTimeout(Duration.ofMinutes(10))
                                    .start());
                        } catch (WalwireException e) {
                            started.completeExceptionally(e);
                        }
                    },
                    "starter");
            starter.start();
            Eventually.until(
                    Items.LONG,
                    () -> database.queryLong("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                    + " AND backend_type = 'walsender' AND wait_event_type = 'Lock'")
                            == 1);
            starter.interrupt();
            assertThatThrownBy(() -> started.get(180, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(WalwireException.class, failure -> assertThat(failure.code())
                            .isEqualTo(ErrorCode.CLOSED));
            Eventually.until(Items.LONG, () -> Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("walwire-")));
        }
    }
}
