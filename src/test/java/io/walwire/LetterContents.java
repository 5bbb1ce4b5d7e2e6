package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.deadletter.Replay;
import io.walwire.event.Event;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Handlers;
import io.walwire.testing.HostileContents;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Calls with rows and messages of any content that fail, and are replayed from dead letters. */
abstract class LetterContents {
    static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @TempDir
    Path folder = Path.of("");

    final Recorder<String> failed = new Recorder<>();
    final Recorder<String> replayed = new Recorder<>();

    @BeforeEach
    void tables() throws SQLException, IOException {
        Instances.prepare(database, "CREATE TABLE item (id serial PRIMARY KEY, t text, doc json)");
        LetterBox.createTable(database);
    }

    /** Fails at every call, with a message that holds the event, or notes it. */
    record Notes(Recorder<String> events, boolean fails) implements EventHandler {
        @Override
        public String handlerName() {
            return "notes";
        }

        @Override
        public void define(Handlers on) {
            on.table("item").onInsert(this::note);
            on.onMessage(this::note);
        }

        private void note(Event event) {
            events.add(event.toJson());
            if (fails) {
                throw new IllegalStateException("\0\u001b[2J\r\n\ud800 " + event.toJson() + " \udc00");
            }
        }
    }

    void insert(String column, String type, List<String> values) throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO item (" + column + ") VALUES (CAST(? AS " + type + "))")) {
            for (String value : values) {
                insert.setString(1, value);
                insert.executeUpdate();
            }
        }
    }

    private void emit(String prefix, byte[] content) throws SQLException {
        database.query("SELECT pg_logical_emit_message(true, ?, ?)", prefix, content);
    }

    private void emitAll() throws SQLException {
        for (String prefix : HostileContents.prefixes()) {
            // what a context holds is another matter
            if (!prefix.startsWith("walwire.")) {
                emit(prefix, new byte[] {'x'});
            }
        }
        for (byte[] content : HostileContents.bytes()) {
            emit("app", content);
        }
    }

    int fail(WalwireBuilder builder, DeadLetters letters) throws Exception {
        Notes notes = new Notes(failed, true);
        FailurePolicy policy = FailurePolicy.deadLetter(letters);
        try (Walwire walwire = builder.handler(notes, policy).start()) {
            insert("t", "text", HostileContents.texts());
            insert("doc", "json", HostileContents.jsonTexts());
            emitAll();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(walwire.status().setAside()).isEqualTo(failed.all().size());
            return failed.all().size();
        }
    }

    void requireReplayed(DeadLetters letters) throws InterruptedException {
        Replay replay =
                Instances.durable(database).handler(new Notes(replayed, false)).replay(letters, letter -> true);
        assertThat(replay.kept()).isZero();
        assertThat(replayed.all().equals(failed.all())).isTrue();
        assertThat(LetterBox.all(letters)).isEmpty();
    }
}
