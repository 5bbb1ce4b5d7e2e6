package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Transaction;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ends that finish what was received. */
class DrainTest {
    private static final String NAME = "draining";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<Long> ids = new Recorder<>();
    private final Recorder<Transaction> handled = new Recorder<>();
    private final Gate gate = new Gate();
    private String slot = "";

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
        slot = database.unique("drained");
    }

    private WalwireBuilder held() {
        return Items.reader(database).name(NAME).slotName(slot).handler(on -> {
            on.table("item").onInsert(event -> {
                gate.pass();
                ids.add(Items.id(event));
            });
            on.onTransaction(handled::add);
        });
    }

    private static CompletableFuture<Boolean> draining(Walwire walwire, Duration atMost) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return walwire.drain(atMost);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> new Thread(task, "walwire-" + NAME + "-drainer").start());
    }

    private void awaitReceived(Walwire walwire) {
        Eventually.until(Items.LONG, () -> !walwire.status().received().isBefore(Items.currentLsn(database)));
    }

    @Test
    void drain_whatWasReceived_isHandledAndConfirmed_nothingElse() throws Exception {
        Walwire walwire = held().start();
        Items.insert(database, 1, 2, 3);
        gate.awaitReached();
        awaitReceived(walwire);
        CompletableFuture<Boolean> drained = draining(walwire, Items.LONG);
        InstanceThreads.awaitIn(NAME, "reader", "awaitHandled");
        Items.insert(database, 4);
        assertThat(walwire.state()).isEqualTo(State.STREAMING);
        gate.open();
        assertThat(drained.get(180, TimeUnit.SECONDS)).isTrue();
        assertThat(walwire.state()).isEqualTo(State.STOPPED);
        assertThat(ids.all()).containsExactly(1L, 2L, 3L);
        Items.awaitConfirmed(
                database, slot, Objects.requireNonNull(handled.all().get(2).endLsn()));
        assertThat(Items.confirmed(database, slot))
                .isEqualTo(Objects.requireNonNull(handled.all().get(2).endLsn()));
        try (Walwire again = held().start()) {
            assertThat(ids.await(4)).containsExactly(1L, 2L, 3L, 4L);
            assertThat(again.state()).isEqualTo(State.STREAMING);
        }
    }

    /** What was received of it is handled, and nothing of it confirmed: it comes again, from its beginning. */
    @Test
    void drain_inALargeTransaction_endsWithinIt_allOfItComesAgain() throws Exception {
        int rows = 5_000;
        WalwireBuilder parts = held().set("walwire.buffer", "64KiB");
        Walwire walwire = parts.start();
        database.sql("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, " + rows + ") g");
        gate.awaitReached();
        // the queue is full: the reader has more to hand over than it may, before it hears of the drain
        InstanceThreads.awaitIn(NAME, "reader", "until");
        CompletableFuture<Boolean> drained = draining(walwire, Items.LONG);
        InstanceThreads.awaitIn(NAME, "drainer", "awaitAny");
        gate.open();
        assertThat(drained.get(180, TimeUnit.SECONDS)).isTrue();
        assertThat(ids.all()).hasSizeLessThan(rows).isSorted();
        assertThat(handled.all()).noneMatch(Transaction::isLast);
        // an idle position from before it may still have been on its way to the server
        assertThat(Items.confirmed(database, slot))
                .isLessThan(handled.all().get(0).commitLsn());
        int soFar = ids.all().size();
        try (Walwire again = held().start()) {
            List<Long> all = ids.await(soFar + rows);
            assertThat(all.subList(soFar, soFar + rows))
                    .isEqualTo(LongStream.rangeClosed(1, rows).boxed().toList());
            assertThat(again.awaitCurrent(Items.LONG)).isTrue();
        }
    }

    @Test
    void drain_connectionIsLostMeanwhile_isReplacedToConfirm() throws Exception {
        Walwire walwire = held().start();
        Items.insert(database, 1, 2);
        gate.awaitReached();
        awaitReceived(walwire);
        CompletableFuture<Boolean> drained = draining(walwire, Items.LONG);
        InstanceThreads.awaitIn(NAME, "reader", "awaitHandled");
        database.terminateWalsenders();
        Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
        gate.open();
        assertThat(drained.get(180, TimeUnit.SECONDS)).isTrue();
        Items.awaitConfirmed(
                database, slot, Objects.requireNonNull(handled.all().get(1).endLsn()));
        assertThat(Items.confirmed(database, slot))
                .isEqualTo(Objects.requireNonNull(handled.all().get(1).endLsn()));
    }

    @Test
    void drain_paused_isResumed() throws Exception {
        gate.open();
        Walwire walwire = held().start();
        walwire.pause();
        Items.insert(database, 1);
        InstanceThreads.awaitHeld(NAME);
        assertThat(walwire.drain(Items.LONG)).isTrue();
        assertThat(ids.all()).containsExactly(1L);
    }

    @Test
    void drain_timePasses_endsAsByClose() throws Exception {
        Walwire walwire = held().closeTimeout(Duration.ofMillis(100)).start();
        Items.insert(database, 1, 2);
        gate.awaitReached();
        assertThat(walwire.drain(Duration.ofMillis(100))).isFalse();
        assertThat(walwire.state()).isEqualTo(State.STOPPED);
        gate.open();
        try (Walwire again = held().start()) {
            assertThat(ids.await(2)).containsExactly(1L, 2L);
            assertThat(again.state()).isEqualTo(State.STREAMING);
        }
    }

    @Test
    void drain_handlerFailsMeanwhile_throws() throws Exception {
        Walwire walwire = Items.reader(database)
                .name(NAME)
                .slotName(slot)
                .handler(
                        on -> on.table("item").onInsert(event -> {
                            gate.pass();
                            throw new java.io.IOException("no mail today");
                        }),
                        FailurePolicy.stop())
                .start();
        Items.insert(database, 1);
        gate.awaitReached();
        CompletableFuture<Boolean> drained = draining(walwire, Items.LONG);
        InstanceThreads.awaitIn(NAME, "reader", "awaitHandled");
        gate.open();
        assertThatThrownBy(() -> drained.get(180, TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(WalwireException.class, failure -> assertThat(failure.code())
                        .isEqualTo(ErrorCode.HANDLER));
    }

    @Test
    void drain_standingBy_endsAtOnce() throws Exception {
        try (Walwire holder = Items.reader(database).slotName(slot).start();
                Walwire standby = Items.reader(database).slotName(slot).start()) {
            assertThat(standby.state()).isEqualTo(State.STANDBY);
            assertThat(standby.health().up()).isTrue();
            assertThat(standby.health().reason()).startsWith("standing by");
            assertThat(standby.drain(Items.LONG)).isTrue();
            assertThat(standby.state()).isEqualTo(State.STOPPED);
            assertThat(standby.health().up()).isFalse();
            assertThat(holder.state()).isEqualTo(State.STREAMING);
        }
    }

    /** Each of these would wait for the handler that calls it. */
    @Test
    void waitingForHandlers_inAHandler_isRefused() throws Exception {
        CompletableFuture<Walwire> self = new CompletableFuture<>();
        Recorder<Throwable> refusals = new Recorder<>();
        try (Walwire walwire = Items.reader(database)
                .handler(on -> {
                    on.table("item").onInserts(events -> refusals.addAll(refusals(self.join())));
                    on.table("item").parallel(event -> refusals.addAll(refusals(self.join())));
                })
                .start()) {
            self.complete(walwire);
            Items.insert(database, 1);
            assertThat(refusals.await(6)).allSatisfy(refusal -> assertThat(refusal)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("from another thread"));
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
    }

    private static List<Throwable> refusals(Walwire walwire) {
        return List.of(
                refusal(() -> walwire.drain(Items.LONG)),
                refusal(() -> walwire.awaitCurrent(Items.LONG)),
                refusal(() -> walwire.awaitPosition(io.walwire.event.Lsn.ZERO, Items.LONG)));
    }

    private static Throwable refusal(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return Objects.requireNonNull(org.assertj.core.api.Assertions.catchThrowable(call));
    }
}
