package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.testing.Eventually;
import io.walwire.testing.Seed;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Files with each event exactly once, whatever ends the process. */
class FileSinkTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int KILLS = Integer.getInteger("walwire.kills", 3);
    private static final int ROWS_AT_ONCE = 400;

    @RegisterExtension
    final Seed seed = new Seed();

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @TempDir
    Path folder = Path.of("");

    private int rows;

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, name text)");
        database.createSlot(Instances.slot(database));
    }

    private Path directory() {
        return folder.resolve("sink");
    }

    private WalwireBuilder builder(FileSink sink) {
        return Instances.durable(database).subscriptions("item").sink(sink);
    }

    private void insert(int count) throws SQLException {
        database.sql("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(" + (rows + 1) + ", "
                + (rows + count) + ") g");
        rows += count;
    }

    @Test
    void events_areInOrder_inRotatedFiles_andGoOnAfterARestart() throws Exception {
        for (int run = 1; run <= 2; run++) {
            FileSink sink = FileSink.builder(directory()).maxFileBytes(2_000).build();
            try (Walwire walwire = builder(sink).start()) {
                for (int i = 0; i < 5; i++) {
                    insert(7);
                    assertThat(walwire.awaitCurrent(LONG)).isTrue();
                }
                assertThat(walwire.drain(LONG)).isTrue();
            }
        }
        assertThat(SinkReader.ids(directory()))
                .isEqualTo(LongStream.rangeClosed(1, rows).boxed().toList());
        assertThat(SinkReader.files(directory())).hasSizeGreaterThan(3);
    }

    private Process start(String buffer) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        FileSinkProcess.class.getName(),
                        database.url(),
                        Instances.slot(database),
                        directory().toString(),
                        buffer)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static void kill(Process process) throws InterruptedException {
        process.toHandle().destroyForcibly();
        process.waitFor(30, TimeUnit.SECONDS);
    }

    /** The process is killed while it writes: when the files have grown by so much. */
    @Test
    void killedInALoop_eachEventIsThereOnce() throws Exception {
        Random random = seed.random();
        for (int kill = 0; kill < KILLS; kill++) {
            long enough = SinkReader.bytes(directory()) + 1 + random.nextInt(150_000);
            Process process = start(random.nextBoolean() ? "64KiB" : "1MiB");
            try {
                Eventually.until(LONG, () -> {
                    insert(1 + random.nextInt(ROWS_AT_ONCE));
                    return SinkReader.bytes(directory()) >= enough;
                });
            } finally {
                kill(process);
            }
            assertThat(SinkReader.ids(directory()))
                    .as("after kill %d", kill + 1)
                    .isSorted()
                    .doesNotHaveDuplicates();
        }
        Process process = start("1MiB");
        try {
            insert(1);
            Eventually.until(LONG, () -> SinkReader.ids(directory()).contains((long) rows));
        } finally {
            kill(process);
        }
        assertThat(SinkReader.ids(directory()))
                .isEqualTo(LongStream.rangeClosed(1, rows).boxed().toList());
    }

    @Test
    void directoryOfAnotherProcess_isRefused() throws Exception {
        Process process = start("1MiB");
        try {
            insert(1);
            Eventually.until(LONG, () -> !SinkReader.ids(directory()).isEmpty());
            String other = database.unique("other");
            database.createSlot(other);
            assertThatThrownBy(() ->
                            builder(FileSink.of(directory())).slotName(other).start())
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SINK))
                    .hasMessageContainingAll("FileSink[", "is in use: another process writes to it");
        } finally {
            kill(process);
        }
    }

    @Test
    void oneSinkInTwoInstances_secondIsRefused_firstGoesOn() throws Exception {
        FileSink sink = FileSink.of(directory());
        String other = database.unique("other");
        database.createSlot(other);
        try (Walwire walwire = builder(sink).start()) {
            assertThatThrownBy(() -> builder(sink).slotName(other).start()).hasMessageContaining("is in use");
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(SinkReader.ids(directory())).containsExactly(1L);
    }

    @Test
    void lostFiles_areAGap() throws Exception {
        try (Walwire walwire = builder(FileSink.of(directory())).start()) {
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        byte[] old = Files.readAllBytes(SinkReader.files(directory()).get(0));
        try (Walwire walwire = builder(FileSink.of(directory())).start()) {
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(walwire.drain(LONG)).isTrue();
        }
        Files.write(SinkReader.files(directory()).get(0), old); // restored from a backup
        try (Walwire walwire = builder(FileSink.of(directory())).start()) {
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(SinkReader.events(directory())).hasSize(3).anySatisfy(event -> assertThat(event)
                .contains("\"type\":\"gap\"", "lies before the position of the slot"));
        assertThat(SinkReader.ids(directory())).containsExactly(1L, 3L);
    }
}
