package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Transaction;
import io.walwire.lifecycle.State;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which threads wait for handlers, and which ones run them: what a thread does counts, not who made it. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class OwnThreadsTest {
    /** Longer than any test: whoever waits for the close time-out hangs. */
    private static final Duration CLOSE = Duration.ofMinutes(5);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final CompletableFuture<Walwire> self = new CompletableFuture<>();
    private final CompletableFuture<ExecutorService> pool = new CompletableFuture<>();

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
    }

    @AfterEach
    void endPool() throws InterruptedException {
        ExecutorService made = pool.getNow(null);
        if (made != null) {
            made.shutdownNow();
            assertThat(made.awaitTermination(180, TimeUnit.SECONDS)).isTrue();
        }
    }

    private WalwireBuilder reader() {
        return Items.reader(database).closeTimeout(CLOSE);
    }

    /** With a thread that is already started, so that it has inherited all there is to inherit. */
    private void makePool() {
        ExecutorService made = Executors.newSingleThreadExecutor();
        made.execute(() -> {});
        pool.complete(made);
    }

    @ParameterizedTest
    @ValueSource(strings = {"handler", "function", "lane", "subscriber"})
    void poolMadeByUserCode_drains(String by) throws Exception {
        WalwireBuilder builder = reader().concurrency(by.equals("lane") ? 2 : 1);
        switch (by) {
            case "function" -> builder.handler(on -> on.table("item").parallel(event -> makePool()));
            case "subscriber" -> builder.handler(on -> {});
            default -> builder.handler(on -> on.table("item").onInsert(event -> makePool()));
        }
        Walwire walwire = builder.start();
        if (by.equals("subscriber")) {
            walwire.watch("item").subscribe(event -> makePool());
        }
        Items.insert(database, 1);
        assertThat(pool.get(180, TimeUnit.SECONDS)
                        .submit(() -> walwire.drain(Items.LONG))
                        .get(180, TimeUnit.SECONDS))
                .isTrue();
        assertThat(walwire.state()).isEqualTo(State.STOPPED);
    }

    @Test
    void poolMadeByAHandler_closes_andWaitsForHandlers() throws Exception {
        Gate gate = new Gate();
        CountDownLatch handled = new CountDownLatch(1);
        Walwire walwire = reader().handler(on -> on.table("item").onInsert(event -> {
                    makePool();
                    gate.pass();
                    handled.countDown();
                }))
                .start();
        Items.insert(database, 1);
        gate.awaitReached();
        CompletableFuture<Long> leftWhenClosed = CompletableFuture.supplyAsync(
                () -> {
                    walwire.close();
                    return handled.getCount();
                },
                pool.get(180, TimeUnit.SECONDS));
        gate.open();
        assertThat(leftWhenClosed.get(180, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void process_fromAFunction_isRefused() throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        CompletableFuture<Throwable> refused = new CompletableFuture<>();
        try (Walwire walwire = reader().handler(on -> {
                    on.onTransaction(transactions::add);
                    on.table("item").parallel(event -> {
                        if (Items.id(event) == 2) {
                            assertThatThrownBy(() -> self.join()
                                            .process(transactions.all().get(0)))
                                    .satisfies(refused::complete);
                        }
                    });
                })
                .start()) {
            self.complete(walwire);
            Items.insert(database, 1);
            transactions.await(1);
            Items.insert(database, 2);
            assertThat(refused.get(180, TimeUnit.SECONDS))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("function");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
    }

    /** A handler and a function that run because somebody called process(). */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void close_whereProcessCalled_returnsAtOnce(boolean inFunction) throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        CompletableFuture<State> closed = new CompletableFuture<>();
        Walwire walwire = reader().handler(on -> {
                    if (inFunction) {
                        on.table("item").parallel(event -> closed.complete(close()));
                    } else {
                        on.table("item").onInsert(event -> closed.complete(close()));
                    }
                })
                .interceptor((transaction, next) -> transactions.add(transaction))
                .start();
        self.complete(walwire);
        Items.insert(database, 1);
        walwire.process(transactions.await(1).get(0));
        assertThat(closed.get(180, TimeUnit.SECONDS)).isNotNull();
        assertThat(walwire.awaitTermination(Items.LONG)).isTrue();
    }

    private State close() {
        self.join().close();
        return self.join().state();
    }
}
