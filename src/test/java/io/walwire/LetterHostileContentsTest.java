package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.deadletter.Replay;
import io.walwire.deadletter.StoredLetter;
import io.walwire.event.Event;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Handlers;
import io.walwire.internal.letter.LetterLine;
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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever a row, a message or the exception about it holds: the letter is kept, read and replayed. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LetterHostileContentsTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @TempDir
    Path folder = Path.of("");

    private final Recorder<String> failed = new Recorder<>();
    private final Recorder<String> replayed = new Recorder<>();

    @BeforeEach
    void tables() throws SQLException, IOException {
        Instances.prepare(database, "CREATE TABLE item (id serial PRIMARY KEY, t text, doc json)");
        LetterBox.createTable(database);
    }

    /** Fails at every call, with a message that holds the event, or notes it. */
    private record Notes(Recorder<String> events, boolean fails) implements EventHandler {
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

    private void insert(String column, String type, List<String> values) throws SQLException {
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

    private int fail(WalwireBuilder builder, DeadLetters letters) throws Exception {
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

    private void requireReplayed(DeadLetters letters) throws InterruptedException {
        Replay replay =
                Instances.durable(database).handler(new Notes(replayed, false)).replay(letters, letter -> true);
        assertThat(replay.kept()).isZero();
        assertThat(replayed.all().equals(failed.all())).isTrue();
        assertThat(LetterBox.all(letters)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void letters_ofHostileContents_areKeptAndReplayed(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        int count = fail(Instances.durable(database).set("walwire.messages", "true"), letters);
        List<StoredLetter> kept = LetterBox.all(letters);
        assertThat(kept).hasSize(count);
        for (int i = 0; i < count; i++) {
            assertThat(kept.get(i).events().equals("[" + failed.all().get(i) + "]"))
                    .isTrue();
            assertThat(LetterLine.of(kept.get(i))).doesNotContain("\n", "\r", "\u001b", "\0");
        }
        requireReplayed(letters);
    }

    /** From triggers, which know no messages. */
    @ParameterizedTest
    @EnumSource
    void letters_ofTheTriggerSource_areKeptAndReplayed(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        int count = fail(EitherSource.TRIGGERS.durable(database), letters);
        assertThat(LetterBox.all(letters)).hasSize(count);
        requireReplayed(letters);
    }

    /** A row was written by a session that may go deeper than the one of the letters. */
    @ParameterizedTest
    @EnumSource
    void json_deeperThanTheServerReadsInALetter_isKeptAndReplayed(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        try (Walwire walwire = Instances.durable(database)
                .handler(new Notes(failed, true), FailurePolicy.deadLetter(letters))
                .start()) {
            walwire.pause();
            insert("doc", "json", List.of(HostileContents.nested(3_000)));
            database.sql("ALTER DATABASE \"" + database.name() + "\" SET max_stack_depth = '100kB'");
            walwire.resume();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(walwire.status().setAside()).isEqualTo(1);
        }
        requireReplayed(letters);
    }
}
