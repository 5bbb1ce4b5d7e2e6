package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.walwire.error.ConfigurationException;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Transaction;
import io.walwire.handler.DeadLetter;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** What a dead letter holds, what becomes of the stream meanwhile, and what the log says. */
class DeadLettersTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();
    private final Flaky flaky = new Flaky(trail, Flaky.ALWAYS).at("item+2");
    private final Recorder<DeadLetter> letters = new Recorder<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.walwire");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void tablesAndLog() throws SQLException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, name text)");
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void detach() {
        logger.detachAppender(log);
    }

    private static FailurePolicy twoRetries() {
        return FailurePolicy.retry(2, Duration.ofMillis(5), Duration.ofMillis(20));
    }

    private WalwireBuilder with(FailurePolicy policy, EventHandler handler) {
        return Instances.durable(database).handler("mails", handler, policy);
    }

    private List<String> logged(Level level) {
        return List.copyOf(log.list).stream()
                .filter(event -> event.getLevel() == level)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private static List<String> lines(DeadLetter letter) {
        return letter.events().stream().map(Trail::line).toList();
    }

    @Test
    void deadLetter_ofARun_hasItsEventsCauseAndAttempts_andTheStreamGoesOn() throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        EventHandler handler = on -> on.table("item").onInserts(flaky.runs("run"));
        try (Walwire walwire = with(twoRetries().thenDeadLetter(letters::add), handler)
                .handler(on -> on.onTransaction(transactions::add))
                .handler(trail.marker())
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (2, 'secret'), (3, 'secret')",
                    "UPDATE item SET name = 'n'",
                    "INSERT INTO item VALUES (4)");
            database.sql("INSERT INTO item VALUES (5)");
            assertThat(trail.upToMark(database))
                    .containsExactly(
                            "run: item+2 item+3",
                            "run: item+2 item+3",
                            "run: item+2 item+3",
                            "run: item+4",
                            "run: item+5");
            assertThat(letters.all()).singleElement().satisfies(letter -> {
                assertThat(lines(letter)).containsExactly("item+2", "item+3");
                assertThat(letter.handler()).isEqualTo("mails");
                assertThat(letter.cause()).isSameAs(flaky.thrown().all().get(2));
                assertThat(letter.attempts()).isEqualTo(3);
                assertThatThrownBy(() -> letter.events().clear()).isInstanceOf(UnsupportedOperationException.class);
            });
            assertThat(walwire.status().setAside()).isEqualTo(1);
            Transaction last = transactions.await(2).get(1);
            Eventually.until(
                    LONG, () -> Instances.confirmed(database).compareTo(Objects.requireNonNull(last.endLsn())) >= 0);
        }
    }

    @Test
    void log_hasEachAttemptAndTheEnd_withIds_withoutValues() throws Exception {
        EventHandler handler = on -> on.table("item").onInserts(flaky.runs("run"));
        try (Walwire walwire = with(twoRetries().thenDeadLetter(letters::add), handler)
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (2, 'secret'), (3, 'secret')");
            trail.upToMark(database);
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
        List<EventId> ids =
                letters.all().get(0).events().stream().map(Event::id).toList();
        assertThat(logged(Level.WARN)).hasSize(2).allSatisfy(line -> assertThat(line)
                .contains("Handler mails ", "insert public.item", "java.io.IOException: no mail today")
                .doesNotContain("secret"));
        assertThat(logged(Level.WARN).get(0)).containsPattern("attempt 1; the next one is in \\d+ ms");
        assertThat(logged(Level.WARN).get(1)).contains("attempt 2");
        assertThat(logged(Level.ERROR))
                .singleElement()
                .asString()
                .contains(
                        "3 attempts",
                        "dead letter",
                        ids.get(0).toString(),
                        ids.get(1).toString(),
                        "java.io.IOException: no mail today")
                .doesNotContain("secret");
    }

    @Test
    void lambdaWithoutAName_whoseLettersAreKept_isRefusedWithTheFix() throws Exception {
        EventHandler lambda = on -> on.table("item").onInserts(flaky.runs("run"));
        FailurePolicy policy = twoRetries().thenDeadLetter(letters::add);
        assertThatThrownBy(() -> Instances.durable(database)
                        .failurePolicy(policy)
                        .handler(lambda)
                        .handler("named", lambda)
                        .handler(lambda, FailurePolicy.skip())
                        .handler(trail.marker())
                        .handler(lambda, policy)
                        .start())
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        refused -> assertThat(refused.problems()).hasSize(2).allSatisfy(problem -> assertThat(problem)
                                .contains(DeadLettersTest.class.getName(), "handler(\"mails\", on -> ...)")
                                .doesNotContain("$$Lambda")));
        try (Walwire walwire =
                Instances.durable(database).handler(trail.marker()).start()) {
            assertThatThrownBy(() -> walwire.addHandler(lambda, policy)).isInstanceOf(ConfigurationException.class);
            walwire.addHandler("added", lambda, policy);
            database.sql("INSERT INTO item VALUES (2)");
            assertThat(letters.await(1).get(0).handler()).isEqualTo("added");
            walwire.removeHandler(lambda);
        }
    }

    @Test
    void name_thatIsBlank_isRefused() {
        assertThatThrownBy(() -> Instances.durable(database).handler(" ", on -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("blank");
    }

    @Test
    void deadLetter_ofAPerEventFormAndOfAFunction_hasTheOneEvent() throws Exception {
        FailurePolicy policy = FailurePolicy.deadLetter(letters::add);
        try (Walwire walwire = with(policy, on -> on.table("item").onInsert(flaky.events("one")))
                .handler("function", on -> on.table("item").parallel(flaky.events("function")), policy)
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2), (3)");
            assertThat(trail.upToMark(database))
                    .containsExactlyInAnyOrder(
                            "one: item+1",
                            "one: item+2",
                            "one: item+3",
                            "function: item+1",
                            "function: item+2",
                            "function: item+3");
            assertThat(letters.all()).hasSize(2).allSatisfy(letter -> {
                assertThat(lines(letter)).containsExactly("item+2");
                assertThat(letter.attempts()).isEqualTo(1);
            });
        }
    }

    @Test
    void deadLetter_ofATransaction_hasAllItsEvents() throws Exception {
        Flaky always = new Flaky(trail, Flaky.ALWAYS);
        try (Walwire walwire = with(FailurePolicy.deadLetter(letters::add), on -> on.onTransaction(always.any("tx")))
                .start()) {
            database.inTransaction("INSERT INTO item VALUES (1)", "DELETE FROM item");
            assertThat(lines(letters.await(1).get(0))).containsExactly("item+1", "item-1");
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void deadLetter_thatThrows_stopsUnconfirmed_andNamesBoth() throws Exception {
        try (Walwire walwire = with(
                        FailurePolicy.deadLetter(letter -> {
                            letters.add(letter);
                            throw new IllegalStateException("the letter box is full");
                        }),
                        on -> on.table("item").onInserts(flaky.runs("run")))
                .start()) {
            database.sql("INSERT INTO item VALUES (2)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .hasMessageContainingAll(
                            "insert public.item", "java.io.IOException: no mail today", "the letter box is full")
                    .hasCause(flaky.thrown().await(1).get(0))
                    .hasSuppressedException(new IllegalStateException("the letter box is full"));
            assertThat(walwire.state()).isEqualTo(State.FAILED);
            assertThat(walwire.status().setAside()).isZero();
            assertThat(Instances.confirmed(database))
                    .isLessThanOrEqualTo(
                            letters.all().get(0).events().get(0).id().position());
        }
        try (Walwire again = with(FailurePolicy.stop(), on -> on.table("item").onInserts(trail.runs("again")))
                .start()) {
            assertThat(trail.await(2)).containsExactly("run: item+2", "again: item+2");
            assertThat(again.state()).isEqualTo(State.STREAMING);
        }
    }

    @Test
    void deadLetter_fatalException_isNotHandedOver() throws Exception {
        FailurePolicy policy = twoRetries().thenDeadLetter(letters::add).fatal(java.io.IOException.class);
        try (Walwire walwire = with(policy, on -> on.table("item").onInserts(flaky.runs("run")))
                .start()) {
            database.sql("INSERT INTO item VALUES (2)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining("no mail today");
            assertThat(letters.all()).isEmpty();
            assertThat(trail.await(1)).hasSize(1);
        }
    }
}
