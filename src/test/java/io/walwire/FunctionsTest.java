package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Kind;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Filter;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Functions: applied to each event on their own threads, bounded, and awaited before anything is confirmed. */
class FunctionsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();
    private final Recorder<String> threads = new Recorder<>();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "CREATE TABLE other (id int PRIMARY KEY)");
    }

    private WalwireBuilder with(int functionThreads, EventHandler handler) {
        return Instances.durable(database)
                .name("shop")
                .set("walwire.function.threads", Integer.toString(functionThreads))
                .handler(handler);
    }

    private void insert(int rows) throws SQLException {
        database.sql("INSERT INTO item SELECT generate_series(1, " + rows + ")");
    }

    @Test
    void parallel_severalFunctions_allAppliedToEveryRowEvent() throws Exception {
        try (Walwire walwire = with(3, on -> on.table("item")
                        .parallel(trail.events("f"))
                        .parallel(trail.events("g"))
                        .parallel(trail.events("h"))
                        .parallel(trail.events("i"))
                        .parallel(trail.events("j"))
                        .parallel(trail.events("k")))
                .handler(trail.marker())
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1)",
                    "UPDATE item SET name = 'n'",
                    "INSERT INTO other VALUES (1)",
                    "DELETE FROM item",
                    "TRUNCATE item");
            assertThat(trail.upToMark(database))
                    .containsExactlyInAnyOrderElementsOf(Set.of("f", "g", "h", "i", "j", "k").stream()
                            .flatMap(name -> Set.of(": item+1", ": item~1", ": item-1").stream()
                                    .map(name::concat))
                            .toList());
        }
    }

    @Test
    void parallel_behindAFilter_appliedToWhatItKeeps() throws Exception {
        try (Walwire walwire = with(2, on -> {
                    on.table("item").filter(Filter.kind(Kind.DELETE)).parallel(trail.events("gone"));
                    on.table("item").filter(Filter.kind(Kind.INSERT)).parallel(trail.events("new"));
                })
                .handler(trail.marker())
                .start()) {
            database.inTransaction("INSERT INTO item VALUES (1)", "UPDATE item SET name = 'n'", "DELETE FROM item");
            assertThat(trail.upToMark(database)).containsExactlyInAnyOrder("gone: item-1", "new: item+1");
        }
    }

    @Test
    void parallel_afterAFilter_appliedToWhatIsKept() throws Exception {
        try (Walwire walwire = with(2, on -> on.table("item")
                        .filter(event -> "item+2".equals(Trail.line(event)))
                        .parallel(trail.events("f")))
                .handler(trail.marker())
                .start()) {
            insert(3);
            assertThat(trail.upToMark(database)).containsExactly("f: item+2");
        }
    }

    @Test
    void functions_runSideBySide_onFunctionThreads() throws Exception {
        CyclicBarrier three = new CyclicBarrier(3);
        try (Walwire walwire = with(3, on -> on.table("item").parallel(event -> {
                    three.await(180, TimeUnit.SECONDS);
                    threads.add(Thread.currentThread().getName());
                }))
                .start()) {
            insert(9);
            assertThat(threads.await(9))
                    .containsOnly("walwire-shop-function-1", "walwire-shop-function-2", "walwire-shop-function-3")
                    .hasSize(9);
        }
    }

    @Test
    void functions_neverMoreAtOnceThanThreads_howeverManyEvents() throws Exception {
        AtomicInteger running = new AtomicInteger();
        Recorder<Integer> atOnce = new Recorder<>();
        CountDownLatch handled = new CountDownLatch(1);
        try (Walwire walwire = with(2, on -> {
                    on.table("item").parallel(event -> {
                        atOnce.add(running.incrementAndGet());
                        threads.add(Thread.currentThread().getName());
                        running.decrementAndGet();
                    });
                    on.onTransaction(tx -> handled.countDown());
                })
                .start()) {
            insert(2_000);
            assertThat(handled.await(180, TimeUnit.SECONDS)).isTrue();
            assertThat(atOnce.all()).hasSize(2_000).allMatch(count -> count <= 2);
            assertThat(threads.all().stream().collect(Collectors.toSet()))
                    .containsExactlyInAnyOrder("walwire-shop-function-1", "walwire-shop-function-2");
        }
    }

    @Test
    void functions_allEnd_beforeTheTransactionIsConfirmed() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Recorder<Transaction> transactions = new Recorder<>();
        Recorder<Position> started = new Recorder<>();
        try (Walwire walwire = with(2, on -> {
                    on.table("item").parallel(event -> {
                        started.add(event.id().position());
                        release.await();
                    });
                    on.table("item").onInserts(trail.runs("callback"));
                    on.onTransaction(transactions::add);
                })
                .start()) {
            insert(5);
            Position commit = started.await(2).get(0);
            trail.await(1);
            database.sql("INSERT INTO other VALUES (1)");
            awaitNextStatus();
            assertThat(walwire.status().confirmed()).isLessThan(commit);
            assertThat(Instances.confirmed(database)).isLessThanOrEqualTo(commit);
            assertThat(transactions.all()).isEmpty();
            release.countDown();
            Lsn end = Objects.requireNonNull(transactions.await(2).get(1).endLsn());
            Eventually.until(LONG, () -> Instances.confirmed(database).compareTo(end) >= 0);
            assertThat(started.all()).hasSize(5);
        } finally {
            release.countDown();
        }
    }

    @Test
    void functionThatThrows_stopsUnconfirmed_afterTheOthersEnded() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch failed = new CountDownLatch(1);
        Recorder<Position> commits = new Recorder<>();
        try (Walwire walwire = with(2, on -> on.table("item").parallel(event -> {
                    commits.add(event.id().position());
                    if (event.id().index() == 0) {
                        failed.countDown();
                        throw new java.io.IOException("no mail today");
                    }
                    release.await();
                    trail.add("other ended");
                }))
                .failurePolicy(FailurePolicy.stop())
                .start()) {
            insert(2);
            failed.await();
            assertThat(walwire.state().isFinal()).isFalse();
            release.countDown();
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .isInstanceOfSatisfying(WalwireException.class, failure -> assertThat(failure.code())
                            .isEqualTo(ErrorCode.HANDLER))
                    .hasMessageContainingAll(getClass().getName(), "a function", "insert public.item", "no mail today");
            assertThat(trail.await(1)).containsExactly("other ended");
            assertThat(Instances.confirmed(database))
                    .isLessThanOrEqualTo(commits.await(1).get(0));
        } finally {
            release.countDown();
        }
    }

    @Test
    void functionThatThrowsInterrupted_isAFailureOfTheHandler() throws Exception {
        try (Walwire walwire = with(2, on -> on.table("item").parallel(event -> {
                    throw new InterruptedException("by the user's own code");
                }))
                .start()) {
            insert(1);
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .isInstanceOfSatisfying(WalwireException.class, failure -> assertThat(failure.code())
                            .isEqualTo(ErrorCode.HANDLER))
                    .hasMessageContainingAll(getClass().getName(), "a function");
        }
    }

    @Test
    void process_whileTheInstanceCloses_returnsAndLeavesNothingRunning() throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        Recorder<Throwable> thrown = new Recorder<>();
        CountDownLatch busy = new CountDownLatch(1);
        Thread processing;
        try (Walwire walwire = with(1, on -> {
                    on.table("item").parallel(event -> {
                        busy.countDown();
                        new CountDownLatch(1).await();
                    });
                })
                .interceptor((tx, next) -> transactions.add(tx))
                .start()) {
            insert(500);
            Transaction stored = transactions.await(1).get(0);
            processing = new Thread(() -> {
                try {
                    walwire.process(stored);
                } catch (Throwable e) {
                    thrown.add(e);
                }
            });
            processing.start();
            busy.await();
        }
        assertThat(thrown.await(1).get(0)).isInstanceOf(WalwireException.class);
        processing.join();
    }

    /** Returns when the server has heard from the instance once more. */
    private void awaitNextStatus() throws SQLException {
        String now = database.queryString("SELECT clock_timestamp()::text");
        Eventually.until(
                LONG,
                () -> database.queryLong(
                                "SELECT count(*) FROM pg_stat_replication r JOIN pg_replication_slots s ON s.active_pid = r.pid"
                                        + " WHERE s.slot_name = ? AND r.reply_time > ?::timestamptz",
                                Instances.slot(database),
                                now)
                        == 1);
    }

    private record Item(int id, String name) {}

    @Test
    void parallel_ofARecord_getsRowsAsTheRecord() throws Exception {
        Recorder<Item> items = new Recorder<>();
        try (Walwire walwire = with(2, on -> on.table("item", Item.class).parallel(event -> items.add(event.row())))
                .start()) {
            database.sql("INSERT INTO item VALUES (1, 'a')");
            assertThat(items.await(1)).containsExactly(new Item(1, "a"));
        }
    }
}
