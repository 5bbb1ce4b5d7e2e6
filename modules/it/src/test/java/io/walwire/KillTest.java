package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The command line, killed at any moment as by {@code kill -9}, while the database is written to. */
class KillTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int KEYS = 5;
    private static final int KILLS = Integer.getInteger("walwire.kills", 2);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    /** What one process printed: a key and its sequence number per line. */
    private record Printed(long key, long seq) {}

    @Test
    void killedTail_losesNothing_keepsOrder(TestReporter reporter) throws Exception {
        database.sql(
                "CREATE TABLE counter (key int, seq bigint, PRIMARY KEY (key, seq))",
                "CREATE PUBLICATION events FOR TABLE counter");
        String slot = database.unique("killed");
        keepFromHereOn(slot);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        reporter.publishEntry("seed", Long.toString(seed));
        AtomicBoolean writing = new AtomicBoolean(true);
        CompletableFuture<Map<Long, Long>> writer = CompletableFuture.supplyAsync(() -> write(writing, seed));
        List<List<Printed>> runs = new ArrayList<>();
        try {
            for (int i = 0; i < KILLS; i++) {
                runs.add(run(slot, 1 + random.nextInt(400)));
            }
        } finally {
            writing.set(false);
        }
        Map<Long, Long> committed = writer.get(180, TimeUnit.SECONDS);
        database.sql("INSERT INTO counter VALUES (-1, 1)");
        runs.add(run(slot, Integer.MAX_VALUE));
        assertNothingLost(runs, committed, "seed " + seed);
    }

    /** Changes wait for somebody who names this. */
    void keepFromHereOn(String slot) throws SQLException {
        database.createSlot(slot);
    }

    /** Where changes come from, at the command line. */
    List<String> source() {
        return List.of("--publication", "events");
    }

    /** Transactions of random size over random keys; each key counts its rows. Returns how far each key came. */
    private Map<Long, Long> write(AtomicBoolean writing, long seed) {
        Random random = new Random(seed + 1);
        Map<Long, Long> last = new HashMap<>();
        try (Connection connection = database.connect();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO counter VALUES (?, ?)")) {
            connection.setAutoCommit(false);
            while (writing.get()) {
                for (int rows = 1 + random.nextInt(20); rows > 0; rows--) {
                    long key = random.nextInt(KEYS);
                    insert.setLong(1, key);
                    insert.setLong(2, last.merge(key, 1L, Long::sum));
                    insert.addBatch();
                }
                long begin = System.nanoTime();
                insert.executeBatch();
                connection.commit();
                LockSupport.parkNanos(3 * (System.nanoTime() - begin)); // a slow reader has to keep up
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return last;
    }

    private Process tail(String slot) throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                "io.walwire.cli.Main",
                "tail",
                "--url",
                database.url(),
                "--slot",
                slot));
        command.addAll(source());
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Kills the process once it has printed so many lines, or its last; returns the whole lines that it printed. */
    private List<Printed> run(String slot, int lines) throws Exception {
        Process process = tail(slot);
        Recorder<String> printed = new Recorder<>();
        AtomicInteger count = new AtomicInteger();
        Recorder<String> enough = new Recorder<>();
        CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> read(process, line -> {
            printed.add(line);
            if (count.incrementAndGet() >= lines || line.contains("\"key\":{\"key\":-1,")) {
                enough.add(line);
            }
        }));
        try {
            enough.await(1, PATIENCE);
        } finally {
            process.toHandle().destroyForcibly(); // Process's own would close the pipe with lines in it
        }
        reading.get(180, TimeUnit.SECONDS);
        return whole(printed.all());
    }

    private static void read(Process process, Consumer<String> into) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                into.accept(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A kill may cut the last line; no other. */
    private static List<Printed> whole(List<String> lines) throws JsonProcessingException {
        List<Printed> whole = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            try {
                JsonNode row = JSON.readTree(lines.get(i)).get("new_record");
                whole.add(new Printed(row.get("key").asLong(), row.get("seq").asLong()));
            } catch (JsonProcessingException e) {
                if (i < lines.size() - 1) {
                    throw e;
                }
            }
        }
        return whole;
    }

    /** Every run begins no later than where the ones before it ended, and goes on from there one by one. */
    private static void assertNothingLost(List<List<Printed>> runs, Map<Long, Long> committed, String seed) {
        Map<Long, Long> seen = new HashMap<>();
        for (List<Printed> run : runs) {
            Map<Long, Long> before = new HashMap<>();
            for (Printed row : run) {
                Long last = before.put(row.key(), row.seq());
                long most = last == null ? seen.getOrDefault(row.key(), 0L) + 1 : last + 1;
                assertThat(row.seq())
                        .as("key %d, %s", row.key(), seed)
                        .isLessThanOrEqualTo(most)
                        .isGreaterThanOrEqualTo(last == null ? 1 : most);
            }
            before.forEach((key, seq) -> seen.merge(key, seq, Math::max));
        }
        assertThat(seen.remove(-1L)).isEqualTo(1);
        assertThat(seen).as(seed).isEqualTo(committed);
    }
}
