package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testkit.WalwireKit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Recordings that older builds made of servers are still read, without a server, and give the JSON that was made then. With
 * {@code -Dwalwire.recording.update=true} both are made anew.
 */
class StoredRecordingTest {
    private static final Path FOLDER = Path.of("modules/it/src/test/resources/recording");

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void storedRecording_givesTheJsonThatWasMadeOfTheStream(int version) throws Exception {
        Path recording = FOLDER.resolve(version + ".walwire");
        Path json = FOLDER.resolve(version + ".jsonl");
        if (Boolean.getBoolean("walwire.recording.update")) {
            Files.deleteIfExists(recording);
            Files.write(json, recorded(version, recording));
        }
        assertThat(replayed(recording)).isEqualTo(Files.readAllLines(json)).hasSizeGreaterThan(10);
    }

    private static List<String> replayed(Path recording) {
        Recorder<String> lines = new Recorder<>();
        try (WalwireKit kit = WalwireKit.builder()
                .replay(recording)
                .handler(on -> on.onTransaction(tx -> tx.events().forEach(event -> lines.add(event.toJson()))))
                .start()) {
            kit.awaitHandled();
        }
        return plain(lines);
    }

    /** Events have the version that replays them. */
    private static List<String> plain(Recorder<String> lines) {
        return lines.all().stream()
                .map(line -> line.replaceFirst("\"version\":\"[^\"]*\"", "\"version\":\"\""))
                .toList();
    }

    private static List<String> recorded(int version, Path recording)
            throws SQLException, IOException, InterruptedException {
        Files.createDirectories(FOLDER);
        Recorder<String> lines = new Recorder<>();
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            database.sql(
                    "CREATE EXTENSION hstore",
                    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
                    "CREATE DOMAIN positive AS int4 CHECK (VALUE > 0)",
                    "CREATE TABLE item (id int PRIMARY KEY, note text, n positive, feels mood, tags text[], more hstore)",
                    "CREATE TABLE whole (id int PRIMARY KEY, total numeric(10,2), at timestamptz)",
                    "ALTER TABLE whole REPLICA IDENTITY FULL",
                    "CREATE PUBLICATION events FOR ALL TABLES");
            try (Walwire walwire = Instances.durable(database)
                    .set("walwire.record", recording.toString())
                    .set("walwire.binary", Boolean.toString(version == 18))
                    .set("walwire.two-phase", Boolean.toString(version == 18))
                    .handler(on -> on.onTransaction(tx -> tx.events().forEach(event -> lines.add(event.toJson()))))
                    .start()) {
                database.inTransaction(
                        "INSERT INTO item VALUES (1, 'a', 5, 'ok', '{x,NULL,\"y z\"}', 'k=>v, n=>NULL')",
                        "INSERT INTO item VALUES (2, NULL, NULL, NULL, NULL, NULL)",
                        "UPDATE item SET note = 'b' WHERE id = 1",
                        "UPDATE item SET id = 3 WHERE id = 2",
                        "DELETE FROM item WHERE id = 3");
                database.inTransaction(
                        "SELECT pg_logical_emit_message(true, 'walwire.context', '{\"by\": 7}')",
                        "INSERT INTO whole VALUES (1, 1.50, '2024-02-29 12:00:00.5+00')",
                        "UPDATE whole SET total = 'NaN'",
                        "UPDATE whole SET at = 'infinity'",
                        "DELETE FROM whole");
                database.sql("ALTER TABLE item ADD COLUMN later bool DEFAULT true");
                database.sql("INSERT INTO item (id, note) VALUES (4, repeat('long ', 20))");
                database.inTransaction(
                        "INSERT INTO item (id) VALUES (5)", "PREPARE TRANSACTION '" + database.name() + "'");
                database.sql("INSERT INTO item (id) VALUES (6)", "COMMIT PREPARED '" + database.name() + "'");
                database.terminateWalsenders();
                database.sql("TRUNCATE item, whole RESTART IDENTITY");
                assertThat(walwire.awaitCurrent(Duration.ofSeconds(60))).isTrue();
            }
        }
        return plain(lines);
    }
}
