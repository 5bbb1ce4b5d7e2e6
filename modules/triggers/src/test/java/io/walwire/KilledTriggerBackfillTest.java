package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.MirrorProcess.Place;
import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code kill -9}, and crashes of the server, while rows are read beside sessions whose changes triggers capture. */
@Timeout(value = 10, unit = TimeUnit.MINUTES) // of a busy machine
class KilledTriggerBackfillTest {
    private static final int ROWS = 40;
    private static final int LEFT_ALONE = 300;

    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase kept = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws Exception {
        kept.sql(LetterBox.ddl("checkpoint.sql"), LetterBox.ddl("backfill.sql"));
        Mirror.create(kept);
    }

    private MirrorRuns runs(TestDatabase database) {
        return new MirrorRuns(
                kept,
                List.of(
                        "walwire.url=" + database.url(),
                        "walwire.source=triggers",
                        "walwire.triggers.manage=true",
                        "walwire.slot.name=reader"));
    }

    private static ItemWriters writers(TestDatabase database, long seed) {
        return new ItemWriters(database::connect, ROWS, Duration.ofMillis(100), seed);
    }

    private static void end(TestDatabase database, ItemWriters writers) throws Exception {
        writers.stop();
        database.sql(MirrorRuns.LAST_ROW);
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void mirror_afterKills_equalsTheTable_andTheRunWentOn(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            ItemWriters.create(database, ROWS, LEFT_ALONE);
            MirrorRuns runs = runs(database);
            try (ItemWriters writers = writers(database, version)) {
                runs.killAt(Place.COMMIT, 1);
                runs.killAt(Place.ROW, 40);
                runs.killAfterARead();
                runs.finish(() -> end(database, writers));
            }
            runs.requireEqual(TableCopy.of(database, "item"));
            Mirror.requireReadOnce(kept, LEFT_ALONE);
        }
    }

    /** What was read counts no more, since a server may give transaction ids again. The checkpoint may be ahead of the cursor, which is a gap. */
    @Test
    void crashOfTheServer_afterAKill_hasTheRunBeginAgain() throws Exception {
        try (PostgresServer server = PostgresServer.start(18, Map.of());
                TestDatabase database = TestDatabase.create(server)) {
            ItemWriters.create(database, ROWS, LEFT_ALONE);
            MirrorRuns runs = runs(database);
            try (ItemWriters writers = writers(database, 1)) {
                runs.killAt(Place.COMMIT, 1);
                writers.loseServer();
                server.stopImmediately();
            }
            server.startAgain();
            try (ItemWriters writers = writers(database, 2)) {
                runs.killAt(Place.ROW, 40);
                runs.finish(() -> end(database, writers));
            }
            runs.requireEqual(TableCopy.of(database, "item"));
            assertThat(Mirror.readings(kept)).isEqualTo(2);
            assertThat(kept.query("SELECT * FROM gap")).hasSizeLessThanOrEqualTo(1);
        }
    }

    /** No commit is lost, because all of them waited for the disk. */
    @Test
    void crashOfTheServer_whileTheInstanceGoesOn_hasTheRunBeginAgain() throws Exception {
        Crash crash = new Crash();
        try (PostgresServer server = PostgresServer.start(18, Map.of());
                TestDatabase database = TestDatabase.create(server)) {
            RandomTable table = new RandomTable(database, false, "DEFAULT");
            table.create();
            ExistingItems.createProgress(database);
            try (Walwire walwire = crash.instance(database).start()) {
                List<CompletableFuture<Void>> writers = crash.write(table);
                crash.gate.awaitReached();
                crash.isNear.set(true);
                server.stopImmediately();
                CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new))
                        .get(LONG.toSeconds(), TimeUnit.SECONDS);
                server.startAgain();
                crash.isNear.set(false);
                writers = crash.write(table);
                crash.gate.open();
                Eventually.until(LONG, () -> ExistingItems.doneRuns(database) == 1);
                CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new))
                        .get(LONG.toSeconds(), TimeUnit.SECONDS);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            assertThat(crash.copy.rows()).isEqualTo(table.rows());
            assertThat(crash.readings).hasSize(2);
            assertThat(crash.gaps.all()).isEmpty();
        }
    }

    /** What is at work when a server crashes in the middle of a run. */
    private static final class Crash {
        private final Random random = new Random(1);
        private final HistoryCopy copy = new HistoryCopy();
        private final Set<String> readings = ConcurrentHashMap.newKeySet();
        private final Recorder<String> gaps = new Recorder<>();
        private final Gate gate = new Gate();
        private final AtomicBoolean isNear = new AtomicBoolean();

        WalwireBuilder instance(TestDatabase database) {
            ThrowingRunnable<InterruptedException> middle = gate.at(60);
            return Outboxes.durable(database)
                    .set("walwire.backfill", "new")
                    .set("walwire.backfill.chunk", "8KiB")
                    .handler("copy", copy)
                    .handler("middle", on -> {
                        on.onGap(event -> gaps.add(event.gap().reason()));
                        on.table("item").onRead(event -> {
                            readings.add(Mirror.reading(event));
                            middle.run();
                        });
                    });
        }

        /** Never truncates: rows have to be left, so that the handler comes to the gate, and the run has something to read again. */
        List<CompletableFuture<Void>> write(RandomTable table) {
            return Histories.write(random, (own, truncates, session) -> {
                try {
                    table.write(own, false, session, Histories.SESSIONS);
                } catch (SQLException e) {
                    if (!isNear.get()) {
                        throw e;
                    }
                }
            });
        }
    }
}
