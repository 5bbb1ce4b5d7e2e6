package io.walwire.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Memory is bounded by configuration and not by what the database does: processes with small heaps, and transactions that do
 * not fit into them. {@code -Dwalwire.proof.full=true} takes the full sizes.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class BoundsTest {
    private static final boolean FULL = Boolean.getBoolean("walwire.proof.full");

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void table() throws Exception {
        database.sql(
                "CREATE TABLE item (id bigint PRIMARY KEY, body text)", "CREATE PUBLICATION events FOR TABLE item");
    }

    /** At a hundred bytes of text and more than as many of objects each, the rows would fill the heap several times. */
    @Test
    void transactionLargerThanTheHeap_passes(TestReporter reporter) throws Exception {
        long rows = FULL ? 5_000_000 : 500_000;
        String seen = pass(
                "-Xmx64m",
                "INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, " + rows + ") g",
                reporter);
        assertThat(seen).isEqualTo("events " + rows + " ids " + rows * (rows + 1) / 2 + " lengths " + rows * 100);
    }

    /** One value that is larger than the buffer passes when nothing else is held. */
    @Test
    void hugeValue_passes(TestReporter reporter) throws Exception {
        long length = FULL ? 200_000_000 : 40_000_000;
        String seen =
                pass(FULL ? "-Xmx1g" : "-Xmx205m", "INSERT INTO item SELECT 1, repeat('x', " + length + ")", reporter);
        assertThat(seen).isEqualTo("events 1 ids 1 lengths " + length);
    }

    /** All rows are changed by one transaction while the first chunks are in hand: more keys than the buffer has room for. */
    @Test
    void updateOfAllRows_besideABackfill_passes(TestReporter reporter) throws Exception {
        int rows = FULL ? 5_000_000 : 50_000;
        database.sql(
                "CREATE TABLE counted (id int PRIMARY KEY, v int, body text)",
                "INSERT INTO counted SELECT g, 1, repeat('x', 100) FROM generate_series(1, " + rows + ") g",
                "DROP TABLE item",
                "ALTER TABLE counted RENAME TO item",
                "ALTER PUBLICATION events ADD TABLE item");
        Process process = ClientProcess.java(
                FULL ? "-Xmx96m" : "-Xmx64m",
                List.of(),
                BackfillBoundsClient.class,
                log(),
                database.url(),
                Integer.toString(rows));
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("reading");
            database.sql("UPDATE item SET v = 2");
            process.outputWriter(StandardCharsets.UTF_8).write("go\n");
            process.outputWriter(StandardCharsets.UTF_8).flush();
            assertThat(lines.readLine()).isEqualTo("rows " + rows + " sum " + 2L * rows);
            reporter.publishEntry("backfill", lines.readLine());
        } finally {
            end(process);
        }
    }

    private static File log() {
        File log = new File("target/reliability/bounds.log");
        assertThat(log.getParentFile().isDirectory() || log.getParentFile().mkdirs())
                .isTrue();
        return log;
    }

    private String pass(String heap, String sql, TestReporter reporter) throws Exception {
        File log = log();
        long began = System.nanoTime();
        Process process = ClientProcess.java(heap, List.of(), BoundsClient.class, log, database.url());
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("streaming");
            database.sql(sql);
            String seen = lines.readLine();
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
            String figures = seen + ", " + lines.readLine() + ", " + seconds + " s";
            reporter.publishEntry(heap, figures);
            Files.writeString(
                    log.toPath(), heap + ": " + figures + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            return String.valueOf(seen);
        } finally {
            end(process);
        }
    }

    private static void end(Process process) throws IOException, InterruptedException {
        process.outputWriter(StandardCharsets.UTF_8).close();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
