package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.handler.EventHandler;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testkit.WalwireKit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Rows that were read beside the stream are in a recording, and come again in the same place. */
class RecordedBackfillTest {
    private static final Duration LONG = Duration.ofSeconds(60);

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
}
