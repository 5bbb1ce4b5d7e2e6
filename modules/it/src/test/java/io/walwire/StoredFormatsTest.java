package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.deadletter.Replay;
import io.walwire.deadletter.StoredLetter;
import io.walwire.event.Event;
import io.walwire.event.MessageEvent;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import io.walwire.testkit.WalwireKit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What an older version of Walwire stored is read. The samples in {@code src/test/resources/stored} were written by the
 * last version before messages had an encoding, and are never written again.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class StoredFormatsTest {
    private static final Path SAMPLES = Path.of("modules/it/src/test/resources/stored");

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @TempDir
    Path folder = Path.of("");

    private final Recorder<Event> events = new Recorder<>();
    private final Recorder<Event> others = new Recorder<>();

    private static List<String> texts(List<Event> events) {
        return events.stream()
                .map(event -> event.kind() + " "
                        + (event instanceof MessageEvent message
                                ? message.message().text()
                                : event.source().table()))
                .toList();
    }

    private static Path sample(String name) {
        return SAMPLES.resolve(name);
    }

    private void run(String sample) throws SQLException, IOException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(Files.readString(sample(sample)));
        }
    }

    @Test
    void transaction_ofTheFormerFormat() throws Exception {
        byte[] stored = Files.readAllBytes(sample("transaction.bin"));
        Transaction transaction = Walwire.restore(stored);
        assertThat(texts(transaction.events()))
                .containsExactly("INSERT item", "UPDATE item", "MESSAGE größe", "DELETE item", "TRUNCATE item");
        assertThat(Typed.message(transaction.events().get(2)).message().encoding())
                .isEqualTo(StandardCharsets.UTF_8);
        // written again, it has today's format
        assertThat(transaction.toBytes()).isNotEqualTo(stored);
        assertThat(texts(Walwire.restore(transaction.toBytes()).events())).isEqualTo(texts(transaction.events()));
    }

    /** The handler whose letters the samples hold. It declares inserts twice; the samples' one failed at the first. */
    private record Repaired(String handlerName, Recorder<Event> events, Recorder<Event> others)
            implements EventHandler {
        @Override
        public void define(Handlers on) {
            on.table("item")
                    .onInsert(this::note)
                    .onDelete(this::note)
                    .onTruncate(this::note)
                    .onUpdate(this::note)
                    .onInsert(event -> others.add(event.detach()));
            on.onMessage(this::note);
        }

        private void note(Event event) {
            events.add(event.detach());
        }
    }

    @ParameterizedTest
    @EnumSource
    void letters_ofTheFormerFormat_areListedAndReplayed(LetterBox box) throws Exception {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, note text, doc jsonb)");
        if (box == LetterBox.TABLE) {
            run("letters.sql");
        } else {
            Files.copy(sample("letters.jsonl"), LetterBox.file(folder));
        }
        DeadLetters letters = box.open(database, folder);
        List<StoredLetter> kept = LetterBox.all(letters);
        assertThat(kept).hasSize(6);
        assertThat(kept.get(0).events()).contains("\"note\":\"é\"");
        String handler = box == LetterBox.TABLE ? "in-table" : "in-file";
        Replay replay = Instances.durable(database)
                .handler(new Repaired(handler, events, others))
                .replay(letters, letter -> true);
        assertThat(replay.kept()).isZero();
        assertThat(texts(events.all()))
                .containsExactly(
                        "INSERT item", "UPDATE item", "MESSAGE größe", "DELETE item", "TRUNCATE item", "MESSAGE größe");
        assertThat(others.all()).isEmpty();
        assertThat(LetterBox.all(letters)).isEmpty();
    }

    @Test
    void recording_ofTheFormerFormat_isReplayed() throws Exception {
        try (WalwireKit kit = WalwireKit.builder()
                .replay(sample("recording.walwire"))
                .configure(builder -> builder.set("walwire.messages", "true"))
                .handler(new Repaired("all", events, others))
                .start()) {
            kit.awaitHandled();
            assertThat(texts(events.all()))
                    .containsExactly(
                            "INSERT item",
                            "UPDATE item",
                            "MESSAGE größe",
                            "DELETE item",
                            "TRUNCATE item",
                            "MESSAGE größe");
        }
    }

    /** The position is of another server, so the row is made one of this server's, column by column. */
    @Test
    void checkpoint_ofTheFormerFormat_isGoneOnFrom() throws Exception {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY)");
        run("checkpoint.sql");
        try (Walwire walwire = Instances.durable(database).start()) {
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        database.sql(
                "INSERT INTO item VALUES (1)",
                "UPDATE walwire_checkpoint SET system_id = (SELECT system_identifier::text FROM pg_control_system()),"
                        + " timeline = (SELECT timeline_id FROM pg_control_checkpoint()),"
                        + " commit_lsn = pg_current_wal_lsn()::text, done_to = pg_current_wal_lsn()::text",
                "INSERT INTO item VALUES (2)");
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(database), "old");
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .handler(on -> {
                    on.table("item").onInsert(event -> events.add(event.detach()));
                    on.onGap(event -> events.add(event));
                })
                .start()) {
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all()).hasSize(1);
        assertThat(Objects.requireNonNull(Typed.row(events.all().get(0)).afterRow())
                        .getInt("id"))
                .isEqualTo(2);
    }

    @Test
    void triggers_ofAnOlderVersion_areUpgradedWithoutLosingARow() throws Exception {
        database.sql("CREATE TABLE users (id int PRIMARY KEY, name text)");
        run("triggers.sql");
        database.sql(
                "INSERT INTO walwire.walwire_cursor (name, durable, position, keep, seen, holder) VALUES"
                        + " ('reader', true, pg_current_xact_id(), '1 day', now(), 'an older version')",
                "INSERT INTO users VALUES (1, 'é')",
                "UPDATE users SET name = NULL");
        assertThat(Outboxes.kept(database)).isEqualTo(2);
        try (Walwire walwire = Outboxes.durable(database)
                .handler(on -> {
                    on.table("users").onChanges(all -> all.forEach(event -> events.add(event.detach())));
                    on.onGap(event -> events.add(event));
                })
                .start()) {
            database.sql("INSERT INTO users VALUES (2)");
            assertThat(texts(events.await(3))).containsExactly("INSERT users", "UPDATE users", "INSERT users");
            Event first = events.all().get(0);
            assertThat(Objects.requireNonNull(Typed.row(first).afterRow()).toMap())
                    .isEqualTo(Map.of("id", 1, "name", "é"));
        }
        assertThat(database.queryString("SELECT obj_description('walwire.walwire_capture()'::regprocedure, 'pg_proc')"))
                .doesNotContain("version 2");
        assertThat(database.query("SELECT right(tgname, 2) AS t FROM pg_trigger WHERE tgname ~ '^!walwire' ORDER BY 1"))
                .extracting(row -> row.get("t"))
                .containsExactlyInAnyOrder("_d", "_i", "_t", "_u");
    }
}
