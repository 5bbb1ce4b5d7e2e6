package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Gap;
import io.walwire.event.Position;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.listener.HandledTransaction;
import io.walwire.listener.HandlerCall;
import io.walwire.listener.WalwireListener;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a listener hears of a running instance. */
class ListenerTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.on(PostgresServer::shared);

    private final Recorder<String> states = new Recorder<>();
    private final Recorder<HandlerCall> calls = new Recorder<>();
    private final Recorder<HandledTransaction> transactions = new Recorder<>();
    private final Recorder<Gap> gaps = new Recorder<>();
    private final Recorder<Position> confirmed = new Recorder<>();
    private String slot = "";

    private final WalwireListener listener = new WalwireListener() {
        @Override
        public void onStateChange(State before, State after) {
            states.add(before + " " + after);
        }

        @Override
        public void onCall(HandlerCall call) {
            calls.add(call.detach());
        }

        @Override
        public void onTransaction(HandledTransaction transaction) {
            transactions.add(transaction.detach());
        }

        @Override
        public void onGap(Gap gap) {
            gaps.add(gap);
        }

        @Override
        public void onConfirmed(Position position) {
            confirmed.add(position);
        }
    };

    @BeforeEach
    void slot() throws SQLException {
        slot = database.unique("s");
        Items.create(database);
        database.createSlot(slot);
    }

    private static String line(HandlerCall call) {
        return call.kind() + " " + call.table() + " " + call.events() + " attempt " + call.attempt() + " "
                + call.outcome()
                + (call.failure() == null ? "" : " " + call.failure().getMessage());
    }

    @Test
    void states_calls_transactions_andPositions_areHeard() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        FailurePolicy twice = FailurePolicy.retry(1, Duration.ofMillis(1), Duration.ofMillis(1))
                .thenSkip();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .listener(listener)
                .handler(
                        on -> on.table("item").onInsert(event -> {
                            if (attempts.incrementAndGet() <= 3) {
                                throw new IOException("no " + attempts);
                            }
                        }),
                        twice)
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2)");
            database.sql("INSERT INTO item VALUES (3)");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(calls.all())
                .extracting(ListenerTest::line)
                .containsExactly(
                        "insert public.item 1 attempt 1 RETRIED no 1",
                        "insert public.item 1 attempt 2 SKIPPED no 2",
                        "insert public.item 1 attempt 1 RETRIED no 3",
                        "insert public.item 1 attempt 2 SUCCEEDED",
                        "insert public.item 1 attempt 1 SUCCEEDED");
        assertThat(calls.all()).allSatisfy(call -> {
            assertThat(call.duration()).isPositive().isLessThan(Items.LONG);
            assertThat(call.handler()).isNotEmpty();
        });
        assertThat(transactions.all()).extracting(HandledTransaction::events).containsExactly(2L, 1L);
        HandledTransaction last = transactions.all().get(1);
        assertThat(last.end()).isGreaterThan(transactions.all().get(0).end());
        assertThat(last.xid()).isGreaterThan(transactions.all().get(0).xid());
        assertThat(last.timestamp()).isAfterOrEqualTo(transactions.all().get(0).timestamp());
        assertThat(confirmed.all()).isSorted().contains(last.end());
        assertThat(states.await(2)).containsExactly("STARTING STREAMING", "STREAMING STOPPED");
        assertThat(gaps.all()).isEmpty();
    }

    @Test
    void largeTransaction_isHeardOnce_afterItsLastPart() throws Exception {
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .set("walwire.buffer", "64KiB")
                .listener(listener)
                .handler(on -> on.table("item").onChanges(events -> {}))
                .start()) {
            database.sql("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, 2000) g");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(transactions.all()).singleElement().satisfies(whole -> assertThat(whole.events())
                .isEqualTo(2000));
        assertThat(calls.all()).hasSizeGreaterThan(1);
        assertThat(calls.all().stream().mapToInt(HandlerCall::events).sum()).isEqualTo(2000);
    }

    @Test
    void lanes_transactionsAreHeardInOrder() throws Exception {
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .set("walwire.concurrency", "4")
                .listener(listener)
                .handler(on -> on.table("item").onInsert(event -> {}))
                .start()) {
            for (int id = 1; id <= 50; id++) {
                Items.insert(database, id);
            }
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(transactions.all())
                .hasSize(50)
                .extracting(HandledTransaction::end)
                .isSorted();
    }

    @Test
    void failureOfAHandler_isHeard() throws Exception {
        Recorder<Position> commits = new Recorder<>();
        Walwire failing = Items.reader(database)
                .slotName(slot)
                .listener(listener)
                .failurePolicy(FailurePolicy.stop())
                .handler(on -> on.table("item").onInsert(event -> {
                    commits.add(Objects.requireNonNull(event.transaction().commitLsn()));
                    throw new IOException("no");
                }))
                .start();
        Items.insert(database, 1);
        assertThat(states.await(2)).containsExactly("STARTING STREAMING", "STREAMING FAILED");
        failing.close();
        assertThat(calls.all())
                .extracting(ListenerTest::line)
                .containsExactly("insert public.item 1 attempt 1 STOPPED no");
        assertThat(transactions.all()).isEmpty();
        Position commit = commits.all().get(0);
        assertThat(confirmed.all()).allSatisfy(position -> assertThat(position).isLessThanOrEqualTo(commit));
    }

    @Test
    void durationOfACall_isWithoutItsDeadLetter() throws Exception {
        Duration ofTheLetter = Duration.ofSeconds(1);
        FailurePolicy policy = FailurePolicy.retry(0, Duration.ofMillis(1), Duration.ofMillis(1))
                .thenDeadLetter(letter -> pass(ofTheLetter));
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .listener(listener)
                .handler(
                        "refusing",
                        on -> on.table("item").onInsert(event -> {
                            throw new IOException("no");
                        }),
                        policy)
                .start()) {
            Items.insert(database, 1);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(calls.all()).singleElement().satisfies(call -> {
            assertThat(call.outcome()).isEqualTo(HandlerCall.Outcome.DEAD_LETTER);
            assertThat(call.duration()).isLessThan(ofTheLetter);
        });
    }

    @Test
    void slotThatIsMovedOn_isAGap() throws Exception {
        Link link = new Link(database);
        try (Walwire walwire = link.reader(database)
                .slotName(slot)
                .listener(listener)
                .handler(Items.ids(new Recorder<>()))
                .start()) {
            Items.insert(database, 1);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            Gate held = link.hold();
            database.terminateWalsenders();
            held.awaitReached();
            Items.insert(database, 2);
            database.query("SELECT pg_replication_slot_advance(?::name, pg_current_wal_lsn())", slot);
            held.open();
            assertThat(gaps.await(1)).singleElement().satisfies(gap -> assertThat(gap.reason())
                    .contains("moved on"));
        }
        assertThat(states.await(4))
                .containsExactly(
                        "STARTING STREAMING", "STREAMING RECONNECTING", "RECONNECTING STREAMING", "STREAMING STOPPED");
    }

    /** Only the end of an instance interrupts its threads. */
    @ParameterizedTest
    @CsvSource({"1, false", "1, true", "4, false", "4, true"})
    void interruptFlagOfAListener_endsNothing(String concurrency, boolean listenerThrows) throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        Recorder<Long> handled = new Recorder<>();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .set("walwire.concurrency", concurrency)
                .listener(new Interrupting(listenerThrows))
                .handler(
                        on -> on.table("item").onInsert(event -> {
                            if (Thread.interrupted()) {
                                throw new InterruptedException("left by the listener");
                            }
                            if (attempts.incrementAndGet() == 1) {
                                throw new IOException("once");
                            }
                            handled.add(Items.id(event));
                        }),
                        FailurePolicy.retry(3, Duration.ofMillis(1), Duration.ofMillis(1)))
                .start()) {
            database.terminateWalsenders();
            Items.insert(database, 1);
            Items.insert(database, 2);
            handled.await(2);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
    }

    private record Interrupting(boolean throwing) implements WalwireListener {
        private void act() {
            Thread.currentThread().interrupt();
            if (throwing) {
                throw new IllegalStateException("removed");
            }
        }

        @Override
        public void onStateChange(State before, State after) {
            act();
        }

        @Override
        public void onCall(HandlerCall call) {
            act();
        }

        @Override
        public void onTransaction(HandledTransaction transaction) {
            act();
        }

        @Override
        public void onConfirmed(Position position) {
            act();
        }
    }

    @Test
    void listenerThatIsStuckInTheLastChange_holdsUpNobodyWhoCloses() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        Walwire walwire = Items.reader(database)
                .slotName(slot)
                .listener(new WalwireListener() {
                    @Override
                    public void onStateChange(State before, State after) {
                        if (after == State.STOPPED) {
                            states.add("last");
                            awaitUninterrupted(goOn);
                        }
                    }
                })
                .handler(Items.ids(new Recorder<>()))
                .start();
        try {
            CompletableFuture.runAsync(walwire::close).get(Items.LONG.toSeconds(), TimeUnit.SECONDS);
            states.await(1);
        } finally {
            goOn.countDown();
        }
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void handlerThatThrowsInterruptedException_isHeard() throws Exception {
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .listener(listener)
                .handler(on -> on.table("item").onInsert(event -> {
                    throw new InterruptedException("mine");
                }))
                .start()) {
            Items.insert(database, 1);
            states.await(2);
            assertThat(walwire.state()).isEqualTo(State.FAILED);
        }
        assertThat(calls.all())
                .extracting(ListenerTest::line)
                .containsExactly("insert public.item 1 attempt 1 STOPPED mine");
    }

    /** Any role can give a table such a name. */
    @Test
    void loggingListener_tableWithALineBreak_isOneLine() throws Exception {
        database.sql(
                "CREATE TABLE \"a\nERROR forged\" (id int PRIMARY KEY)",
                "ALTER PUBLICATION events ADD TABLE \"a\nERROR forged\"");
        try (LogLines log = new LogLines()) {
            try (Walwire walwire = Items.reader(database)
                    .slotName(slot)
                    .listener(new LoggingListener(Duration.ofNanos(1)))
                    .handler(on -> on.allTables().onInsert(event -> {}))
                    .start()) {
                database.sql("INSERT INTO \"a\nERROR forged\" VALUES (1)");
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            }
            assertThat(log.with("ms for insert")).singleElement().satisfies(line -> assertThat(line)
                    .contains("public.a\\nERROR forged")
                    .doesNotContain("\n"));
        }
    }

    @Test
    void loggingListener_logsStates_andSlowCalls() throws Exception {
        try (LogLines log = new LogLines()) {
            try (Walwire walwire = Items.reader(database)
                    .slotName(slot)
                    .listener(new LoggingListener(Duration.ofNanos(1)))
                    .handler(on -> on.table("item").onInsert(event -> {}))
                    .start()) {
                Items.insert(database, 1);
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            }
            log.await("STREAMING -> STOPPED");
            assertThat(log.all())
                    .anySatisfy(line -> assertThat(line).contains("STARTING -> STREAMING"))
                    .anySatisfy(line -> assertThat(line).contains("ms for insert (public.item, 1 events)"));
        }
    }

    /** Returns no sooner, which a single park may. */
    private static void pass(Duration time) {
        long until = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
