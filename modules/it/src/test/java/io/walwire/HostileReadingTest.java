package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.cli.pretty.ChangeLine;
import io.walwire.cli.pretty.Palette;
import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.internal.text.Printable;
import io.walwire.testing.HostileContents;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testkit.WalwireKit;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever a row or a message holds: records are made of it, and it is stored, restored, recorded, replayed and printed as it came. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class HostileReadingTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @TempDir
    Path folder = Path.of("");

    private final Recorder<Item> items = new Recorder<>();
    private final Recorder<String> lines = new Recorder<>();
    private final Recorder<byte[]> stored = new Recorder<>();

    private record Item(
            int id, @Nullable String t, @Nullable List<?> a) {}

    private int insert(String column, String type, List<String> values) throws SQLException {
        int inserted = 0;
        try (Connection connection = database.connect();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO item (" + column + ") VALUES (CAST(? AS " + type + "))")) {
            for (String value : values) {
                try {
                    insert.setString(1, value);
                    insert.executeUpdate();
                    inserted++;
                } catch (SQLException refusedByTheServer) {
                    // what PostgreSQL does not take cannot come
                }
            }
        }
        return inserted;
    }

    private int insertAll() throws SQLException {
        int inserted = insert("t", "text", HostileContents.texts())
                + insert("doc", "json", HostileContents.jsonTexts())
                + insert("a", "text[]", HostileContents.valuesByType().getOrDefault("text[]", List.of()));
        for (byte[] content : HostileContents.bytes()) {
            database.query("SELECT pg_logical_emit_message(true, ?, ?)", "a\u001b[2J\nb", content);
        }
        return inserted;
    }

    private static List<String> jsons(List<Event> events) {
        return events.stream().map(Event::toJson).toList();
    }

    private void print(Event event) {
        lines.add(new ChangeLine(new Palette(false)).of(event));
        lines.add(event.toString());
    }

    private WalwireBuilder reading(WalwireBuilder builder) {
        return builder.handler(on -> on.table("item", Item.class).onInsert(event -> items.add(event.row())))
                .interceptor((transaction, next) -> {
                    stored.add(transaction.toBytes());
                    transaction.events().forEach(this::print);
                    next.proceed(transaction);
                });
    }

    @ParameterizedTest
    @EnumSource
    void contents_comeAsTheyAre(EitherSource source) throws Exception {
        Instances.prepare(database, "CREATE TABLE item (id serial PRIMARY KEY, t text, doc json, a text[])");
        boolean recorded = source == EitherSource.REPLICATION;
        Path file = folder.resolve("stream.walwire");
        WalwireBuilder builder = reading(source.durable(database));
        List<Event> original = new ArrayList<>();
        builder.handler(on -> on.onTransaction(tx -> original.addAll(tx.events())));
        if (recorded) {
            builder.set("walwire.record", file.toString()).set("walwire.messages", "true");
        }
        int inserted;
        try (Walwire walwire = builder.start()) {
            inserted = insertAll();
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(items.all()).hasSize(inserted);
        assertThat(items.all().stream()
                        .map(Item::t)
                        .filter(text -> text != null)
                        .toList())
                .isEqualTo(HostileContents.texts());
        List<Event> restored = stored.all().stream()
                .map(Walwire::restore)
                .map(Transaction::events)
                .flatMap(List::stream)
                .toList();
        assertThat(jsons(restored).equals(jsons(original))).isTrue();
        assertThat(lines.all()).allMatch(line -> Printable.of(line).equals(line));
        if (recorded) {
            requireSameOnTape(file, jsons(original));
        }
    }

    private static void requireSameOnTape(Path file, List<String> original) throws Exception {
        Recorder<Event> replayed = new Recorder<>();
        try (WalwireKit kit = WalwireKit.builder()
                .replay(file)
                .configure(builder -> builder.set("walwire.messages", "true"))
                .handler(on -> on.onTransaction(tx -> tx.events().forEach(event -> replayed.add(event.detach()))))
                .start()) {
            kit.awaitHandled();
        }
        assertThat(jsons(replayed.all()).equals(original)).isTrue();
    }
}
