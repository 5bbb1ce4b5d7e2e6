package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Handlers that are held back, while everything else goes on. */
class PauseTest {
    private static final String NAME = "pausing";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<Long> ids = new Recorder<>();
    private String slot = "";

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
        slot = database.unique("paused");
    }

    private WalwireBuilder reader(TestDatabase from) {
        return Items.reader(from).name(NAME).slotName(slot).closeTimeout(Duration.ofMinutes(5));
    }

    @Test
    void pause_callThatRuns_finishes_nextIsHeld() throws Exception {
        Gate gate = new Gate();
        try (Walwire walwire = reader(database)
                .handler(on -> on.table("item").onInsert(event -> {
                    if (Items.id(event) == 1) {
                        gate.pass();
                    }
                    ids.add(Items.id(event));
                }))
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2)");
            gate.awaitReached();
            walwire.pause();
            walwire.pause();
            gate.open();
            InstanceThreads.awaitHeld(NAME);
            assertThat(ids.all()).containsExactly(1L);
            assertThat(walwire.status().paused()).isTrue();
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
            assertThat(walwire.health().up()).isTrue();
            assertThat(walwire.health().reason()).contains("paused");
            Items.insert(database, 3);
            Eventually.until(Items.LONG, () -> !walwire.status().received().isBefore(Items.currentLsn(database)));
            assertThat(ids.all()).containsExactly(1L);
            assertThat(walwire.status().lag()).isPositive();
            assertThat(walwire.status().lagBytes()).isPositive();
            walwire.resume();
            assertThat(ids.await(3)).containsExactly(1L, 2L, 3L);
            assertThat(walwire.status().paused()).isFalse();
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            Eventually.until(Items.LONG, () -> walwire.status().lag().isZero());
        }
    }

    @Test
    void pause_interceptor_isHeldToo() throws Exception {
        Recorder<String> calls = new Recorder<>();
        try (Walwire walwire = reader(database)
                .interceptor((transaction, next) -> {
                    calls.add("interceptor");
                    next.proceed(transaction);
                })
                .handler(Items.ids(ids))
                .start()) {
            walwire.pause();
            Items.insert(database, 1);
            InstanceThreads.awaitHeld(NAME);
            assertThat(calls.all()).isEmpty();
            walwire.resume();
            ids.await(1);
            assertThat(calls.all()).containsExactly("interceptor");
        }
    }

    @Test
    void pause_whileAFailedCallWaits_nextAttemptIsHeld() throws Exception {
        Trail trail = new Trail();
        Flaky flaky = new Flaky(trail, 1);
        Gate failed = new Gate();
        try (Walwire walwire = reader(database)
                .handler(
                        on -> on.table("item").onInserts(events -> {
                            trail.add("called");
                            if (trail.await(1).size() == 1) {
                                failed.pass();
                                flaky.any("fails").on(events);
                            }
                        }),
                        FailurePolicy.retry(3, Duration.ofMillis(1), Duration.ofMillis(1)))
                .start()) {
            Items.insert(database, 1);
            failed.awaitReached();
            walwire.pause();
            failed.open();
            InstanceThreads.awaitHeld(NAME);
            assertThat(trail.await(2)).containsExactly("called", "fails");
            walwire.resume();
            assertThat(trail.await(3)).containsExactly("called", "fails", "called");
        }
    }

    @Test
    void close_whilePaused_isPrompt_nothingIsConfirmed() throws Exception {
        Walwire walwire = reader(database).handler(Items.ids(ids)).start();
        walwire.pause();
        Items.insert(database, 1, 2);
        InstanceThreads.awaitHeld(NAME);
        long began = System.nanoTime();
        walwire.close();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMinutes(2));
        assertThat(walwire.state()).isEqualTo(State.STOPPED);
        assertThat(ids.all()).isEmpty();
        assertThatThrownBy(walwire::resume)
                .isInstanceOfSatisfying(WalwireException.class, closed -> assertThat(closed.code())
                        .isEqualTo(ErrorCode.CLOSED));
        try (Walwire again = reader(database).handler(Items.ids(ids)).start()) {
            assertThat(ids.await(2)).containsExactly(1L, 2L);
            assertThat(again.status().paused()).isFalse();
        }
    }

    @Test
    void close_pausedInTheMiddleOfATransaction_allOfItComesAgain() throws Exception {
        Gate gate = new Gate();
        Walwire walwire = reader(database)
                .handler(on -> on.table("item").onInsert(event -> {
                    gate.pass();
                    ids.add(Items.id(event));
                }))
                .start();
        database.sql("INSERT INTO item VALUES (1), (2)");
        gate.awaitReached();
        walwire.pause();
        gate.open();
        InstanceThreads.awaitHeld(NAME);
        walwire.close();
        assertThat(ids.all()).containsExactly(1L);
        assertThat(walwire.completion().toCompletableFuture()).isCompleted();
        try (Walwire again = reader(database).handler(Items.ids(ids)).start()) {
            assertThat(ids.await(3)).containsExactly(1L, 1L, 2L);
            assertThat(again.state()).isEqualTo(State.STREAMING);
        }
    }

    @Test
    void paused_lostConnection_isReplaced_handlersStayHeld() throws Exception {
        try (Walwire walwire = reader(database).handler(Items.ids(ids)).start()) {
            walwire.pause();
            Items.insert(database, 1);
            InstanceThreads.awaitHeld(NAME);
            database.terminateWalsenders();
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            Items.insert(database, 2);
            Eventually.until(Items.LONG, () -> !walwire.status().received().isBefore(Items.currentLsn(database)));
            assertThat(ids.all()).isEmpty();
            walwire.resume();
            assertThat(ids.await(2)).containsExactly(1L, 2L);
        }
        assertThat(ids.all()).containsExactly(1L, 2L);
    }

    /** Half as long again as the server's patience, with more to read than there is room for. */
    @Test
    void paused_connectionLives_memoryIsBounded() throws Exception {
        int rows = 3_000;
        try (TestDatabase impatient =
                TestDatabase.create(io.walwire.testing.PostgresServer.start(Map.of("wal_sender_timeout", "10s")))) {
            Items.create(impatient);
            try (Walwire walwire = reader(impatient)
                    .set("walwire.buffer", "64KiB")
                    .handler(Items.ids(ids))
                    .start()) {
                int backend = Items.backend(impatient, slot);
                walwire.pause();
                for (int from = 1; from <= rows; from += 100) {
                    impatient.sql("INSERT INTO item SELECT g, repeat('x', 1000) FROM generate_series(" + from + ", "
                            + (from + 99) + ") g");
                }
                Eventually.until(Items.LONG, () -> walwire.status().queuedBytes() > 30_000);
                impatient.query("SELECT pg_sleep(15)");
                assertThat(walwire.status().queuedBytes()).isLessThan(128 * 1024);
                assertThat(Items.backend(impatient, slot)).isEqualTo(backend);
                assertThat(walwire.health().up()).isTrue();
                assertThat(ids.all()).isEmpty();
                walwire.resume();
                assertThat(ids.await(rows))
                        .isEqualTo(LongStream.rangeClosed(1, rows).boxed().toList());
            } finally {
                impatient.server().close();
            }
        }
    }
}
