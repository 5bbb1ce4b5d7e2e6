package io.walwire;

import io.walwire.backfill.BackfillRun;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A table {@code item} with rows that are there before an instance is, and the table that keeps the progress of reading them. */
final class ExistingItems {
    static final int ROWS = 2_000;
    static final Duration LONG = Duration.ofMinutes(3);

    private ExistingItems() {}

    static void create(TestDatabase database) throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, v int, big text)",
                "ALTER TABLE item ALTER big SET STORAGE EXTERNAL",
                "INSERT INTO item SELECT i, 0, 'b' || i FROM generate_series(1, " + ROWS + ") i");
    }

    static void createProgress(TestDatabase database) throws IOException, SQLException {
        database.sql(Files.readString(Path.of("sql/backfill.sql")));
    }

    /** Asks for a run as another process does, with values for columns of its row, such as {@code condition_sql}. */
    static void request(TestDatabase database, String run, Map<String, String> values) throws SQLException {
        Map<String, String> row = new TreeMap<>(Map.of(
                "table_name", "public.item",
                "wanted", "running",
                "state", "requested",
                "done_to", "0/0"));
        row.putAll(values);
        String columns = String.join(", ", row.keySet());
        String texts = row.values().stream()
                .map(value -> "'" + value.replace("'", "''") + "'")
                .collect(Collectors.joining(", "));
        database.sql(
                "SET synchronous_commit = local", // for tests that hold commits of others
                "INSERT INTO walwire_backfill (system_id, slot, run, leaf, timeline, file_node, rows_read, bytes_read, bytes_total,"
                        + " updated_at, " + columns + ") SELECT system_identifier, '" + Instances.slot(database)
                        + "', '"
                        + run + "', 0, 0, 0, 0, 0, 0, now(), " + texts + " FROM pg_control_system()");
    }

    /** How many runs are done. */
    static long doneRuns(TestDatabase database) throws SQLException {
        return database.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf = 0 AND state = 'done'");
    }

    static String state(TestDatabase database, String run) throws SQLException {
        return database.queryString("SELECT state FROM walwire_backfill WHERE leaf = 0 AND run = ?", run);
    }

    static void awaitState(TestDatabase database, String run, String state) {
        Eventually.until(LONG, () -> state(database, run).equals(state));
    }

    static void await(BackfillRun run) throws Exception {
        run.completion().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
    }
}
