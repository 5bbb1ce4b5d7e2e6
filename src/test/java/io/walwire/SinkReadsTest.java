package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.error.ConfigurationException;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which existing rows a sink gets, and when their reading counts as done. */
class SinkReadsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws Exception {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "INSERT INTO item SELECT generate_series(1, 20)");
        database.sql(Files.readString(Path.of("sql/backfill.sql")));
        database.createSlot(Instances.slot(database));
    }

    private WalwireBuilder with(CollectingSink sink) {
        return Instances.durable(database).subscriptions("item").sink(sink);
    }

    private static void await(BackfillRun run) throws Exception {
        run.completion().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
    }

    private long rowsKept() throws Exception {
        return database.queryLong("SELECT coalesce(sum(rows_read), 0)::bigint FROM walwire_backfill WHERE leaf <> 0");
    }

    @Test
    void sinkThatTakesNoReads_isNoReasonToReadATable() {
        CollectingSink sink = CollectingSink.plain(() -> CompletableFuture.completedFuture(null));
        try (Walwire walwire = with(sink).start()) {
            assertThatThrownBy(() -> walwire.backfill("item").start())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("use a sink that takes existing rows");
        }
    }

    @Test
    void rows_areDone_whenTheirFlushHasCompleted() throws Exception {
        Recorder<CompletableFuture<Void>> stages = new Recorder<>();
        CountDownLatch reads = new CountDownLatch(1);
        CollectingSink sink = CollectingSink.plain(() -> {
                    CompletableFuture<Void> stage = new CompletableFuture<>();
                    stages.add(stage);
                    return stage;
                })
                .takingReads();
        try (Walwire walwire = with(sink).start()) {
            BackfillRun run = walwire.backfill("item").start();
            run.completion().thenRun(reads::countDown);
            assertThat(sink.groups.await(1)).containsExactly(Collections.nCopies(20, "read"));
            // the next group shows that the instance went on without counting the rows as done
            database.sql("INSERT INTO item VALUES (21)");
            assertThat(walwire.awaitCurrent(Duration.ofMillis(500))).isFalse();
            assertThat(rowsKept()).isZero();
            assertThat(run.progress().state()).isEqualTo(BackfillState.RUNNING);
            stages.await(1).get(0).complete(null);
            Eventually.until(LONG, () -> rowsKept() == 20);
            sink.groups.await(2);
            stages.await(2).get(1).complete(null);
            Eventually.until(LONG, () -> {
                stages.all().forEach(stage -> stage.complete(null));
                return reads.getCount() == 0;
            });
        }
        assertThat(sink.lines().stream().filter(line -> !line.equals("read"))).containsExactly("item+21", "backfilled");
    }

    @Test
    void runForAHandler_isNotForTheSink_aRunForAllIs() throws Exception {
        CollectingSink sink = CollectingSink.plain(SinkTest::later).takingReads();
        Recorder<String> handled = new Recorder<>();
        try (Walwire walwire = with(sink)
                .handler("copy", on -> on.table("item").onRead(event -> handled.add(Trail.line(event))))
                .start()) {
            await(walwire.backfill("item").handlers("copy").start());
            assertThat(handled.all()).hasSize(20);
            assertThat(sink.lines()).isEmpty();
            await(walwire.backfill("item").start());
            assertThat(handled.all()).hasSize(40);
        }
        assertThat(sink.lines()).hasSize(21).endsWith("backfilled");
    }
}
