package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * {@code walwire tail --backfill} fills a mirror from the lines that it prints, while sessions write and it is killed as by
 * {@code kill -9}, again and again. At the end the mirror equals the table.
 */
class KilledTailTest {
    private static final int KILLS = Integer.getInteger("walwire.backfill.kills", 2);
    private static final int ROWS_PER_KILL = 1_000;
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @Test
    void mirror_afterKills_equalsItsTable(TestReporter reporter) throws Exception {
        long seed = Long.getLong("walwire.chaos.seed", System.nanoTime());
        reporter.publishEntry("seed", Long.toString(seed));
        int rows = ROWS_PER_KILL * (KILLS + 1);
        prepare(rows);
        List<String> options = options(database.unique("mirrored"));
        Random random = new Random(seed);
        PrintedMirror mirror = new PrintedMirror();
        int inTheMiddle = 0;
        try (ItemWriters writers = new ItemWriters(database::connect, rows, Duration.ofMillis(10), seed)) {
            for (int i = 0; i < KILLS; i++) {
                try (TailProcess tail = new TailProcess(options)) {
                    tail.printed().await(1 + random.nextInt(ROWS_PER_KILL), LONG);
                    tail.kill();
                    apply(tail, mirror);
                }
                inTheMiddle += isDone() ? 0 : 1;
            }
            try (TailProcess tail = new TailProcess(options)) {
                Eventually.until(LONG, this::isDone);
                writers.stop();
                database.sql("INSERT INTO item VALUES (-1, 0, 'end')");
                Eventually.until(
                        LONG, () -> tail.printed().all().stream().anyMatch(line -> line.contains("{\"id\":-1}")));
                assertThat(tail.terminate()).isZero();
                apply(tail, mirror);
            }
            reporter.publishEntry(
                    "proof",
                    "%d rows, %d kills, %d of them while rows were read, %d transactions written meanwhile; printed %d reads and"
                                    .formatted(rows, KILLS, inTheMiddle, writers.transactions(), mirror.reads())
                            + " %d changes".formatted(mirror.changes()));
        }
        assertThat(inTheMiddle).isPositive();
        assertThat(mirror.differences(database)).as("seed %d", seed).isEmpty();
    }

    private void prepare(int rows) throws Exception {
        database.sql(Files.readString(Path.of("sql/backfill.sql")));
        ItemWriters.create(database, rows, 0);
    }

    private List<String> options(String slot) {
        return List.of(
                "--backfill",
                "--url",
                database.url(),
                "--publication",
                "events",
                "--slot",
                slot,
                "--set",
                "walwire.backfill.chunk=8KiB",
                "--set",
                "walwire.backfill.rate=512KiB");
    }

    private boolean isDone() throws Exception {
        return ExistingItems.doneRuns(database) > 0;
    }

    /** A kill may cut the last line; no other. */
    private static void apply(TailProcess tail, PrintedMirror mirror) throws JsonProcessingException {
        List<String> lines = tail.printed().all();
        List<JsonNode> whole = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            try {
                whole.add(JSON.readTree(lines.get(i)));
            } catch (JsonProcessingException e) {
                if (i < lines.size() - 1) {
                    throw e;
                }
            }
        }
        whole.forEach(mirror::apply);
    }
}
