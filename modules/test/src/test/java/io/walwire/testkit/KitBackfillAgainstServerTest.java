package io.walwire.testkit;

import static io.walwire.testkit.WalwireKit.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.event.BackfilledEvent;
import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.event.ReadEvent;
import io.walwire.handler.EventHandler;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Existing rows come from the kit as they come from a server: in the same place, with the same JSON and ids that are made alike. */
class KitBackfillAgainstServerTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    private static EventHandler recording(Recorder<Event> events) {
        return on ->
                on.table("item").onUpsert(events::add).onDelete(events::add).onBackfilled(events::add);
    }

    /** Without what differs from run to run. */
    private static List<String> plain(List<Event> events) {
        return events.stream()
                .map(event -> event.toJson()
                                .replaceAll("\"timestamp\":\"[^\"]*\"", "")
                                .replaceAll("\"(xid|commit_lsn|end_lsn)\":[^,]*,", "")
                                .replaceAll("\"run\":\"[^\"]*\"", "")
                        + (event instanceof ReadEvent<?> read ? id(read) : ""))
                .toList();
    }

    /** A run and its reading have other names each time. */
    private static String id(ReadEvent<?> read) {
        String id = read.id().toString();
        assertThat(id).startsWith(read.run() + "/");
        return " id " + id.substring(id.indexOf("/public."));
    }

    /** Each read and end stands between the changes before and after it. */
    private static void requireOrder(List<Event> events) {
        for (int i = 1; i < events.size(); i++) {
            Event before = events.get(i - 1);
            Event after = events.get(i);
            boolean isRead = after instanceof ReadEvent<?> || after instanceof BackfilledEvent;
            assertThat(position(after)).as(before + " before " + after).satisfies(lsn -> assertThat(
                            lsn.compareTo(position(before)) > 0 || (isRead && lsn.equals(position(before))))
                    .isTrue());
        }
    }

    private static Lsn position(Event event) {
        return (Lsn) Objects.requireNonNull(event.transaction()).position();
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void rows_comeAsFromAServer(int version) throws Exception {
        Recorder<Event> fromServer = new Recorder<>();
        Recorder<Event> fromKit = new Recorder<>();
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            database.sql(
                    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
                    "CREATE TABLE item (id int, code mood, note text, tags text[], PRIMARY KEY (id, code))",
                    "INSERT INTO item VALUES (1, 'ok', 'a', NULL), (2, 'sad', NULL, '{x,\"y z\"}'), (3, 'ok', 'b', '{}')",
                    "CREATE PUBLICATION events FOR ALL TABLES");
            try (Walwire walwire = Walwire.builder()
                            .url(database.url())
                            .publication("events")
                            .handler("mirror", recording(fromServer))
                            .start();
                    WalwireKit kit = kit(database, fromKit)) {
                database.sql("UPDATE item SET note = 'c' WHERE id = 3");
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                read(walwire);
                database.sql("UPDATE item SET note = 'B' WHERE id = 2", "DELETE FROM item WHERE id = 1");
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                read(walwire);

                kit.existing(
                        "item",
                        row("id", 1, "code", "ok", "note", "a"),
                        row("id", 2, "code", "sad", "tags", List.of("x", "y z")),
                        row("id", 3, "code", "ok", "note", "b", "tags", List.of()));
                kit.commit(tx -> tx.update(
                        "item", row("id", 3, "code", "ok", "note", "b", "tags", List.of()), row("note", "c")));
                kit.backfill("item").rest();
                kit.commit(tx ->
                        tx.update("item", row("id", 2, "code", "sad", "tags", List.of("x", "y z")), row("note", "B")));
                kit.commit(tx -> tx.delete("item", row("id", 1, "code", "ok")));
                kit.awaitHandled();
                kit.backfill("item").rest();
            }
        }
        assertThat(plain(fromKit.all())).isEqualTo(plain(fromServer.all())).hasSize(10);
        requireOrder(fromServer.all());
        requireOrder(fromKit.all());
    }

    private static void read(Walwire walwire) throws Exception {
        walwire.backfill("item").start().completion().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
    }

    private static WalwireKit kit(TestDatabase database, Recorder<Event> events) {
        return WalwireKit.builder()
                .database(database.name())
                .table("item", t -> t.column("id", "int")
                        .column("code", "mood")
                        .column("note", "text")
                        .column("tags", "text[]")
                        .primaryKey("id", "code"))
                .handler("mirror", recording(events))
                .start();
    }
}
