package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.error.ConfigurationException;
import io.walwire.event.Kind;
import io.walwire.event.ReadEvent;
import io.walwire.event.Row;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Existing rows, as a user reads them. */
class BackfillTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int ROWS = ExistingItems.ROWS;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws Exception {
        ExistingItems.create(database);
    }

    private WalwireBuilder small(WalwireBuilder builder) {
        return builder.set("walwire.backfill.chunk", "8KiB");
    }

    @Test
    void existingRows_areDeliveredOnce() throws Exception {
        ConcurrentLinkedQueue<ReadEvent<Row>> reads = new ConcurrentLinkedQueue<>();
        List<String> others = new ArrayList<>();
        try (Walwire walwire = small(Instances.temporary(database))
                .handler(on -> on.table("item")
                        .onReads(reads::addAll)
                        .onChange(change -> others.add(change.toString()))
                        .parallel(change -> others.add(change.toString())))
                .handler(on -> on.onTransaction(transaction -> others.add(transaction.toString())))
                .start()) {
            BackfillRun run = walwire.backfill("item").start();
            ExistingItems.await(run);
            assertThat(run.progress().state()).isEqualTo(BackfillState.DONE);
            assertThat(run.progress().rows()).isEqualTo(ROWS);
            assertThat(run.progress().bytes()).isPositive();
            assertThat(walwire.backfills()).isEmpty();
        }
        assertThat(reads).hasSize(ROWS);
        assertThat(reads.stream().map(read -> read.row().text("id")).distinct()).hasSize(ROWS);
        assertThat(reads.stream().map(ReadEvent::id).distinct()).hasSize(ROWS);
        ReadEvent<Row> one = reads.element();
        assertThat(one.kind()).isEqualTo(Kind.READ);
        assertThat(one.beforeRow()).isNull();
        assertThat(one.changes()).isNull();
        assertThat(one.unavailable()).isEmpty();
        assertThat(Objects.requireNonNull(one.key()).text("id"))
                .isEqualTo(one.row().text("id"));
        assertThat(one.transaction().commitLsn()).isEqualTo(one.position());
        assertThat(one.toJson()).contains("\"type\":\"read\"");
        assertThat(others).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void copy_besideWriters_isTheTable(int concurrency) throws Exception {
        TableCopy copy = new TableCopy("item");
        try (Walwire walwire = small(Instances.temporary(database))
                .concurrency(concurrency)
                .handler(copy)
                .start()) {
            List<CompletableFuture<Void>> writers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Random random = new Random(i);
                writers.add(CompletableFuture.runAsync(() -> write(random)));
            }
            BackfillRun run = walwire.backfill("item").start();
            for (CompletableFuture<Void> writer : writers) {
                writer.get(LONG.toSeconds(), TimeUnit.SECONDS);
            }
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
        assertThat(copy.reads.get()).isPositive();
    }

    /** Updates that leave the large value out, key changes, deletes and inserts. */
    private void write(Random random) {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < 300; i++) {
                int id = 1 + random.nextInt(ROWS);
                statement.execute(
                        switch (random.nextInt(6)) {
                            case 0 -> "DELETE FROM item WHERE id = " + id;
                            case 1 ->
                                "UPDATE item SET id = nextval('mark_id_seq') + 100000, v = v + 1 WHERE id = " + id;
                            case 2 -> "INSERT INTO item VALUES (nextval('mark_id_seq') + 200000, 0, repeat('x', 5000))";
                            case 3 -> "UPDATE item SET big = repeat('y', 5000), v = v + 1 WHERE id = " + id;
                            default -> "UPDATE item SET v = v + 1 WHERE id = " + id;
                        });
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void unchangedToastedValue_isReadAgain() throws Exception {
        database.sql("UPDATE item SET big = repeat('z', 100000) WHERE id = 1");
        TableCopy copy = new TableCopy("item");
        try (Walwire walwire =
                small(Instances.temporary(database)).handler(copy).start()) {
            try (Connection open = database.connect();
                    Statement statement = open.createStatement()) {
                open.setAutoCommit(false);
                statement.execute("UPDATE item SET v = 7 WHERE id = 1");
                BackfillRun run = walwire.backfill("item").start();
                open.commit();
                ExistingItems.await(run);
            }
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    @Test
    void truncate_duringTheRun_leavesNothing() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch truncated = new CountDownLatch(1);
        TableCopy copy = new TableCopy("item", () -> {
            reading.countDown();
            try {
                truncated.await(LONG.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        try (Walwire walwire =
                small(Instances.temporary(database)).handler(copy).start()) {
            BackfillRun run = walwire.backfill("item").start();
            reading.await();
            database.sql("TRUNCATE item", "INSERT INTO item VALUES (1, 1, 'new')");
            truncated.countDown();
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    @Test
    void pausedRun_goesOn_andCancelledRun_ends() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        TableCopy copy = new TableCopy("item", () -> {
            reading.countDown();
            try {
                go.await(LONG.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        try (Walwire walwire =
                small(Instances.temporary(database)).handler(copy).start()) {
            BackfillRun run = walwire.backfill("item").start();
            reading.await();
            run.pause();
            assertThat(run.progress().state()).isEqualTo(BackfillState.PAUSED);
            go.countDown();
            assertThat(walwire.backfill("item").start().id()).isEqualTo(run.id());
            run.resume();
            ExistingItems.await(run);
            assertThat(copy.rows).hasSize(ROWS);
            // slowly, so that it is not done before it is paused
            BackfillRun second = walwire.backfill("item")
                    .where("id > 10 AND pg_catalog.pg_sleep(0.01) IS NOT NULL")
                    .start();
            second.pause();
            second.cancel();
            assertThatThrownBy(() -> ExistingItems.await(second)).hasRootCauseInstanceOf(CancellationException.class);
            assertThat(second.progress().state()).isEqualTo(BackfillState.CANCELLED);
        }
    }

    @Test
    void condition_andHandlers_narrowTheRun() throws Exception {
        TableCopy one = new TableCopy("item");
        TableCopy other = new TableCopy("item");
        try (Walwire walwire = Instances.temporary(database)
                .handler("one", one)
                .handler("other", other)
                .start()) {
            ExistingItems.await(
                    walwire.backfill("item").where("id <= 10").handlers("one").start());
            assertThatThrownBy(() -> walwire.backfill("item").handlers("third").start())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("There is no handler third");
        }
        assertThat(one.rows).hasSize(10);
        assertThat(other.rows).isEmpty();
    }

    @Test
    void whatCannotBeRead_isRefused_withWhatToDo() throws Exception {
        String role = database.role("LOGIN REPLICATION");
        database.sql(
                "CREATE TABLE hidden (id int PRIMARY KEY)",
                "ALTER TABLE hidden ENABLE ROW LEVEL SECURITY",
                "GRANT SELECT ON hidden TO " + role);
        try (Walwire walwire = Instances.temporary(database)
                .set("walwire.user", role)
                .set("walwire.password", database.password())
                .handler(on -> {
                    for (String table : List.of("item", "hidden")) {
                        on.table(table).onReads(reads -> {});
                    }
                })
                .start()) {
            assertThatThrownBy(() -> walwire.backfill("item").start())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("needs SELECT on public.item")
                    .hasMessageContaining("GRANT SELECT ON \"public\".\"item\" TO");
            assertThatThrownBy(() -> walwire.backfill("hidden").start())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("Row security hides rows of public.hidden");
            assertThatThrownBy(() -> walwire.backfill("mark").start())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("No handler and no watch asks for the existing rows of public.mark");
        }
    }

    @Test
    void readThatFails_isADeadLetter_andIsReplayed(@TempDir Path folder) throws Exception {
        Path letters = folder.resolve("letters");
        List<String> done = new ArrayList<>();
        boolean[] broken = {true};
        try (Walwire walwire = Instances.temporary(database)
                .set("walwire.failure", "dead-letter")
                .set("walwire.failure.retries", "0")
                .set("walwire.dead-letters", letters.toString())
                .handler("copy", on -> on.table("item").onRead(read -> {
                    if (broken[0] && Objects.equals(read.row().text("id"), "5")) {
                        throw new IllegalStateException("broken");
                    }
                    done.add(read.row().text("id") + " " + read.id());
                }))
                .start()) {
            ExistingItems.await(walwire.backfill("item").where("id <= 10").start());
            assertThat(done).hasSize(9);
            broken[0] = false;
            DeadLetters kept = Instances.temporary(database)
                    .set("walwire.dead-letters", letters.toString())
                    .deadLetters();
            assertThat(walwire.replay(kept).replayed()).isEqualTo(1);
        }
        assertThat(done).hasSize(10);
        String before = done.get(0);
        String reading = before.substring(before.indexOf(' '), before.indexOf("/public.item/"));
        assertThat(done.get(9)).startsWith("5" + reading + "/public.item/");
    }

    @Test
    void allRows_areBackfilled_afterTheLastRow() throws Exception {
        List<String> calls = new ArrayList<>();
        try (Walwire walwire = small(Instances.temporary(database))
                .handler(on -> on.table("item")
                        .onReads(reads -> calls.add("reads"))
                        .onBackfilled(done ->
                                calls.add(done.run() + " " + done.source().table())))
                .start()) {
            BackfillRun run = walwire.backfill("item").start();
            ExistingItems.await(run);
            assertThat(calls.get(calls.size() - 1)).isEqualTo(run.id() + " item");
            assertThat(calls.subList(0, calls.size() - 1)).isNotEmpty().allMatch("reads"::equals);
        }
    }

    @Test
    void watches_getReads_whereTheyAskForThem() throws Exception {
        ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<String> others = new ConcurrentLinkedQueue<>();
        try (Walwire walwire = Instances.temporary(database).start()) {
            walwire.watch("item").reads().key(5).subscribe(event -> asked.add(event.toString()));
            walwire.watch("item").key(5).subscribe(event -> others.add(event.toString()));
            ExistingItems.await(walwire.backfill("item").start());
            Eventually.until(LONG, () -> !asked.isEmpty());
        }
        assertThat(asked).hasSize(1);
        assertThat(others).isEmpty();
    }

    @Test
    void quietServer_withAWriterThatIdles_readsAllTheSame() throws Exception {
        TableCopy copy = new TableCopy("item");
        List<String> messages = new ArrayList<>();
        try (Walwire walwire = Instances.temporary(database)
                .handler(copy)
                .handler(on -> on.onMessage(message -> messages.add(message.toString())))
                .start()) {
            BackfillRun run = walwire.backfill("item").start();
            Eventually.until(LONG, () -> run.progress().state() != BackfillState.WAITING);
            ExistingItems.await(run);
            try (Connection idle = database.connect();
                    Statement statement = idle.createStatement()) {
                BackfillRun second = walwire.backfill("item").start();
                Eventually.until(LONG, () -> second.progress().state() != BackfillState.WAITING);
                idle.setAutoCommit(false);
                statement.execute("INSERT INTO item VALUES (5000, 1, 'open')");
                ExistingItems.await(second);
            }
        }
        assertThat(copy.rows).hasSize(ROWS);
        assertThat(messages).isEmpty();
    }

    /** The table is there; what its condition reads is not. */
    @Test
    void conditionThatFailsAtARow_failsTheRun() throws Exception {
        database.sql("CREATE FUNCTION wanted(int) RETURNS boolean LANGUAGE plpgsql AS"
                + " 'BEGIN RETURN EXISTS (SELECT FROM public.missing); END'");
        try (Walwire walwire =
                Instances.temporary(database).handler(new TableCopy("item")).start()) {
            BackfillRun run =
                    walwire.backfill("item").where("public.wanted(id)").start();
            assertThatThrownBy(() -> ExistingItems.await(run)).hasMessageContaining("missing");
            assertThat(run.progress().state()).isEqualTo(BackfillState.FAILED);
        }
    }

    @Test
    void newTables_areKnown_whenTheInstanceStreams() {
        try (Walwire walwire = small(Instances.temporary(database))
                .set("walwire.backfill", "new")
                .set("walwire.backfill.rate", "1KiB")
                .handler(new TableCopy("item"))
                .start()) {
            assertThat(walwire.backfills()).hasSize(1);
        }
    }

    @Test
    void handlerThatIsAddedLater_getsTheRowsOfItsTable() throws Exception {
        TableCopy copy = new TableCopy("item");
        try (Walwire walwire = Instances.temporary(database)
                .set("walwire.backfill", "new")
                .handler(on -> on.table("mark").onInsert(event -> {}))
                .start()) {
            walwire.addHandler(copy);
            Eventually.until(LONG, () -> copy.rows.size() == ROWS);
        }
    }

    /** Changes wait for a handler that is busy for longer than reading may go on. */
    @Test
    void streamThatIsFarBehind_pausesTheReading() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        TableCopy copy = new TableCopy("item");
        try (LogLines log = new LogLines();
                Walwire walwire = small(Instances.temporary(database))
                        .handler(copy)
                        .handler(on -> on.table("mark").onInsert(event -> go.await(LONG.toSeconds(), TimeUnit.SECONDS)))
                        .start()) {
            // slowly, so that it is not done before it is paused
            BackfillRun run = walwire.backfill("item")
                    .where("pg_catalog.pg_sleep(0.005) IS NOT NULL")
                    .start();
            run.pause();
            database.sql("INSERT INTO mark DEFAULT VALUES");
            log.await("Reading existing rows pauses");
            run.resume();
            go.countDown();
            ExistingItems.await(run);
            log.await("Reading existing rows goes on");
        }
        assertThat(copy.rows).hasSize(ROWS);
    }
}
