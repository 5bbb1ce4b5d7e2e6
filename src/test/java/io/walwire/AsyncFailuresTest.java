package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.AsyncCallback;
import io.walwire.handler.DeadLetter;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.listener.HandlerCall;
import io.walwire.listener.WalwireListener;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stages that fail, under each failure policy. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class AsyncFailuresTest {
    private static final Duration LONG = Items.LONG;
    private static final FailurePolicy TWICE = FailurePolicy.retry(2, Duration.ofMillis(1), Duration.ofMillis(1));
    private static final FailurePolicy LATER = FailurePolicy.retry(1, Duration.ofHours(1), Duration.ofHours(1));

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final SlowSender sender = SlowSender.byHand();
    private final Recorder<HandlerCall> calls = new Recorder<>();
    private final WalwireListener listener = new WalwireListener() {
        @Override
        public void onCall(HandlerCall call) {
            calls.add(call.detach());
        }
    };

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, note text)");
    }

    @AfterEach
    void endSender() {
        sender.close();
    }

    private WalwireBuilder reader(AsyncCallback<RowEvent<Row>> callback, FailurePolicy policy) {
        EventHandler handler = on -> on.table("item").onInsertAsync(callback);
        return Instances.durable(database).handler("mails", handler, policy).listener(listener);
    }

    private void insert(int... ids) throws SQLException {
        for (int id : ids) {
            database.sql("INSERT INTO item VALUES (" + id + ")");
        }
    }

    private static String line(HandlerCall call) {
        return call.handler() + " " + call.kind() + " attempt " + call.attempt() + " " + call.outcome()
                + (call.failure() == null ? "" : " " + call.failure().getMessage());
    }

    private static <T> CompletionStage<T> failed(String message) {
        return CompletableFuture.failedFuture(new IOException(message));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void retry_failedStage_isCalledAgain_laterCallsGoOn(int concurrency) throws Exception {
        try (Walwire walwire =
                reader(sender.callback(), TWICE).concurrency(concurrency).start()) {
            insert(1, 2);
            sender.awaitBegun(2);
            Lsn before = sender.endOf("1");
            sender.fail("1", new IOException("no 1"));
            sender.awaitBegun(3);
            insert(3);
            assertThat(sender.awaitBegun(4).subList(2, 4)).containsExactly("1", "3");
            sender.complete("2");
            sender.complete("3");
            sender.fail("1", new IOException("no 2"));
            sender.awaitBegun(5);
            assertThat(walwire.status().confirmed().isBefore(before)).isTrue();
            sender.complete("1");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(walwire.status().retries()).isEqualTo(2);
        }
        assertThat(calls.all().stream().map(AsyncFailuresTest::line).filter(line -> !line.contains("1 SUCCEEDED")))
                .containsExactly(
                        "mails insert attempt 1 RETRIED no 1",
                        "mails insert attempt 2 RETRIED no 2",
                        "mails insert attempt 3 SUCCEEDED");
    }

    @Test
    void listener_hearsTheTimeUntilTheStageCompleted() throws Exception {
        try (Walwire walwire = reader(sender.callback(), FailurePolicy.stop()).start()) {
            insert(1);
            sender.awaitBegun(1);
            long begun = System.nanoTime();
            Eventually.until(LONG, () -> System.nanoTime() - begun > TimeUnit.MILLISECONDS.toNanos(30));
            sender.complete("1");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(calls.all()).singleElement().satisfies(call -> {
            assertThat(line(call)).isEqualTo("mails insert attempt 1 SUCCEEDED");
            assertThat(call.table()).isEqualTo("public.item");
            assertThat(call.duration()).isGreaterThan(Duration.ofMillis(30));
        });
    }

    @Test
    void skip_failedStage_isSetAside_andConfirmed() throws Exception {
        try (Walwire walwire =
                reader(event -> failed("never"), TWICE.thenSkip()).start()) {
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(calls.all())
                .extracting(AsyncFailuresTest::line)
                .containsExactly(
                        "mails insert attempt 1 RETRIED never",
                        "mails insert attempt 2 RETRIED never",
                        "mails insert attempt 3 SKIPPED never");
    }

    @Test
    void skip_cancelledNullAndThrown_areFailures() throws Exception {
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        cancelled.cancel(true);
        List<AsyncCallback<RowEvent<Row>>> failing = List.of(
                event -> cancelled,
                AsyncFailuresTest::nothing,
                event -> {
                    throw new IOException("thrown");
                },
                event -> CompletableFuture.runAsync(() -> {
                    throw new CompletionException(new IOException("wrapped"));
                }));
        try (Walwire walwire = reader(
                        event -> failing.get(Integer.parseInt(SlowSender.id(event)))
                                .on(event),
                        FailurePolicy.skip())
                .start()) {
            for (int id = 0; id < failing.size(); id++) {
                insert(id);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
        }
        List<Throwable> failures = calls.all().stream()
                .map(call -> Objects.requireNonNull(call.failure()))
                .toList();
        assertThat(failures).hasSize(4);
        assertThat(failures.get(0)).isInstanceOf(CancellationException.class);
        assertThat(failures.get(1)).hasMessageContaining("returned null; return a CompletionStage");
        assertThat(failures.get(2)).isInstanceOf(IOException.class).hasMessage("thrown");
        assertThat(failures.get(3)).isInstanceOf(IOException.class).hasMessage("wrapped");
    }

    @SuppressWarnings({"NullAway", "DataFlowIssue"}) // as a user's code that is not checked
    private static CompletionStage<?> nothing(RowEvent<Row> event) {
        return null;
    }

    @Test
    void stop_failedStage_failsTheInstance_andItComesAgain() throws Exception {
        Walwire failing = reader(sender.callback(), FailurePolicy.stop()).start();
        insert(1, 2, 3);
        sender.awaitBegun(3);
        sender.complete("1");
        sender.complete("3");
        Lsn first = sender.endOf("1");
        Eventually.until(LONG, () -> !failing.status().confirmed().isBefore(first));
        sender.fail("2", new IOException("no mail today"));
        assertThatThrownBy(() -> failing.awaitTermination(LONG))
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.HANDLER))
                .hasMessageContaining("mails failed on insert")
                .hasMessageContaining("no mail today");
        failing.close();
        assertBegunAgain("2", "3");
    }

    private void assertBegunAgain(String... ids) throws Exception {
        Recorder<String> again = new Recorder<>();
        try (Walwire next = reader(
                        event -> {
                            again.add(SlowSender.id(event));
                            return CompletableFuture.completedFuture(null);
                        },
                        FailurePolicy.stop())
                .start()) {
            assertThat(next.awaitCurrent(LONG)).isTrue();
        }
        assertThat(again.all()).containsExactly(ids);
    }

    /** Stages that never complete hold up neither the end of a failed instance nor a thread that waits for room. */
    @Test
    void stop_othersNeverComplete_limitReached_theInstanceEndsAllTheSame() throws Exception {
        Walwire failing = reader(sender.callback(), FailurePolicy.stop())
                .set("walwire.async.limit", "2")
                .set("walwire.close.timeout", "200ms")
                .start();
        database.sql("INSERT INTO item VALUES (1), (2), (3)");
        sender.awaitBegun(2);
        sender.fail("2", new IOException("no mail today"));
        assertThatThrownBy(() -> failing.awaitTermination(LONG)).hasMessageContaining("no mail today");
        failing.close();
        assertBegunAgain("1", "2", "3");
    }

    @Test
    void close_callWaitsForItsRetry_endsAtOnce_andItComesAgain() throws Exception {
        Walwire walwire = reader(sender.callback(), LATER)
                .closeTimeout(Duration.ofMinutes(5))
                .start();
        insert(1, 2);
        sender.awaitBegun(2);
        sender.complete("2");
        sender.fail("1", new IOException("later"));
        calls.await(2);
        long began = System.nanoTime();
        walwire.close();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMinutes(2));
        assertBegunAgain("1", "2");
    }

    @Test
    void deadLetter_isKeptOnce_andAReplayWaitsForTheStage(@TempDir Path folder) throws Exception {
        DeadLetters letters = DeadLetters.file(folder.resolve("letters"));
        Recorder<DeadLetter> set = new Recorder<>();
        AtomicInteger failures = new AtomicInteger(2);
        AsyncCallback<RowEvent<Row>> mails = event -> CompletableFuture.runAsync(() -> {
            CompletableFuture<String> unused = sender.send(SlowSender.id(event), event);
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("not yet");
            }
        });
        try (Walwire walwire = reader(mails, FailurePolicy.deadLetter(letter -> {
                    set.add(letter);
                    letters.on(letter);
                }))
                .start()) {
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            DeadLetter letter = set.await(1).get(0);
            assertThat(letter.declaration()).isEqualTo("table 1 onInsertAsync public.item");
            assertThat(letter.cause()).isInstanceOf(IllegalStateException.class).hasMessage("not yet");
            assertThat(letter.events()).hasSize(1);
            assertThat(walwire.replay(letters).kept()).as("it fails again").isEqualTo(1);
            assertThat(walwire.replay(letters).replayed()).isEqualTo(1);
            assertThat(walwire.replay(letters).replayed()).isZero();
            assertThat(sender.begun()).containsExactly("1", "1", "1");
        }
    }

    @Test
    void manyFail_allAreRetriedSideBySide_withoutAThreadEach() throws Exception {
        AtomicInteger begun = new AtomicInteger();
        Set<String> seen = ConcurrentHashMap.newKeySet();
        FailurePolicy aWhile = FailurePolicy.retry(1, Duration.ofMillis(400), Duration.ofMillis(400));
        try (Walwire walwire = reader(
                        event -> {
                            begun.incrementAndGet();
                            // some may come again before others come for the first time
                            return seen.add(SlowSender.id(event))
                                    ? failed("away")
                                    : CompletableFuture.completedFuture(null);
                        },
                        aWhile)
                .set("walwire.function.threads", "1")
                .start()) {
            database.sql("INSERT INTO item SELECT g FROM generate_series(1, 100) g");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(begun).hasValue(200);
            assertThat(walwire.status().retries()).isEqualTo(100);
        }
    }
}
