package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.event.Transaction;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.connection.slot.GapNote;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Handlers side by side, and what else there is of an instance: interceptors, functions, process, gaps, checkpoints. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LanesWithOthersTest {
    private static final Duration LONG = Items.LONG;
    private static final Duration NEVER = Duration.ofDays(365_000);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws SQLException {
        Items.create(database);
    }

    private WalwireBuilder lanes(int concurrency) {
        return Items.reader(database)
                .slotName(Instances.slot(database))
                .concurrency(concurrency)
                .closeTimeout(Duration.ofSeconds(5));
    }

    @Test
    void handlerInALane_mayClose_butNotWaitForItself() throws Exception {
        Recorder<String> refused = new Recorder<>();
        Recorder<Walwire> started = new Recorder<>();
        Walwire walwire = lanes(2).handler(on -> on.table("item").onInsert(event -> {
                    Walwire own = started.await(1).get(0);
                    for (Action action :
                            List.<Action>of(() -> own.drain(LONG), () -> own.awaitPosition(Lsn.ZERO, LONG))) {
                        try {
                            action.run();
                            refused.add("not refused");
                        } catch (IllegalStateException e) {
                            refused.add("refused");
                        }
                    }
                    own.close();
                }))
                .start();
        started.add(walwire);
        Items.insert(database, 1);
        assertThat(walwire.awaitTermination(LONG)).isTrue();
        assertThat(refused.all()).containsExactly("refused", "refused");
    }

    private interface Action {
        void run() throws InterruptedException;
    }

    @Test
    void interceptor_isAroundAllLanesOfItsTransaction() throws Exception {
        Trail trail = new Trail();
        CyclicBarrier both = new CyclicBarrier(2);
        try (Walwire walwire = lanes(2).interceptor((transaction, next) -> {
                    trail.add("before");
                    next.proceed(transaction);
                    trail.add("after");
                })
                .handler(on -> on.table("item").onInsert(event -> {
                    both.await(180, TimeUnit.SECONDS);
                    trail.add("in");
                }))
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2)", "INSERT INTO item VALUES (3), (4)");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(trail.await(8)).containsExactly("before", "in", "in", "after", "before", "in", "in", "after");
        }
    }

    @Test
    void interceptor_seesAHandlersFailure_andOtherKeysOfTheTransactionAreDone() throws Exception {
        Recorder<Throwable> seen = new Recorder<>();
        Recorder<Long> ids = new Recorder<>();
        Walwire walwire = lanes(2).failurePolicy(FailurePolicy.stop())
                .interceptor((transaction, next) -> {
                    try {
                        next.proceed(transaction);
                    } catch (WalwireException e) {
                        seen.add(e);
                        throw e;
                    }
                })
                .handler(on -> on.table("item").onInsert(event -> {
                    if (Items.id(event) == 1) {
                        throw new IllegalStateException("no 1");
                    }
                    ids.add(Items.id(event));
                }))
                .start();
        database.sql("INSERT INTO item VALUES (1), (2)");
        assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining("no 1");
        walwire.close();
        assertThat(seen.all())
                .singleElement()
                .extracting(Throwable::getMessage)
                .asString()
                .contains("no 1");
        assertThat(ids.all()).containsExactly(2L);
    }

    @Test
    void process_runsAlone_andIsRefusedInALane() throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        Recorder<String> calls = new Recorder<>();
        Recorder<Walwire> started = new Recorder<>();
        Gate gate = new Gate();
        try (Walwire walwire = lanes(4).handler(on -> {
                    on.table("item").onInsert(event -> {
                        if (Items.id(event) == 2) {
                            gate.pass();
                            try {
                                started.all().get(0).process(transactions.all().get(0));
                            } catch (IllegalStateException e) {
                                calls.add("refused");
                            }
                        }
                        calls.add(Long.toString(Items.id(event)));
                    });
                    on.onTransaction(transactions::add);
                })
                .start()) {
            started.add(walwire);
            Items.insert(database, 1);
            transactions.await(1);
            Items.insert(database, 2);
            gate.awaitReached();
            Thread other = new Thread(() -> {
                try {
                    walwire.process(transactions.all().get(0));
                    calls.add("processed");
                } catch (InterruptedException e) {
                    calls.add("interrupted");
                }
            });
            other.start();
            gate.open();
            other.join();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(calls.all()).containsExactly("1", "refused", "2", "1", "processed");
        }
    }

    @Test
    void gap_waitsForAllLanes() throws Exception {
        Gate gate = new Gate();
        Recorder<String> calls = new Recorder<>();
        try (Walwire walwire = Items.reader(database)
                .concurrency(4)
                .handler(on -> {
                    on.table("item").onInsert(event -> {
                        if (Items.id(event) == 1) {
                            gate.pass();
                        }
                        calls.add(Long.toString(Items.id(event)));
                    });
                    on.onGap(gap -> calls.add("gap"));
                })
                .start()) {
            Items.insert(database, 1, 2);
            gate.awaitReached();
            calls.await(1);
            database.terminateWalsenders();
            Eventually.until(LONG, () -> walwire.status().reconnects() == 1);
            Items.insert(database, 3);
            gate.open();
            assertThat(calls.await(4)).containsExactly("2", "1", "gap", "3");
        }
    }

    /** Otherwise the next start would deliver it again. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void gap_ofADurableSlot_onceDelivered_itsNoteIsRemoved(int concurrency) throws Exception {
        String slot = Instances.slot(database);
        lanes(1).start().close();
        try (Connection connection = database.connect()) {
            GapNote.write(connection, slot, Items.currentLsn(database));
            Recorder<String> calls = new Recorder<>();
            try (Walwire walwire = lanes(concurrency)
                    .handler(on -> {
                        on.table("item").batch(1, NEVER, events -> calls.add("batch"));
                        on.onGap(gap -> calls.add("gap"));
                    })
                    .start()) {
                Items.insert(database, 1);
                assertThat(calls.await(2)).containsExactly("gap", "batch");
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(GapNote.find(connection, slot)).isEmpty();
            }
        }
    }

    /** Whoever tries again must not meet handlers of the first attempt. */
    @Test
    void interceptor_seesAFiltersFailure_whenNoHandlerRunsAnyMore() throws Exception {
        Recorder<String> order = new Recorder<>();
        CountDownLatch thrown = new CountDownLatch(1);
        Walwire walwire = lanes(2).failurePolicy(FailurePolicy.stop())
                .interceptor((transaction, next) -> {
                    try {
                        next.proceed(transaction);
                    } finally {
                        order.add("back");
                        thrown.countDown();
                    }
                })
                .handler(on -> on.table("item")
                        .filter(LanesWithOthersTest::isTheFirst)
                        .onInsert(event -> order.add(thrown.await(500, TimeUnit.MILLISECONDS) ? "late" : "done")))
                .start();
        database.sql("INSERT INTO item VALUES (1), (2)");
        assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining("not the first");
        walwire.close();
        assertThat(order.all()).containsExactly("done", "back");
    }

    private static boolean isTheFirst(Event event) {
        if (!"item+1".equals(Trail.line(event))) {
            throw new IllegalStateException("not the first");
        }
        return true;
    }

    /** What the first attempt gathered must not stand in for the second's, nor hide that it failed. */
    @Test
    void interceptor_triesAgainAfterAFilterThrew_aBatchThatFailsStops_andComesAgain() throws Exception {
        Recorder<Integer> sizes = new Recorder<>();
        AtomicBoolean threw = new AtomicBoolean();
        Walwire walwire = lanes(2).failurePolicy(FailurePolicy.stop())
                .interceptor((transaction, next) -> {
                    try {
                        next.proceed(transaction);
                    } catch (WalwireException e) {
                        next.proceed(transaction);
                    }
                })
                .handler(on -> {
                    on.table("item").batch(100, NEVER, events -> {
                        sizes.add(events.size());
                        throw new IllegalStateException("no bulk today");
                    });
                    on.table("item").filter(event -> throwOnce(threw)).batch(100, NEVER, events -> {});
                })
                .start();
        Items.insert(database, 1);
        assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining("no bulk today");
        walwire.close();
        assertThat(sizes.all()).containsExactly(1);
        Recorder<Long> ids = new Recorder<>();
        try (Walwire again = lanes(2).handler(Items.ids(ids)).start()) {
            assertThat(again.awaitCurrent(LONG)).isTrue();
            assertThat(ids.all()).containsExactly(1L);
        }
    }

    private static boolean throwOnce(AtomicBoolean threw) {
        if (!threw.getAndSet(true)) {
            throw new IllegalStateException("not at first");
        }
        return true;
    }

    @Test
    void functions_runFromLanesToo() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire = lanes(4).handler(on -> on.table("item").parallel(event -> ids.add(Items.id(event))))
                .start()) {
            Items.insert(database, 1, 2, 3);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(ids.all()).containsExactlyInAnyOrder(1L, 2L, 3L);
        }
    }

    @Test
    void checkpoint_withConcurrency_isRefused() {
        assertThatThrownBy(() -> lanes(2).checkpoint(JdbcCheckpoint.of(LetterBox.source(database), "lanes"))
                        .start())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("walwire.concurrency is 2")
                .hasMessageContaining("JdbcCheckpoint");
    }
}
