package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.sink.SinkPosition;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sinks that fail or do not end, in every way that Java allows: the instance ends, and nothing is stored by halves. */
class SinkFailuresTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, name text)");
        database.createSlot(Instances.slot(database));
    }

    private WalwireBuilder with(CollectingSink sink) {
        return Instances.durable(database).subscriptions("item").sink(sink);
    }

    private static CompletableFuture<Void> done() {
        return CompletableFuture.completedFuture(null);
    }

    private Lsn insert(int id) throws SQLException {
        database.sql("INSERT INTO item VALUES (" + id + ")");
        return Lsn.parse(database.currentLsn());
    }

    /** A stage of a sink's own, which cannot be waited for. */
    private static final class Unwaitable extends CompletableFuture<Void> {
        @Override
        public CompletableFuture<Void> whenComplete(BiConsumer<? super Void, ? super Throwable> action) {
            throw new IllegalStateException("not today");
        }
    }

    /** How a call of flush goes wrong. */
    private record Fault(String said, Callable<CompletionStage<Void>> flush) {
        @Override
        public String toString() {
            return said;
        }
    }

    @SuppressWarnings({"NullAway", "DataFlowIssue"})
    static Stream<Fault> faults() {
        return Stream.of(
                new Fault("a/Missing", () -> {
                    throw new NoClassDefFoundError("a/Missing");
                }),
                new Fault("the sink's own", () -> {
                    throw new InterruptedException("the sink's own");
                }),
                new Fault("not today", Unwaitable::new),
                new Fault("flush() returned null", () -> null));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void flushGoesWrong_instanceEnds_unconfirmed(Fault fault) throws Exception {
        CollectingSink sink = CollectingSink.plain(fault.flush());
        Lsn written;
        try (Walwire walwire = with(sink).start()) {
            written = insert(1);
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SINK))
                    .hasMessageContainingAll("The sink CollectingSink cannot be flushed", fault.said());
        }
        assertThat(Instances.confirmed(database)).isLessThan(written);
        assertThat(sink.calls.all()).endsWith("close");
    }

    @Test
    void writeThrowsAnError_inTheMiddleOfAPart_nothingOfThePartIsStored() throws Exception {
        CollectingSink sink = CollectingSink.keeping(null).afterLine(line -> {
            if (line.equals("item+2")) {
                throw new OutOfMemoryError("a test");
            }
        });
        Gate gate = new Gate();
        try (Walwire walwire = with(sink)
                .handler(on -> on.table("item").onInsert(event -> {
                    if (Items.id(event) == 1) {
                        gate.pass();
                    }
                }))
                .start()) {
            insert(1);
            gate.awaitReached();
            database.sql("INSERT INTO item VALUES (2), (3)");
            Lsn both = Lsn.parse(database.currentLsn());
            Eventually.until(LONG, () -> !walwire.status().received().isBefore(both));
            gate.open();
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .hasMessageContainingAll("The sink CollectingSink cannot be written to", "a test");
        }
        assertThat(sink.lines()).doesNotContain("item+2", "item+3");
        List<SinkPosition> stored = sink.positions.all();
        // the first transaction may be in the group that failed
        CollectingSink next = CollectingSink.keeping(stored.isEmpty() ? null : stored.get(stored.size() - 1));
        try (Walwire walwire = with(next).start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(Stream.concat(sink.lines().stream(), next.lines().stream()))
                .containsExactly("item+1", "item+2", "item+3");
    }

    @Test
    void interruptFlagThatTheSinkLeaves_isCleared_andTheSinkIsNamed() throws Exception {
        CollectingSink sink = CollectingSink.plain(SinkTest::later)
                .afterLine(line -> Thread.currentThread().interrupt());
        try (LogLines log = new LogLines();
                Walwire walwire = with(sink).start()) {
            for (int i = 1; i <= 3; i++) {
                insert(i);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            assertThat(log.with(
                            "WARN", "The sink CollectingSink left the interrupt flag of its thread set after write"))
                    .hasSize(3);
        }
        assertThat(sink.lines()).containsExactly("item+1", "item+2", "item+3");
    }

    private WalwireBuilder failingAtTwo(CollectingSink sink) {
        return with(sink)
                .handler(
                        on -> on.table("item").onInsert(event -> {
                            if (Items.id(event) == 2) {
                                throw new IllegalStateException("a test");
                            }
                        }),
                        FailurePolicy.stop());
    }

    @Test
    void handlerFails_whileAFlushIsPending_healthSaysSoAtOnce() throws Exception {
        CompletableFuture<Void> stage = new CompletableFuture<>();
        CollectingSink sink = CollectingSink.plain(() -> stage);
        try (Walwire walwire =
                failingAtTwo(sink).closeTimeout(Duration.ofMinutes(5)).start()) {
            insert(1);
            sink.groups.await(1);
            insert(2);
            Eventually.until(LONG, () -> walwire.health().reason().startsWith("failing: "));
            assertThat(walwire.health().up()).isFalse();
            stage.complete(null);
            assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining("a test");
        }
    }

    @Test
    void handlerFails_whileAFlushNeverEnds_instanceFailsAfterTheCloseTimeout() throws Exception {
        CollectingSink sink = CollectingSink.plain(CompletableFuture::new);
        Recorder<String> failures = new Recorder<>();
        Lsn written;
        try (LogLines log = new LogLines();
                Walwire walwire = failingAtTwo(sink)
                        .closeTimeout(Duration.ofMillis(300))
                        .onFailure(e -> failures.add(String.valueOf(e.getMessage())))
                        .start()) {
            written = insert(1);
            sink.groups.await(1);
            insert(2);
            assertThat(failures.await(1)).singleElement().asString().contains("a test");
            assertThat(walwire.state()).isEqualTo(State.FAILED);
            assertThat(log.with("WARN", "The sink CollectingSink is closed before it has stored all"))
                    .hasSize(1);
        }
        assertThat(Instances.confirmed(database)).isLessThan(written);
    }

    @Test
    void lastFlushFails_whileClosing_isLoggedAndTheLastError() throws Exception {
        CollectingSink sink =
                CollectingSink.plain(() -> CompletableFuture.failedFuture(new IOException("No space left on device")));
        CompletableFuture<Walwire> itself = new CompletableFuture<>();
        Lsn written;
        try (LogLines log = new LogLines();
                Walwire walwire = with(sink)
                        .handler(on ->
                                on.table("item").onInsert(event -> itself.join().close()))
                        .start()) {
            itself.complete(walwire);
            written = insert(1);
            assertThat(walwire.awaitTermination(LONG)).isTrue();
            assertThat(walwire.status().lastError()).contains("No space left on device");
            assertThat(log.with("ERROR", "The sink CollectingSink cannot be flushed", "is not confirmed"))
                    .hasSize(1);
        }
        assertThat(Instances.confirmed(database)).isLessThan(written);
    }

    @Test
    void sinkOfAnotherInstance_isRefused_andStaysOpen() throws Exception {
        CollectingSink sink = CollectingSink.plain(SinkFailuresTest::done);
        String other = database.unique("other");
        database.createSlot(other);
        try (Walwire walwire = with(sink).start()) {
            assertThatThrownBy(() -> with(sink).slotName(other).start())
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SINK))
                    .hasMessageContaining("The sink CollectingSink is in use");
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(sink.calls.all()).containsExactly("open " + database.name());
        }
        assertThat(sink.lines()).containsExactly("item+1");
        try (Walwire again = with(sink).start()) {
            assertThat(again.awaitCurrent(LONG)).isTrue();
        }
        assertThat(sink.calls.all()).hasSize(4).endsWith("close");
    }
}
