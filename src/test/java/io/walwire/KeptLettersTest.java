package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.deadletter.Replay;
import io.walwire.deadletter.StoredLetter;
import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Handlers;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Dead letters in a table and in a file: kept once, found again, replayed to whom they belong. */
class KeptLettersTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @TempDir
    Path folder = Path.of("");

    private final Trail trail = new Trail();
    private final Flaky flaky = new Flaky(trail, 1).at("item+2");

    /** A handler whose name lasts. */
    private record Mails(String handlerName, Consumer<Handlers> definition) implements EventHandler {
        @Override
        public void define(Handlers on) {
            definition.accept(on);
        }
    }

    @BeforeEach
    void tables() throws SQLException, IOException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, name text)");
        LetterBox.createTable(database);
    }

    private WalwireBuilder with(DeadLetters letters, EventHandler handler) {
        return Instances.durable(database).handler(handler, FailurePolicy.deadLetter(letters));
    }

    @ParameterizedTest
    @EnumSource
    void letter_saysWhatFailedAndWhy(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        Recorder<Transaction> transactions = new Recorder<>();
        try (Walwire walwire = with(
                        letters, new Mails("mails", on -> on.table("item").onInserts(flaky.runs("run"))))
                .handler(on -> on.onTransaction(transactions::add))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1, E'a\\n\"b'), (2, NULL)");
            trail.upToMark(database);
            assertThat(walwire.status().setAside()).isEqualTo(1);
        }
        Transaction transaction = transactions.all().get(0);
        assertThat(LetterBox.all(letters)).singleElement().satisfies(letter -> {
            assertThat(letter.instance()).isEqualTo("walwire");
            assertThat(letter.handler()).isEqualTo("mails");
            assertThat(letter.declaration()).isEqualTo("table 1 onInserts public.item");
            assertThat(letter.kind()).isEqualTo("insert");
            assertThat(letter.table()).isEqualTo("public.item");
            assertThat(letter.commitLsn()).isEqualTo(transaction.commitLsn());
            assertThat(letter.firstIndex()).isZero();
            assertThat(letter.eventCount()).isEqualTo(2);
            assertThat(letter.attempts()).isEqualTo(1);
            assertThat(letter.errorClass()).isEqualTo("java.io.IOException");
            assertThat(letter.errorMessage()).isEqualTo("no mail today");
            assertThat(letter.events())
                    .isEqualTo("["
                            + transaction.events().get(0).toJson() + ","
                            + transaction.events().get(1).toJson() + "]");
            JsonNode events = new ObjectMapper().readTree(letter.events());
            assertThat(events.get(0).get("new_record").get("name").asText()).isEqualTo("a\n\"b");
            assertThat(letter.toString()).contains(letter.id(), "mails").doesNotContain("a\n");
        });
    }

    @ParameterizedTest
    @EnumSource
    void letter_ofATransactionThatComesAgain_isKeptOnce(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        EventHandler mails = new Mails("mails", on -> on.table("item").onInserts(flaky.runs("run")));
        try (Walwire walwire = with(letters, mails)
                .handler(
                        on -> on.onTransaction(tx -> {
                            throw new IllegalStateException("unconfirmed");
                        }),
                        FailurePolicy.stop())
                .start()) {
            database.sql("INSERT INTO item VALUES (2), (3)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining("unconfirmed");
        }
        String id = LetterBox.all(letters).get(0).id();
        Flaky again = new Flaky(trail, 1);
        // another process, as it were: what it knows it reads
        DeadLetters reopened = box.open(database, folder);
        try (Walwire walwire = with(
                        reopened, new Mails("mails", on -> on.table("item").onInserts(again.runs("again"))))
                .handler(trail.marker())
                .start()) {
            assertThat(trail.upToMark(database)).containsExactly("run: item+2 item+3", "again: item+2 item+3");
            assertThat(walwire.status().setAside()).isEqualTo(1);
        }
        assertThat(LetterBox.all(letters)).extracting(StoredLetter::id).containsExactly(id);
    }

    @ParameterizedTest
    @EnumSource
    void replay_callsTheFailedDeclarationAlone_oldestFirst_andRemoves(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        Flaky twice = new Flaky(trail, 1);
        EventHandler mails = new Mails(
                "mails", on -> on.table("item").onInsert(trail.events("fine")).onInsert(twice.events("flaky")));
        EventHandler others = new Mails("others", on -> on.table("item").onInsert(trail.events("other")));
        try (Walwire walwire =
                with(letters, mails).handler(others).handler(trail.marker()).start()) {
            database.sql("INSERT INTO item VALUES (7), (8)");
            database.sql("INSERT INTO item VALUES (9)");
            int before = trail.upToMark(database).size();
            assertThat(LetterBox.all(letters)).hasSize(3);

            Replay replay = walwire.replay(letters);

            assertThat(replay).isEqualTo(new Replay(3, 0, List.of()));
            List<String> calls = trail.upToMark(database);
            assertThat(calls.subList(before, calls.size()))
                    .containsExactly("flaky: item+7", "flaky: item+8", "flaky: item+9");
        }
        assertThat(LetterBox.all(letters)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void replay_whatFailsAgain_orHasNoHandler_stays(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        Flaky always = new Flaky(trail, Flaky.ALWAYS).at("item+2");
        Flaky once = new Flaky(trail, 1);
        EventHandler gone = new Mails("gone", on -> on.table("item").onInsert(once.events("gone")));
        EventHandler mails = new Mails("mails", on -> on.table("item").onInsert(always.events("always")));
        Flaky later = new Flaky(trail, 1).at("item+3");
        EventHandler last = new Mails("last", on -> on.table("item").onInsert(later.events("last")));
        try (Walwire walwire = with(letters, gone)
                .handler(mails, FailurePolicy.deadLetter(letters))
                .handler(last, FailurePolicy.deadLetter(letters))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (2)");
            database.sql("INSERT INTO item VALUES (3)");
            trail.upToMark(database);
            walwire.removeHandler(gone);
            Replay replay = walwire.replay(letters);
            assertThat(replay.replayed()).isEqualTo(1);
            assertThat(replay.kept()).isEqualTo(3);
            assertThat(replay.reasons())
                    .extracting(Replay.Kept::reason)
                    .satisfiesExactlyInAnyOrder(
                            reason -> assertThat(reason).contains("no handler gone"),
                            reason -> assertThat(reason).contains("no handler gone"),
                            reason -> assertThat(reason).contains("mails failed again", "no mail today"));
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(LetterBox.all(letters))
                .extracting(StoredLetter::handler)
                .containsExactlyInAnyOrder("gone", "gone", "mails");
    }

    @ParameterizedTest
    @EnumSource
    void replay_ofAnotherInstance_isNot(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        EventHandler mails = new Mails("mails", on -> on.table("item").onInsert(flaky.events("one")));
        try (Walwire walwire =
                with(letters, mails).name("first").handler(trail.marker()).start()) {
            database.sql("INSERT INTO item VALUES (2)");
            trail.upToMark(database);
            assertThat(walwire.status().setAside()).isEqualTo(1);
        }
        WalwireBuilder second = with(letters, mails).name("second");
        assertThat(second.replay(letters, letter -> true).reasons())
                .singleElement()
                .satisfies(kept -> assertThat(kept.reason()).contains("first", "second"));
        assertThat(with(letters, mails).name("first").replay(letters, letter -> false))
                .isEqualTo(new Replay(0, 0, List.of()));
        assertThat(with(letters, mails)
                        .name("first")
                        .replay(letters, letter -> true)
                        .replayed())
                .isEqualTo(1);
        assertThat(trail.await(2)).containsExactly("one: item+2", "one: item+2");
    }

    @ParameterizedTest
    @EnumSource
    void letters_ofALargeRun_areSeveral_andReplayAll(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        Recorder<Event> replayed = new Recorder<>();
        EventHandler mails = new Mails("mails", on -> on.table("item").onInserts(events -> {
            if (LetterBox.all(letters).isEmpty()) {
                throw new IllegalStateException("all of it");
            }
            replayed.addAll(events);
        }));
        try (Walwire walwire = with(letters, mails).handler(trail.marker()).start()) {
            database.sql("INSERT INTO item SELECT g, 'n' FROM generate_series(1, 2500) g");
            trail.upToMark(database);
            assertThat(LetterBox.all(letters))
                    .extracting(StoredLetter::eventCount)
                    .containsExactly(1000, 1000, 500);
            assertThat(walwire.replay(letters).replayed()).isEqualTo(3);
        }
        assertThat(replayed.all().stream().map(event -> event.id().index()))
                .hasSize(2500)
                .isSorted();
    }

    @ParameterizedTest
    @EnumSource
    void replay_ofTransactions_messagesAndFunctions_isAsTheFirstCall(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        Recorder<Object> arguments = new Recorder<>();
        EventHandler mails = new Mails("mails", on -> {
            on.onTransaction(tx -> {
                if (tx.events().size() == 2) {
                    fail(arguments, tx, "2 events " + tx.xid() + tx.isLast());
                }
            });
            on.onMessage("note", message -> fail(arguments, message, message.toJson()));
            on.table("item").parallel(event -> fail(arguments, event, event.toJson()));
        });
        try (Walwire walwire = with(letters, mails).handler(trail.marker()).start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (2)", "SELECT pg_logical_emit_message(true, 'note', 'in it')");
            database.sql("SELECT pg_logical_emit_message(false, 'note', 'alone')");
            trail.upToMark(database);
            int count = LetterBox.all(letters).size();
            assertThat(LetterBox.all(letters))
                    .extracting(StoredLetter::declaration)
                    .contains("transaction 1", "message 1", "table 1 parallel public.item");
            assertThat(count).isEqualTo(4);
            assertThat(walwire.replay(letters)).isEqualTo(new Replay(count, 0, List.of()));
            assertThat(arguments.all().stream().distinct())
                    .hasSize(arguments.all().size() / 2);
        }
    }

    /** Once for each argument. */
    private static void fail(Recorder<Object> arguments, Object argument, String text) {
        boolean first = !arguments.all().contains(text);
        arguments.add(text);
        if (first) {
            throw new IllegalStateException(Objects.toString(argument));
        }
    }

    @ParameterizedTest
    @EnumSource
    void remove_takesLettersAway(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        Flaky always = new Flaky(trail, Flaky.ALWAYS).at("item");
        try (Walwire walwire = with(
                        letters, new Mails("mails", on -> on.table("item").onInsert(always.events("one"))))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2), (3)");
            trail.upToMark(database);
            assertThat(walwire.status().setAside()).isEqualTo(3);
        }
        List<StoredLetter> all = LetterBox.all(letters);
        assertThat(letters.remove(all.get(1).id(), "none", "17x")).isEqualTo(1);
        assertThat(letters.remove(all.get(1).id())).isZero();
        assertThat(LetterBox.all(letters)).containsExactly(all.get(0), all.get(2));
    }
}
