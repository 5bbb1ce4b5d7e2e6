package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.event.ChangeEvent;
import io.walwire.event.Kind;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Handlers of different keys side by side. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LanesTest {
    private static final Duration LONG = Items.LONG;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE keyless (note text)",
                "ALTER TABLE keyless REPLICA IDENTITY NOTHING");
    }

    private WalwireBuilder lanes(int concurrency) {
        return Instances.durable(database).concurrency(concurrency).closeTimeout(Duration.ofSeconds(5));
    }

    private void insert(int... ids) throws SQLException {
        for (int id : ids) {
            database.sql("INSERT INTO item VALUES (" + id + ")");
        }
    }

    private static int id(ChangeEvent<Row> event) {
        return Objects.requireNonNull(Typed.row(event).row().getInt("id"));
    }

    /** Each waits for all others: that they get on proves that so many are called at once. */
    @Test
    void concurrency_asManyKeysAtOnce_acrossTransactions() throws Exception {
        CyclicBarrier all = new CyclicBarrier(32);
        Recorder<String> threads = new Recorder<>();
        try (Walwire walwire = lanes(32)
                .handler(on -> on.table("item").onInsert(event -> {
                    all.await(180, TimeUnit.SECONDS);
                    threads.add(Thread.currentThread().getName());
                }))
                .start()) {
            insert(IntStream.range(0, 64).toArray());
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(threads.all()).hasSize(64).allMatch(name -> name.startsWith("walwire-walwire-lane-"));
            assertThat(walwire.status().transactions()).isEqualTo(64);
            Eventually.until(LONG, () -> walwire.status().queuedBytes() == 0);
        }
    }

    @Test
    void concurrency_onVirtualThreads_whereTheJvmHasThem() throws Exception {
        Recorder<String> threads = new Recorder<>();
        try (Walwire walwire = lanes(2).handler(on -> on.table("item")
                        .onInsert(event -> threads.add(Thread.currentThread().toString())))
                .start()) {
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(threads.await(1).get(0).startsWith("VirtualThread"))
                    .isEqualTo(Runtime.version().feature() >= 21);
        }
    }

    @Test
    void concurrency_oneTransaction_runsAreSplitByKey() throws Exception {
        Trail trail = new Trail();
        try (Walwire walwire = lanes(4).handler(
                        on -> on.table("item").onInserts(trail.runs("+")).onUpdates(trail.runs("~")))
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1), (2)",
                    "UPDATE item SET note = 'a' WHERE id = 1",
                    "UPDATE item SET note = 'b' WHERE id = 1");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(trail.await(3)).containsExactlyInAnyOrder("+: item+1", "+: item+2", "~: item~1 item~1");
        }
    }

    @Test
    void retryingKey_holdsUpNoOther_andNothingAboveItIsConfirmed() throws Exception {
        Gate gate = new Gate();
        Recorder<Integer> ids = new Recorder<>();
        try (Walwire walwire = lanes(2).handler(on -> on.table("item").onChange(event -> {
                    if (id(event) == 1) {
                        gate.pass();
                    }
                    ids.add(id(event));
                }))
                .start()) {
            insert(1);
            Lsn first = Items.currentLsn(database);
            insert(2, 3);
            database.sql("UPDATE item SET note = 'after' WHERE id = 1");
            insert(4);
            gate.awaitReached();
            assertThat(ids.await(3)).containsExactly(2, 3, 4);
            assertThat(walwire.status().transactions()).isZero();
            assertThat(walwire.status().confirmed().isBefore(first)).isTrue();
            gate.open();
            assertThat(ids.await(5)).containsExactly(2, 3, 4, 1, 1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(walwire.status().transactions()).isEqualTo(5);
        }
    }

    @Test
    void keyChange_waitsForBothKeys_andIsWaitedFor() throws Exception {
        Gate first = new Gate();
        Gate second = new Gate();
        Trail trail = new Trail();
        try (Walwire walwire = lanes(8).handler(on -> on.table("item").onChange(event -> {
                    if (event.kind() == Kind.INSERT && id(event) == 1) {
                        first.pass();
                    } else if (event.kind() == Kind.INSERT && id(event) == 3) {
                        second.pass();
                    }
                    trail.events("").on(event);
                }))
                .start()) {
            insert(1, 3);
            database.sql("DELETE FROM item WHERE id = 3", "UPDATE item SET id = 3 WHERE id = 1");
            insert(1);
            database.sql("UPDATE item SET note = 'x' WHERE id = 3");
            insert(9);
            first.awaitReached();
            second.awaitReached();
            assertThat(trail.await(1)).containsExactly(": item+9");
            first.open();
            assertThat(trail.await(2)).containsExactly(": item+9", ": item+1");
            second.open();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            List<String> calls = trail.await(7);
            assertThat(calls.subList(2, 5)).containsExactly(": item+3", ": item-3", ": item~3");
            assertThat(calls.subList(5, 7)).containsExactlyInAnyOrder(": item+1", ": item~3");
        }
    }

    @Test
    void truncateMessageAndTransaction_waitForAllLanes_andHoldThem() throws Exception {
        Gate gate = new Gate();
        Trail trail = new Trail();
        try (Walwire walwire = lanes(8).handler(on -> {
                    on.table("item").onChange(event -> {
                        if (event.kind() == Kind.INSERT && id(event) == 1) {
                            gate.pass();
                        }
                        trail.events("").on(event);
                    });
                    on.onMessage(event -> trail.add("message"));
                })
                .start()) {
            insert(1);
            database.sql("TRUNCATE item", "SELECT pg_logical_emit_message(false, 'x', 'y')");
            insert(2);
            gate.awaitReached();
            gate.open();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(trail.await(4)).containsExactly(": item+1", ": item!", "message", ": item+2");
        }
    }

    @Test
    void eventsWithoutKey_shareOneLane_inOrder() throws Exception {
        Recorder<String> notes = new Recorder<>();
        try (Walwire walwire = lanes(8).handler(on -> on.table("keyless")
                        .onInsert(event -> notes.add(String.valueOf(event.row().text("note")))))
                .start()) {
            for (int i = 0; i < 40; i++) {
                database.sql("INSERT INTO keyless VALUES ('" + i + "')");
            }
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(notes.all())
                    .containsExactlyElementsOf(
                            IntStream.range(0, 40).mapToObj(Integer::toString).toList());
        }
    }

    @Test
    void failedKey_stopsTheInstance_andComesAgainWithAllThatIsAboveIt() throws Exception {
        Gate gate = new Gate();
        Recorder<Integer> ids = new Recorder<>();
        Walwire failing = lanes(4).failurePolicy(FailurePolicy.stop())
                .handler(on -> on.table("item").onInsert(event -> {
                    if (id(event) == 2) {
                        gate.pass();
                        throw new IllegalStateException("no 2");
                    }
                    ids.add(id(event));
                }))
                .start();
        insert(1, 2, 3);
        gate.awaitReached();
        assertThat(ids.await(2)).containsExactlyInAnyOrder(1, 3);
        gate.open();
        assertThatThrownBy(() -> failing.awaitTermination(LONG))
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("no 2");
        failing.close();
        Recorder<Integer> again = new Recorder<>();
        try (Walwire walwire = lanes(4).handler(on -> on.table("item").onInsert(event -> again.add(id(event))))
                .start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(again.all()).containsExactlyInAnyOrder(2, 3);
        }
    }

    /** What is in lanes, and what is finished and not confirmed, comes again with the next connection. */
    @Test
    void lostConnection_whileKeysAreInHand_nothingTwice_orderKept() throws Exception {
        Map<Integer, Gate> gates = new ConcurrentHashMap<>(Map.of(1, new Gate(), 2, new Gate()));
        Recorder<String> seen = new Recorder<>();
        try (Walwire walwire = lanes(4).handler(on -> on.table("item").onChange(event -> {
                    Gate gate = event.kind() == Kind.INSERT ? gates.get(id(event)) : null;
                    if (gate != null) {
                        gate.pass();
                    }
                    seen.add(id(event) + " " + event.kind());
                }))
                .start()) {
            insert(1, 2, 3);
            database.sql("UPDATE item SET note = 'a'");
            insert(4);
            seen.await(3);
            assertThat(database.terminateWalsenders()).isEqualTo(1);
            Eventually.until(LONG, () -> walwire.status().reconnects() == 1);
            insert(5);
            assertThat(seen.await(4)).containsExactlyInAnyOrder("3 INSERT", "3 UPDATE", "4 INSERT", "5 INSERT");
            gates.values().forEach(Gate::open);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(seen.all())
                    .hasSize(8)
                    .containsSubsequence("1 INSERT", "1 UPDATE")
                    .containsSubsequence("2 INSERT", "2 UPDATE");
        }
    }

    @Test
    void drain_finishesAllLanes_nothingComesAgain() throws Exception {
        Recorder<Integer> ids = new Recorder<>();
        Gate gate = new Gate();
        Walwire walwire = lanes(3).handler(on -> on.table("item").onInsert(event -> {
                    gate.pass();
                    ids.add(id(event));
                }))
                .start();
        insert(IntStream.range(0, 20).toArray());
        Eventually.until(LONG, () -> !walwire.status().received().isBefore(Items.currentLsn(database)));
        gate.open();
        assertThat(walwire.drain(LONG)).isTrue();
        assertThat(ids.all()).hasSize(20);
        Trail trail = new Trail();
        try (Walwire next = lanes(1).handler(on -> on.table("item").onChanges(trail.runs("again")))
                .handler(trail.marker())
                .start()) {
            assertThat(next.state()).isNotNull();
            assertThat(trail.upToMark(database)).isEmpty();
        }
    }

    @Test
    void close_finishesTheCallsThatRun_andDropsThoseThatWait() throws Exception {
        Recorder<Integer> ids = new Recorder<>();
        Gate gate = new Gate();
        Walwire walwire = lanes(2).handler(on -> on.table("item").onInsert(event -> {
                    gate.pass();
                    ids.add(id(event));
                }))
                .start();
        insert(1, 2, 3, 4, 5, 6);
        gate.awaitReached();
        Thread closing = new Thread(walwire::close);
        closing.start();
        Eventually.until(LONG, () -> closing.getState() == Thread.State.TIMED_WAITING);
        gate.open();
        closing.join();
        assertThat(ids.all()).hasSizeLessThanOrEqualTo(2);
        Recorder<Integer> again = new Recorder<>();
        try (Walwire next = lanes(2).handler(on -> on.table("item").onInsert(event -> again.add(id(event))))
                .start()) {
            assertThat(next.awaitCurrent(LONG)).isTrue();
            assertThat(again.all()).contains(3, 4, 5, 6);
        }
    }
}
