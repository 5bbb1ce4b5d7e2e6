package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.event.ChangeEvent;
import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.Callback;
import io.walwire.handler.DeadLetter;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several transactions' events in one call. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class BatchesTest {
    private static final Duration LONG = Items.LONG;
    private static final Duration NEVER = Duration.ofDays(365_000);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE other (id int PRIMARY KEY)");
    }

    private WalwireBuilder reader(EventHandler handler) {
        return Instances.durable(database).failurePolicy(FailurePolicy.stop()).handler(handler);
    }

    private EventHandler batches(int size, Duration delay) {
        return on -> on.table("item").batch(size, delay, trail.runs("batch"));
    }

    private void insert(int... ids) throws SQLException {
        for (int id : ids) {
            database.sql("INSERT INTO item VALUES (" + id + ")");
        }
    }

    private void awaitReceived(Walwire walwire) {
        Eventually.until(LONG, () -> !walwire.status().received().isBefore(Items.currentLsn(database)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8})
    void batch_fullOnes_acrossTransactions(int concurrency) throws Exception {
        try (Walwire walwire =
                reader(batches(3, NEVER)).concurrency(concurrency).start()) {
            insert(1, 2, 3, 4, 5);
            database.inTransaction("INSERT INTO item VALUES (6), (7), (8), (9)");
            assertThat(trail.await(3))
                    .containsExactly(
                            "batch: item+1 item+2 item+3",
                            "batch: item+4 item+5 item+6",
                            "batch: item+7 item+8 item+9");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(walwire.status().transactions()).isEqualTo(6);
        }
    }

    @Test
    void batch_delay_endsIt() throws Exception {
        try (Walwire walwire = reader(batches(100, Duration.ofMillis(50))).start()) {
            insert(1);
            assertThat(trail.await(1)).containsExactly("batch: item+1");
            insert(2);
            assertThat(trail.await(2)).endsWith("batch: item+2");
            Lsn end = Items.currentLsn(database);
            Eventually.until(LONG, () -> !Instances.confirmed(database).isBefore(end));
            Eventually.until(LONG, () -> walwire.status().queuedBytes() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8})
    void batch_gathered_isNotConfirmed_thoughOthersAreDone(int concurrency) throws Exception {
        Trail others = new Trail();
        try (Walwire walwire = reader(batches(100, NEVER))
                .concurrency(concurrency)
                .handler(on -> on.allTables().onInsert(others.events("")))
                .start()) {
            insert(1);
            Lsn first = Items.currentLsn(database);
            database.sql("INSERT INTO other VALUES (1)");
            others.await(2);
            awaitReceived(walwire);
            assertThat(walwire.status().confirmed().isBefore(first)).isTrue();
            assertThat(walwire.status().transactions()).isZero();
            assertThat(walwire.awaitCurrent(LONG)).as("a barrier ends a batch").isTrue();
            assertThat(trail.await(1)).containsExactly("batch: item+1");
            assertThat(walwire.status().transactions()).isEqualTo(2);
        }
    }

    @Test
    void batch_drain_endsIt_andNothingComesAgain() throws Exception {
        Walwire walwire = reader(batches(100, NEVER)).start();
        insert(1, 2);
        awaitReceived(walwire);
        assertThat(walwire.drain(LONG)).isTrue();
        assertThat(trail.await(1)).containsExactly("batch: item+1 item+2");
        assertNothingComesAgain();
    }

    @Test
    void batch_close_endsIt_andNothingComesAgain() throws Exception {
        Trail others = new Trail();
        Walwire walwire = reader(batches(100, NEVER))
                .handler(on -> on.table("item").onInsert(others.events("")))
                .start();
        insert(1, 2);
        others.await(2);
        walwire.close();
        assertThat(trail.await(1)).containsExactly("batch: item+1 item+2");
        assertNothingComesAgain();
    }

    private void assertNothingComesAgain() throws Exception {
        Trail again = new Trail();
        try (Walwire next = reader(on -> on.table("item").onChanges(again.runs("again")))
                .handler(again.marker())
                .start()) {
            assertThat(next.state()).isNotNull();
            assertThat(again.upToMark(database)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void batch_fullBuffer_endsIt(int concurrency) throws Exception {
        try (Walwire walwire = reader(batches(1_000_000, NEVER))
                .set("walwire.buffer", "64KiB")
                .concurrency(concurrency)
                .start()) {
            for (int i = 0; i < 20; i++) {
                database.sql("INSERT INTO item SELECT g, repeat('x', 500) FROM generate_series(" + i * 20 + ", "
                        + (i * 20 + 19) + ") g");
            }
            awaitReceived(walwire);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            List<String> calls = trail.await(2);
            assertThat(calls.stream()
                            .mapToInt(call -> call.split(" ").length - 1)
                            .sum())
                    .isEqualTo(400);
            assertThat(calls.size()).isBetween(2, 60);
        }
    }

    @Test
    void batch_truncateComesAlone_schemaAndGapEndIt() throws Exception {
        try (Walwire walwire = reader(on -> {
                    on.table("item").batch(100, NEVER, trail.runs("batch"));
                    on.table("item").onSchema(trail.events("schema"));
                })
                .start()) {
            insert(1);
            database.sql("TRUNCATE item");
            insert(2);
            database.sql("ALTER TABLE item ADD COLUMN more int");
            insert(3);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(trail.await(5).stream().filter(line -> line.startsWith("batch")))
                    .containsExactly("batch: item+1", "batch: item!", "batch: item+2", "batch: item+3");
        }
    }

    @Test
    void batch_gap_endsItFirst() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> {
                    on.table("item").batch(100, NEVER, trail.runs("batch"));
                    on.onGap(gap -> trail.add("gap"));
                })
                .start()) {
            insert(1);
            awaitReceived(walwire);
            database.terminateWalsenders();
            assertThat(trail.await(2)).containsExactly("batch: item+1", "gap");
        }
    }

    @Test
    void batch_lostConnection_nothingTwice() throws Exception {
        Trail others = new Trail();
        try (Walwire walwire = reader(batches(4, NEVER))
                .handler(on -> on.table("item").onInsert(others.events("")))
                .start()) {
            insert(1, 2);
            others.await(2);
            assertThat(database.terminateWalsenders()).isEqualTo(1);
            Eventually.until(LONG, () -> walwire.status().reconnects() == 1);
            insert(3, 4);
            assertThat(trail.await(1)).containsExactly("batch: item+1 item+2 item+3 item+4");
            assertThat(others.await(4)).containsExactly(": item+1", ": item+2", ": item+3", ": item+4");
        }
    }

    @Test
    void batch_fails_stops_andAllOfItComesAgain() throws Exception {
        Walwire failing = reader(on -> on.table("item").batch(2, NEVER, events -> {
                    throw new IllegalStateException("no bulk today");
                }))
                .start();
        insert(1, 2);
        assertThatThrownBy(() -> failing.awaitTermination(LONG))
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("a batch")
                .hasMessageContaining("no bulk today");
        failing.close();
        try (Walwire walwire = reader(batches(2, NEVER)).start()) {
            assertThat(trail.await(1)).containsExactly("batch: item+1 item+2");
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void batch_deadLetter_ofSeveralTransactions_replaysAsItWas(@TempDir Path folder) throws Exception {
        DeadLetters letters = DeadLetters.file(folder.resolve("letters"));
        AtomicBoolean failing = new AtomicBoolean(true);
        Recorder<DeadLetter> set = new Recorder<>();
        Callback<List<ChangeEvent<Row>>> bulk = events -> {
            if (failing.get()) {
                throw new IllegalStateException("not yet");
            }
            trail.<ChangeEvent<Row>>runs("batch").on(events);
        };
        try (Walwire walwire = Instances.durable(database)
                .handler("bulk", on -> on.table("item").batch(3, NEVER, bulk), FailurePolicy.deadLetter(letter -> {
                    set.add(letter);
                    letters.on(letter);
                }))
                .start()) {
            insert(1, 2);
            database.sql("INSERT INTO other VALUES (1)");
            insert(3);
            List<Event> events = set.await(1).get(0).events();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            failing.set(false);
            assertThat(walwire.replay(letters).replayed()).isEqualTo(3);
            assertThat(trail.await(3)).containsExactly("batch: item+1", "batch: item+2", "batch: item+3");
            assertThat(events)
                    .extracting(event -> Typed.transaction(event).commitLsn())
                    .doesNotHaveDuplicates();
        }
    }

    record Item(int id) {}

    @Test
    void batch_ofRecords_filtered() throws Exception {
        Recorder<List<Integer>> ids = new Recorder<>();
        try (Walwire walwire = reader(on -> on.table("item", Item.class)
                        .filter(event -> !Objects.equals(Typed.row(event).row().getInt("id"), 7))
                        .batch(
                                2,
                                NEVER,
                                items -> ids.add(items.stream()
                                        .map(item ->
                                                ((RowEvent<Item>) item).row().id())
                                        .toList())))
                .start()) {
            insert(7, 1, 2);
            assertThat(ids.await(1)).containsExactly(List.of(1, 2));
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
    }

    @Test
    void batch_addedAndRemovedWhileRunning_worksFromTheNextTransactionOn() throws Exception {
        Trail others = new Trail();
        EventHandler added = batches(2, NEVER);
        try (Walwire walwire =
                reader(on -> on.table("item").onInsert(others.events(""))).start()) {
            insert(1);
            others.await(1);
            walwire.addHandler(added);
            insert(2, 3, 4);
            others.await(4);
            walwire.removeHandler(added);
            insert(5);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(trail.await(2)).containsExactly("batch: item+2 item+3", "batch: item+4");
        }
    }

    @Test
    void interceptor_aBatchEndsWithItsTransaction() throws Exception {
        try (Walwire walwire = reader(batches(100, NEVER))
                .interceptor((transaction, next) -> {
                    next.proceed(transaction);
                    trail.add("after");
                })
                .start()) {
            insert(1, 2);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(trail.await(4)).containsExactly("batch: item+1", "after", "batch: item+2", "after");
        }
    }

    @Test
    void checkpoint_withABatch_isRefused_alsoLater() throws Exception {
        assertThatThrownBy(() -> reader(batches(1, NEVER))
                        .checkpoint(JdbcCheckpoint.of(LetterBox.source(database), "batches"))
                        .start())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("declares a batch")
                .hasMessageContaining("JdbcCheckpoint");
    }

    /** A replay without a stream calls handlers in the checkpoint's transaction, too. */
    @Test
    void checkpoint_withABatch_isRefused_alsoForAReplay(@TempDir Path folder) {
        DeadLetters letters = DeadLetters.file(folder.resolve("letters"));
        WalwireBuilder builder =
                reader(batches(1, NEVER)).checkpoint(JdbcCheckpoint.of(LetterBox.source(database), "batches"));
        assertThatThrownBy(() -> builder.replay(letters, letter -> true))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("declares a batch");
    }

    @Test
    void batch_badSizeOrDelay_isRefused() {
        for (EventHandler wrong : List.of(batches(0, NEVER), batches(1, Duration.ofMillis(-1)))) {
            assertThatThrownBy(() -> reader(wrong).start())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("a size of 1 or more");
        }
    }

    @Test
    void manyKeys_inLanesAndBatches_allOfThem() throws Exception {
        Recorder<String> gathered = new Recorder<>();
        Recorder<String> single = new Recorder<>();
        try (Walwire walwire = reader(on -> on.table("item")
                        .batch(
                                16,
                                NEVER,
                                events -> gathered.addAll(
                                        events.stream().map(Trail::line).toList()))
                        .onInsert(event -> single.add(Trail.line(event))))
                .concurrency(8)
                .start()) {
            insert(IntStream.range(0, 60).toArray());
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(gathered.all())
                    .containsExactlyElementsOf(
                            IntStream.range(0, 60).mapToObj(i -> "item+" + i).toList());
            assertThat(single.all()).hasSize(60).doesNotHaveDuplicates();
        }
    }
}
