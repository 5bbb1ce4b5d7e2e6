package io.walwire;

import io.walwire.backfill.BackfillRun;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A table {@code item} with rows that are there before an instance is, and the table that keeps the progress of reading them. */
final class ExistingItems {
    static final int ROWS = 2_000;
    static final Duration LONG = Duration.ofSeconds(60);

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

    static void await(BackfillRun run) throws Exception {
        run.completion().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
    }
}
