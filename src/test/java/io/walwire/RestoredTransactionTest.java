package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Filter;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A transaction that an interceptor stored is processed later as if it came from the stream. */
class RestoredTransactionTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();
    private final Recorder<byte[]> stored = new Recorder<>();
    private final Recorder<Transaction> original = new Recorder<>();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TYPE mood AS ENUM ('happy', 'sad')",
                """
                CREATE TABLE item (id int PRIMARY KEY, "náme" text, mood mood, tags text[], grid int[], doc jsonb,
                  data bytea, amount numeric, at timestamptz)""",
                "CREATE TABLE other (id int PRIMARY KEY, name text)",
                "ALTER TABLE other REPLICA IDENTITY FULL");
    }

    private WalwireBuilder storing() {
        return Instances.durable(database).interceptor((transaction, next) -> {
            original.add(transaction);
            stored.add(transaction.toBytes());
        });
    }

    private void everything() throws SQLException {
        database.inTransaction(
                """
                INSERT INTO item VALUES (1, 'a', 'sad', '{"x y",NULL}', '{{1},{2}}', '{"a": 1.50}', '\\x00ff', 1.50,
                  '2024-02-29 12:00:00.5+00')""",
                "INSERT INTO other VALUES (1, 'a')",
                "UPDATE item SET id = 2",
                "UPDATE other SET name = NULL",
                "DELETE FROM item",
                "DELETE FROM other",
                "TRUNCATE item RESTART IDENTITY CASCADE");
    }

    @Test
    void restored_isEqualInEveryFact() throws Exception {
        try (Walwire walwire = storing().start()) {
            everything();
            Transaction restored = Walwire.restore(stored.await(1).get(0));
            Transaction before = original.all().get(0);
            assertThat(restored.xid()).isEqualTo(before.xid());
            assertThat(restored.commitLsn()).isEqualTo(before.commitLsn());
            assertThat(restored.endLsn()).isEqualTo(before.endLsn());
            assertThat(restored.timestamp()).isEqualTo(before.timestamp());
            assertThat(restored.origin()).isEqualTo(before.origin());
            assertThat(restored.part()).isEqualTo(before.part());
            assertThat(restored.isLast()).isTrue();
            assertThat(restored.events()).hasSize(7).extracting(Event::toJson).isEqualTo(jsons(before));
            assertThat(restored.events()).extracting(Event::id).isEqualTo(ids(before));
            assertThat(restored.toBytes()).isEqualTo(stored.all().get(0));
            assertThat(Typed.row(restored.events().get(0)).afterRow())
                    .isNotNull()
                    .satisfies(row -> assertThat(row.columns())
                            .isEqualTo(Objects.requireNonNull(
                                            Typed.row(before.events().get(0)).afterRow())
                                    .columns()));
        }
    }

    private static List<String> jsons(Transaction transaction) {
        return transaction.events().stream().map(Event::toJson).toList();
    }

    private static List<Object> ids(Transaction transaction) {
        return transaction.events().stream().<Object>map(Event::id).toList();
    }

    private record Other(int id, String name) {}

    @Test
    void process_runsAndFiltersAndRecordsWork_onTheCallersThread() throws Exception {
        Recorder<Other> others = new Recorder<>();
        Recorder<Thread> threads = new Recorder<>();
        try (Walwire walwire = storing()
                .handler(on -> {
                    on.table("item").onInserts(trail.runs("insert")).onDeletes(trail.runs("delete"));
                    on.table("other")
                            .filter(Filter.changed("name"))
                            .filter(Filter.where(event -> event.beforeRow() == null))
                            .onChanges(trail.runs("filtered"));
                    on.table("other", Other.class).onInsert(event -> others.add(event.row()));
                    on.onTransaction(tx -> {
                        trail.add("transaction of " + tx.events().size());
                        threads.add(Thread.currentThread());
                    });
                })
                .start()) {
            everything();
            byte[] bytes = stored.await(1).get(0);
            assertThat(trail.await(0)).isEmpty();
            walwire.process(Walwire.restore(bytes));
            List<String> once = List.of("insert: item+1", "filtered: other+1", "delete: item-2", "transaction of 7");
            assertThat(trail.await(4)).isEqualTo(once);
            assertThat(others.all()).containsExactly(new Other(1, "a"));
            assertThat(threads.all()).containsExactly(Thread.currentThread());
            walwire.process(original.all().get(0));
            assertThat(trail.await(8).subList(4, 8)).isEqualTo(once);
            assertThat(stored.all()).hasSize(1);
        }
    }

    @Test
    void process_bytesOfAnEarlierInstance_keepTheirIds() throws Exception {
        try (Walwire walwire = storing().start()) {
            everything();
            stored.await(1);
        }
        Recorder<Event> processed = new Recorder<>();
        try (Walwire walwire = storing()
                .handler(on -> on.allTables().onChanges(processed::addAll))
                .start()) {
            walwire.process(Walwire.restore(stored.all().get(0)));
            assertThat(processed.all())
                    .extracting(Event::toJson)
                    .isEqualTo(jsons(original.all().get(0)));
            assertThat(processed.all())
                    .extracting(Event::id)
                    .isEqualTo(ids(original.all().get(0)));
        }
    }

    @Test
    void process_handlerThrows_theCallerGetsIt_andTheInstanceGoesOn() throws Exception {
        try (Walwire walwire = storing()
                .handler(on -> on.table("item").onInserts(events -> {
                    throw new IllegalStateException("not today");
                }))
                .failurePolicy(FailurePolicy.stop())
                .start()) {
            everything();
            Transaction restored = Walwire.restore(stored.await(1).get(0));
            assertThatThrownBy(() -> walwire.process(restored))
                    .isInstanceOfSatisfying(WalwireException.class, failure -> assertThat(failure.code())
                            .isEqualTo(ErrorCode.HANDLER))
                    .hasMessageContainingAll("insert public.item", "not today");
            assertThat(walwire.state().isFinal()).isFalse();
            database.sql("INSERT INTO other VALUES (9)");
            assertThat(stored.await(2)).hasSize(2);
        }
    }

    @Test
    void process_confirmsNothing_andWaitsForTheHandlerThatRuns() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Walwire walwire = Instances.durable(database)
                .handler(on -> {
                    on.table("other").onInserts(events -> {
                        busy.countDown();
                        release.await();
                        trail.add("streamed");
                    });
                    on.table("item").onInserts(trail.runs("processed"));
                })
                .interceptor((transaction, next) -> {
                    stored.add(transaction.toBytes());
                    if (stored.all().size() > 1) {
                        next.proceed(transaction);
                    }
                })
                .start()) {
            database.sql("INSERT INTO item (id) VALUES (1)");
            Transaction restored = Walwire.restore(stored.await(1).get(0));
            database.sql("INSERT INTO other VALUES (1)");
            busy.await();
            Thread processing = new Thread(() -> {
                try {
                    walwire.process(restored);
                } catch (InterruptedException e) {
                    trail.add("interrupted");
                }
            });
            processing.start();
            Eventually.until(LONG, () -> processing.getState() == Thread.State.WAITING);
            assertThat(trail.await(0)).isEmpty();
            release.countDown();
            processing.join();
            assertThat(trail.await(2)).containsExactly("streamed", "processed: item+1");
        } finally {
            release.countDown();
        }
    }

    @Test
    void process_insideTheInterceptor_isAllowed() throws Exception {
        Recorder<Walwire> instance = new Recorder<>();
        try (Walwire walwire = Instances.durable(database)
                .handler(on -> on.table("item").onInserts(trail.runs("processed")))
                .interceptor(
                        (transaction, next) -> instance.await(1).get(0).process(Walwire.restore(transaction.toBytes())))
                .start()) {
            instance.add(walwire);
            database.sql("INSERT INTO item (id) VALUES (1)");
            assertThat(trail.await(1)).containsExactly("processed: item+1");
        }
    }

    @Test
    void process_closedInstance_isRefused() throws Exception {
        Walwire walwire = storing().start();
        database.sql("INSERT INTO item (id) VALUES (1)");
        Transaction restored = Walwire.restore(stored.await(1).get(0));
        walwire.close();
        assertThatThrownBy(() -> walwire.process(restored))
                .isInstanceOfSatisfying(WalwireException.class, failure -> assertThat(failure.code())
                        .isEqualTo(ErrorCode.CLOSED));
    }

    @Test
    void parts_areRestoredAsParts() throws Exception {
        try (Walwire walwire = storing().set("walwire.buffer", "64KiB").start()) {
            database.sql("INSERT INTO other SELECT g, repeat('x', 100) FROM generate_series(1, 500) g");
            Eventually.until(LONG, () -> original.all().stream().anyMatch(Transaction::isLast));
            List<Transaction> restored = stored.await(original.all().size()).stream()
                    .map(Walwire::restore)
                    .toList();
            assertThat(restored).hasSizeGreaterThan(2);
            for (int i = 0; i < restored.size(); i++) {
                Transaction before = original.all().get(i);
                assertThat(restored.get(i).part()).isEqualTo(i);
                assertThat(restored.get(i).isLast()).isEqualTo(before.isLast());
                assertThat(restored.get(i).endLsn()).isEqualTo(before.endLsn());
                assertThat(jsons(restored.get(i))).isEqualTo(jsons(before));
            }
        }
    }

    @Test
    void restore_anythingElse_isRefused() throws Exception {
        try (Walwire walwire = storing().start()) {
            everything();
            byte[] bytes = stored.await(1).get(0);
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThatThrownBy(() -> Walwire.restore(cut))
                        .as("cut at %d of %d", length, bytes.length)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("transaction");
            }
            assertThatThrownBy(
                            () -> Walwire.restore("something else".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("transaction");
        }
    }
}
