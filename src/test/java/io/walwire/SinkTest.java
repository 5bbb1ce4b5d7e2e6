package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.handler.FailurePolicy;
import io.walwire.sink.SinkPosition;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a sink gets, and what is confirmed because of it. */
class SinkTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, name text)");
        database.createSlot(Instances.slot(database));
    }

    private WalwireBuilder with(CollectingSink sink) {
        return Instances.durable(database).subscriptions("item").sink(sink);
    }

    private static CompletableFuture<Void> done() {
        return CompletableFuture.completedFuture(null);
    }

    /** Completes a moment later, on another thread. */
    static CompletableFuture<Void> later() {
        return CompletableFuture.runAsync(() -> {}, CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS));
    }

    private Lsn insert(int id) throws SQLException {
        database.sql("INSERT INTO item VALUES (" + id + ")");
        return Lsn.parse(database.currentLsn());
    }

    @Test
    void transactions_comeInOrder_areConfirmed_andTheSinkIsClosedOnce() throws Exception {
        CollectingSink sink = CollectingSink.plain(SinkTest::done);
        try (Walwire walwire = with(sink).start()) {
            Lsn last = Lsn.ZERO;
            for (int i = 1; i <= 20; i++) {
                last = insert(i);
            }
            assertThat(walwire.awaitPosition(last, LONG)).isTrue();
            assertThat(sink.lines())
                    .isEqualTo(IntStream.rangeClosed(1, 20)
                            .mapToObj(i -> "item+" + i)
                            .toList());
            assertThat(walwire.drain(LONG)).isTrue();
            assertThat(Instances.confirmed(database)).isGreaterThanOrEqualTo(last);
        }
        assertThat(sink.calls.all()).containsExactly("open " + database.name(), "close");
    }

    @Test
    void largeTransaction_comesInParts_andIsConfirmedAtItsEnd() throws Exception {
        CollectingSink sink = CollectingSink.plain(SinkTest::done);
        try (Walwire walwire = with(sink).set("walwire.buffer", "64KiB").start()) {
            database.sql("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, 2000) g");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(walwire.drain(LONG)).isTrue();
        }
        assertThat(sink.lines()).hasSize(2000).doesNotHaveDuplicates();
        assertThat(sink.parts.all()).hasSizeGreaterThan(2).isSorted();
        List<SinkPosition> positions = sink.positions.all();
        assertThat(positions.get(0).toString()).contains(" partial ");
        assertThat(positions.get(positions.size() - 1).toString()).contains(" complete ");
    }

    @Test
    void slowStage_holdsThePosition_whatComesMeanwhileIsOneGroup() throws Exception {
        Recorder<CompletableFuture<Void>> stages = new Recorder<>();
        CollectingSink sink = CollectingSink.plain(() -> {
            CompletableFuture<Void> stage = new CompletableFuture<>();
            stages.add(stage);
            return stage;
        });
        Recorder<String> handled = new Recorder<>();
        try (Walwire walwire = with(sink)
                .handler(on -> on.table("item").onInsert(event -> handled.add(Trail.line(event))))
                .start()) {
            Position begin = Instances.confirmed(database);
            Lsn first = insert(1);
            assertThat(sink.groups.await(1)).containsExactly(List.of("item+1"));
            Lsn last = Lsn.ZERO;
            for (int i = 2; i <= 5; i++) {
                last = insert(i);
            }
            handled.await(5);
            sink.parts.await(5);
            assertThat(walwire.awaitPosition(first, Duration.ofMillis(300))).isFalse();
            assertThat(sink.groups.all()).hasSize(1);
            assertThat(Instances.confirmed(database)).isLessThanOrEqualTo(first);
            assertThat(Instances.confirmed(database)).isGreaterThanOrEqualTo(begin);
            stages.await(1).get(0).complete(null);
            assertThat(sink.groups.await(2).get(1)).containsExactly("item+2", "item+3", "item+4", "item+5");
            assertThat(walwire.awaitPosition(first, LONG)).isTrue();
            stages.await(2).get(1).complete(null);
            assertThat(walwire.awaitPosition(last, LONG)).isTrue();
        }
    }

    @Test
    void slowStage_whatWaitsIsBounded() throws Exception {
        CompletableFuture<Void> stage = new CompletableFuture<>();
        CollectingSink sink = CollectingSink.plain(() -> stage);
        try (Walwire walwire = with(sink).set("walwire.buffer", "64KiB").start()) {
            insert(0);
            sink.groups.await(1);
            for (int i = 1; i <= 100; i++) {
                database.sql("INSERT INTO item VALUES (" + i + ", repeat('x', 10000))");
            }
            assertThat(walwire.awaitCurrent(Duration.ofSeconds(1))).isFalse();
            assertThat(sink.parts.all()).hasSizeLessThan(30);
            stage.complete(null);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(sink.lines()).hasSize(101);
    }

    @Test
    void failingStage_endsTheInstance_unconfirmed_andNamesTheSink() throws Exception {
        CollectingSink sink = CollectingSink.plain(
                () -> CompletableFuture.failedFuture(new IllegalStateException("the broker is gone")));
        Lsn before;
        try (Walwire walwire = with(sink).start()) {
            before = insert(1);
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SINK))
                    .hasMessageContainingAll("The sink CollectingSink cannot be flushed", "the broker is gone");
        }
        assertThat(Instances.confirmed(database)).isLessThan(before);
        assertThat(sink.calls.all()).endsWith("close");
        CollectingSink next = CollectingSink.plain(SinkTest::done);
        try (Walwire walwire = with(next).start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(next.lines()).containsExactly("item+1");
    }

    @Test
    void stageThatNeverCompletes_closeEndsAfterItsTimeout_unconfirmed() throws Exception {
        CollectingSink sink = CollectingSink.plain(CompletableFuture::new);
        Lsn written;
        Walwire walwire = with(sink).closeTimeout(Duration.ofMillis(300)).start();
        try (walwire) {
            written = insert(1);
            sink.groups.await(1);
        }
        assertThat(walwire.state().isFinal()).isTrue();
        assertThat(Instances.confirmed(database)).isLessThan(written);
        assertThat(sink.calls.await(2)).endsWith("close");
    }

    @Test
    void pausedInstance_hasFlushedWhatItWrote() throws Exception {
        CollectingSink sink = CollectingSink.plain(SinkTest::later);
        Gate gate = new Gate();
        try (Walwire walwire = with(sink)
                .handler(on -> on.table("item").onInsert(event -> gate.pass()))
                .start()) {
            Lsn first = insert(1);
            gate.awaitReached();
            insert(2);
            walwire.pause();
            gate.open();
            assertThat(walwire.awaitPosition(first, LONG)).isTrue();
            assertThat(sink.lines()).containsExactly("item+1");
            walwire.resume();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(sink.lines()).containsExactly("item+1", "item+2");
    }

    @Test
    void slowHandler_doesNotHoldBackWhatWasWrittenLongBefore() throws Exception {
        CollectingSink sink = CollectingSink.plain(SinkTest::done);
        Gate first = new Gate();
        Gate second = new Gate();
        try (Walwire walwire = with(sink)
                .handler(on -> on.table("item").onInsert(event -> (Items.id(event) == 1 ? first : second).pass()))
                .start()) {
            insert(1);
            first.awaitReached();
            insert(2);
            assertThat(walwire.awaitCurrent(Duration.ofMillis(200))).isFalse();
            first.open();
            second.awaitReached();
            assertThat(sink.groups.await(1)).containsExactly(List.of("item+1"));
            second.open();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(sink.lines()).containsExactly("item+1", "item+2");
    }

    @Test
    void waitForARetry_storesAndConfirmsFirstWhatWasWritten() throws Exception {
        CollectingSink sink = CollectingSink.plain(SinkTest::later);
        Gate gate = new Gate();
        try (Walwire walwire = with(sink)
                .handler(
                        on -> on.table("item").onInsert(event -> {
                            if (Items.id(event) == 2) {
                                throw new IllegalStateException("a test");
                            }
                            gate.pass();
                        }),
                        FailurePolicy.retry(3, Duration.ofMinutes(1), Duration.ofMinutes(1)))
                .start()) {
            Lsn first = insert(1);
            gate.awaitReached();
            insert(2);
            gate.open();
            assertThat(walwire.awaitPosition(first, LONG)).isTrue();
            assertThat(sink.lines()).containsExactly("item+1");
        }
    }

    @Test
    void watches_getEventsOnTheHandlerThread_whereCloseReturnsAtOnce() throws Exception {
        CollectingSink sink = CollectingSink.plain(SinkTest::later);
        Recorder<String> threads = new Recorder<>();
        Walwire walwire = with(sink).start();
        try (walwire) {
            walwire.watch("item").subscribe(Runnable::run, event -> {
                walwire.close();
                threads.add(Thread.currentThread().getName());
            });
            insert(1);
            assertThat(threads.await(1)).containsExactly("walwire-walwire-handler");
        }
    }

    @Test
    void handlerThatFails_beforeTheSink_keepsThePartFromIt() throws Exception {
        CollectingSink sink = CollectingSink.keeping(null);
        try (Walwire walwire = with(sink)
                .handler(
                        on -> on.table("item").onInsert(event -> {
                            if (event.id().index() == 1) {
                                throw new IllegalStateException("a test");
                            }
                        }),
                        FailurePolicy.stop())
                .start()) {
            insert(1);
            database.sql("INSERT INTO item VALUES (2), (3)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining("a test");
        }
        assertThat(sink.lines()).containsExactly("item+1");
    }

    @Test
    void keptPosition_newerThanTheSlots_isSkipped() throws Exception {
        String behind = database.unique("behind");
        database.query("SELECT pg_copy_logical_replication_slot(?, ?)", Instances.slot(database), behind);
        CollectingSink first = CollectingSink.keeping(null);
        try (Walwire walwire = with(first).start()) {
            insert(1);
            insert(2);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        List<SinkPosition> stored = first.positions.all();
        CollectingSink second = CollectingSink.keeping(stored.get(stored.size() - 1));
        try (Walwire walwire = with(second).slotName(behind).start()) {
            insert(3);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(first.lines()).containsExactly("item+1", "item+2");
        assertThat(second.lines()).containsExactly("item+3");
    }

    @Test
    void keptPosition_olderThanTheSlots_isAGapInAGroupOfItsOwn() throws Exception {
        CollectingSink first = CollectingSink.keeping(null);
        try (Walwire walwire = with(first).start()) {
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        List<SinkPosition> stored = first.positions.all();
        insert(2);
        database.query("SELECT pg_replication_slot_advance(?, pg_current_wal_lsn())", Instances.slot(database));
        CollectingSink second = CollectingSink.keeping(stored.get(stored.size() - 1));
        insert(3);
        try (Walwire walwire = with(second).start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(second.groups.all()).containsExactly(List.of("gap"), List.of("item+3"));
    }

    @Test
    void keptPosition_isStoredBeforeTheFirstEvent() throws Exception {
        CollectingSink sink = CollectingSink.keeping(null);
        try (Walwire walwire = with(sink).start()) {
            assertThat(sink.groups.await(1)).containsExactly(List.of());
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void positionOfAnotherServer_isAGap() throws Exception {
        SinkPosition other = SinkPosition.parse("1 7 1 0/1#0 0/0 complete 0/2");
        CollectingSink sink = CollectingSink.keeping(other);
        try (Walwire walwire = with(sink).start()) {
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(sink.groups.all().get(0)).containsExactly("gap");
        assertThat(sink.lines()).endsWith("item+1");
    }

    @Test
    void whatDoesNotGoTogether_isSaidWithAllOtherProblems() {
        CollectingSink sink = CollectingSink.keeping(null);
        assertThatThrownBy(() -> Instances.temporary(database)
                        .properties(Map.of("walwire.visible", "perhaps"))
                        .concurrency(4)
                        .checkpoint(JdbcCheckpoint.of(LetterBox.source(database), "shop"))
                        .sink(sink)
                        .start())
                .isInstanceOfSatisfying(ConfigurationException.class, e -> assertThat(e.problems())
                        .hasSize(5)
                        .anyMatch(problem -> problem.contains("walwire.visible"))
                        .anyMatch(problem -> problem.contains("JdbcCheckpoint and the sink CollectingSink"))
                        .anyMatch(problem -> problem.contains("the slot is temporary")));
        assertThat(sink.calls.all()).isEmpty();
    }

    /** The sink would get a transaction while its handlers still run. */
    @Test
    void handlersThatAreDoneLater_areRefused() {
        CollectingSink sink = CollectingSink.plain(SinkTest::done);
        assertThatThrownBy(() -> with(sink).concurrency(4).start())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(
                        "walwire.concurrency is 4, but an instance with the sink CollectingSink handles one"
                                + " transaction after another");
        assertThatThrownBy(() -> with(sink)
                        .handler("mails", on -> on.table("item").batch(10, LONG, events -> {}))
                        .start())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("handler mails declares a batch, but the sink CollectingSink");
    }
}
