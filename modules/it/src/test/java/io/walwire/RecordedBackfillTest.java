package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.handler.EventHandler;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testkit.WalwireKit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that were read beside the stream are in a recording, and come again in the same place. */
class RecordedBackfillTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @TempDir
    Path folder = Path.of("");

    private static EventHandler mirror(Recorder<Event> events) {
        return on ->
                on.table("item").onUpsert(events::add).onDelete(events::add).onBackfilled(events::add);
    }

    private static List<String> texts(Recorder<Event> events) {
        return events.all().stream()
                .map(event -> event.id() + " " + event.toJson())
                .toList();
    }

    private static void read(Walwire walwire, String... handlers) throws Exception {
        walwire.backfill("item")
                .handlers(handlers)
                .start()
                .completion()
                .toCompletableFuture()
                .get(LONG.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void reads_comeAgain_whereTheyWere() throws Exception {
        Path recording = folder.resolve("recording");
        Recorder<Event> first = new Recorder<>();
        Recorder<Event> other = new Recorder<>();
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text, tags text[])",
                "INSERT INTO item SELECT i, 'note ' || i, ARRAY[i::text, NULL] FROM generate_series(1, 500) i",
                "CREATE PUBLICATION events FOR ALL TABLES");
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events")
                .set("walwire.record", recording.toString())
                .handler("first", mirror(first))
                .handler("other", mirror(other))
                .start()) {
            database.sql("UPDATE item SET note = 'before' WHERE id = 7");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            read(walwire, "first");
            database.sql("UPDATE item SET note = 'between' WHERE id = 7", "DELETE FROM item WHERE id = 8");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            read(walwire, "first", "other"); // nothing comes after it
        }

        Recorder<Event> firstAgain = new Recorder<>();
        Recorder<Event> otherAgain = new Recorder<>();
        try (WalwireKit kit = WalwireKit.builder()
                .replay(recording)
                .handler("first", mirror(firstAgain))
                .handler("other", mirror(otherAgain))
                .start()) {
            kit.awaitHandled();
            assertThat(texts(firstAgain)).isEqualTo(texts(first)).hasSize(1 + 501 + 2 + 500);
            assertThat(texts(otherAgain)).isEqualTo(texts(other)).hasSize(1 + 2 + 500);
            assertThat(kit.delivered("item")).hasSize(1 + 501 + 2 + 500);
            kit.awaitBackfilled("item");
            kit.restart();
            kit.awaitHandled();
            assertThat(texts(firstAgain)).hasSize(1 + 501 + 2 + 500); // what is confirmed does not come again
        }
    }

    private static EventHandler all(Recorder<Event> events) {
        return on -> {
            for (String table : List.of("bare", "item")) {
                on.table(table).onUpsert(events::add).onDelete(events::add).onBackfilled(events::add);
            }
        };
    }

    /** Rows without a key have ids by their numbers, which go on from chunk to chunk. */
    private void createTables() throws Exception {
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "CREATE TABLE bare (note text)",
                "ALTER TABLE bare REPLICA IDENTITY FULL",
                "INSERT INTO bare SELECT 'same ' || i % 2 || repeat('.', 50) FROM generate_series(1, 500) i",
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "INSERT INTO item SELECT i, 'note ' || i FROM generate_series(1, 500) i",
                "CREATE PUBLICATION events FOR TABLE bare, item");
    }

    private static long chunksBehindTheFirst(Path recording) throws Exception {
        try (Stream<String> lines = Files.lines(recording)) {
            return lines.filter(line -> line.contains("\"is\":\"rows\"") && line.contains("\"first\":"))
                    .count();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"beside", "first"})
    void reads_ofTablesWithAndWithoutAKey_comeAgain_withTheirIds(String order) throws Exception {
        Path recording = folder.resolve("recording");
        Recorder<Event> events = new Recorder<>();
        createTables();
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events")
                .slotName(database.unique("recorded"))
                .set("walwire.record", recording.toString())
                .set("walwire.backfill", "new")
                .set("walwire.backfill.order", order)
                .set("walwire.backfill.chunk", "8KiB")
                .handler("all", all(events))
                .start()) {
            database.sql("UPDATE item SET note = 'between' WHERE id = 7", "INSERT INTO bare VALUES ('later')");
            Eventually.until(LONG, () -> ends(events) == 2);
            database.sql("DELETE FROM item WHERE id = 8", "DELETE FROM bare WHERE note = 'later'");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(chunksBehindTheFirst(recording)).isPositive();
        assertThat(idsOfReads(events, "bare")).hasSizeGreaterThanOrEqualTo(500).doesNotHaveDuplicates();

        Recorder<Event> again = new Recorder<>();
        try (WalwireKit kit = WalwireKit.builder()
                .replay(recording)
                .handler("all", all(again))
                .start()) {
            kit.awaitHandled();
            assertThat(texts(again)).isEqualTo(texts(events)).hasSizeGreaterThanOrEqualTo(1002);
        }
    }

    private static long ends(Recorder<Event> events) {
        return events.all().stream()
                .filter(event -> event.kind() == Kind.BACKFILLED)
                .count();
    }

    private static List<String> idsOfReads(Recorder<Event> events, String table) {
        return events.all().stream()
                .filter(event ->
                        event.kind() == Kind.READ && table.equals(event.source().table()))
                .map(event -> String.valueOf(event.id()))
                .toList();
    }
}
