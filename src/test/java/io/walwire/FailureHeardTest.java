package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Filter;
import io.walwire.lifecycle.State;
import io.walwire.testing.LogWatch;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an application hears of an instance that fails, although it never asks. */
class FailureHeardTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final CompletableFuture<WalwireException> heard = new CompletableFuture<>();
    private final Recorder<WalwireException> calls = new Recorder<>();

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
    }

    private void hear(WalwireException failure) {
        calls.add(failure);
        heard.complete(failure);
    }

    private WalwireBuilder failing(WalwireBuilder builder) {
        return throwing(builder).onFailure(this::hear);
    }

    private static WalwireBuilder throwing(WalwireBuilder builder) {
        return builder.failurePolicy(FailurePolicy.stop())
                .handler(on -> on.table("item").onInsert(event -> {
                    throw new IllegalStateException("the mail server is away");
                }));
    }

    private static WalwireException ofCompletion(Walwire walwire) throws Exception {
        try {
            walwire.completion().toCompletableFuture().get(180, TimeUnit.SECONDS);
            throw new AssertionError("It has not failed");
        } catch (ExecutionException e) {
            return (WalwireException) Objects.requireNonNull(e.getCause());
        }
    }

    @Test
    void durable_handlerThrows_oneErrorWithCausePositionAndWayOn_oneCall() throws Exception {
        requireOneErrorAndOneCall(database, Instances.durable(database));
    }

    /** On a database of {@link Items}, of an instance with a durable position. */
    static void requireOneErrorAndOneCall(TestDatabase database, WalwireBuilder durable) throws Exception {
        Recorder<WalwireException> calls = new Recorder<>();
        try (LogLines log = new LogLines();
                Walwire walwire = throwing(durable).onFailure(calls::add).start()) {
            Items.insert(database, 1);
            WalwireException failure = calls.await(1).get(0);
            assertThat(failure).isSameAs(ofCompletion(walwire));
            assertThat(walwire.state()).isEqualTo(State.FAILED);
            assertThat(log.with("ERROR"))
                    .singleElement()
                    .asString()
                    .contains(
                            "IllegalStateException: the mail server is away",
                            walwire.status().slot(),
                            "stands at ")
                    .contains("start again")
                    .doesNotContain(LogWatch.ROW_VALUE);
            walwire.close();
        }
        assertThat(calls.all()).hasSize(1);
    }

    @Test
    void temporary_handlerThrows_errorSaysThatTheSlotIsGone() throws Exception {
        try (LogLines log = new LogLines();
                Walwire walwire = failing(Items.reader(database)).start()) {
            Items.insert(database, 1);
            heard.get(180, TimeUnit.SECONDS);
            assertThat(log.with("ERROR")).singleElement().asString().contains("was temporary and is gone");
            assertThat(walwire.health().up()).isFalse();
        }
    }

    @Test
    void filterThrows_isHeard() throws Exception {
        Filter broken = event -> {
            throw new IllegalStateException("no filter");
        };
        try (LogLines log = new LogLines();
                Walwire walwire = Items.reader(database)
                        .onFailure(this::hear)
                        .handler(on -> on.table("item").filter(broken).onInsert(event -> {}))
                        .start()) {
            Items.insert(database, 1);
            assertThat(heard.get(180, TimeUnit.SECONDS)).hasMessageContaining("no filter");
            assertThat(log.with("ERROR")).hasSize(1);
            assertThat(walwire.state()).isEqualTo(State.FAILED);
        }
    }

    /** The slot is free by then, and nothing waits for the callback. */
    @Test
    void callback_closesTheInstance_andStartsAnother() throws Exception {
        String slot = Instances.slot(database);
        Recorder<Long> ids = new Recorder<>();
        CompletableFuture<Walwire> first = new CompletableFuture<>();
        CompletableFuture<Walwire> second = new CompletableFuture<>();
        WalwireBuilder builder = failing(Items.reader(database).slotName(slot)).onFailure(failure -> {
            first.join().close();
            second.complete(Items.reader(database)
                    .slotName(slot)
                    .set("walwire.slot.busy", "fail")
                    .handler(Items.ids(ids))
                    .start());
        });
        try (Walwire failing = builder.start()) {
            first.complete(failing);
            Items.insert(database, 1);
            try (Walwire again = second.get(180, TimeUnit.SECONDS)) {
                assertThat(ids.await(1)).containsExactly(1L);
                assertThat(again.state()).isEqualTo(State.STREAMING);
            }
        }
    }

    @Test
    void callbackThatThrows_isLogged_completionIsAsEver() throws Exception {
        try (LogLines log = new LogLines();
                Walwire walwire = failing(Items.reader(database))
                        .onFailure(failure -> {
                            throw new IllegalArgumentException("no callback");
                        })
                        .start()) {
            Items.insert(database, 1);
            assertThat(ofCompletion(walwire)).hasMessageContaining("the mail server is away");
            log.await("ERROR", "onFailure", "no callback");
        }
    }

    /** Whoever starts it hears of it, and nobody else. */
    @Test
    void startThrows_noErrorInTheLog_noCall() {
        try (LogLines log = new LogLines()) {
            WalwireBuilder builder =
                    failing(Walwire.builder().url(database.url()).publication("missing"));
            assertThatThrownBy(builder::start).isInstanceOf(WalwireException.class);
            assertThat(log.with("ERROR")).isEmpty();
        }
        assertThat(calls.all()).isEmpty();
    }

    /** However early a handler fails: an instance that streams has started. */
    @Test
    void handlerFailsAtOnce_startReturns() throws Exception {
        String slot = Instances.slot(database);
        Items.reader(database).slotName(slot).start().close();
        Items.insert(database, 1);
        for (int i = 0; i < 5; i++) {
            try (Walwire walwire =
                    failing(Items.reader(database).slotName(slot)).start()) {
                assertThat(ofCompletion(walwire)).hasMessageContaining("the mail server is away");
            }
        }
        calls.await(5);
    }

    /** PostgreSQL shows the row in the details, the driver repeats that in the message, and so does whoever wraps it. */
    @Test
    void handlersOwnStatementFails_neitherRowNorLineBreakInLogAndMessages() throws Exception {
        database.sql("CREATE TABLE mail (note text PRIMARY KEY)");
        try (LogLines log = new LogLines();
                Connection connection = database.connect();
                Statement statement = connection.createStatement();
                Walwire walwire = Items.reader(database)
                        .failurePolicy(
                                FailurePolicy.retry(1, java.time.Duration.ofMillis(1), java.time.Duration.ofMillis(1)))
                        .handler(on -> on.table("item").onInsert(event -> {
                            try {
                                for (int i = 0; i < 2; i++) {
                                    statement.addBatch("INSERT INTO mail SELECT note FROM item");
                                }
                                statement.executeBatch();
                            } catch (SQLException e) {
                                throw new IllegalStateException("forged\nline: " + e.getCause(), e);
                            }
                        }))
                        .start()) {
            Items.insert(database, 1);
            WalwireException failure = ofCompletion(walwire);
            assertThat(failure.getMessage())
                    .contains("forged\\nline", "duplicate key value violates unique constraint")
                    .doesNotContain("\n", LogWatch.ROW_VALUE);
            assertThat(log.all()).hasSizeGreaterThanOrEqualTo(2).allSatisfy(line -> assertThat(line)
                    .doesNotContain("\n", LogWatch.ROW_VALUE));
        }
    }

    /** An application whose main does nothing but wait for the instance. */
    public static final class Application {
        private Application() {}

        /**
         * Runs it.
         *
         * @param args the URL and the slot
         */
        public static void main(String[] args) throws InterruptedException {
            Thread main = Thread.currentThread();
            Walwire.builder()
                    .url(args[0])
                    .publication("events")
                    .slotName(args[1])
                    .onFailure(failure -> exit(main))
                    .handler(on -> on.table("item").onInsert(event -> {
                        throw new IllegalStateException("the mail server is away");
                    }))
                    .start()
                    .awaitTermination();
        }

        private static void exit(Thread main) {
            try {
                main.join();
                System.out.println("main has ended");
                System.in.read();
            } catch (InterruptedException | IOException e) {
                throw new IllegalStateException(e);
            }
            System.out.println("callback ends");
            System.exit(5);
        }
    }

    @Test
    void mainHasEnded_callbackRunsToItsEnd_itsExitCodeIsTheProcesses() throws Exception {
        String slot = Instances.slot(database);
        database.createSlot(slot);
        Items.insert(database, 1);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx96m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Application.class.getName(),
                        database.url(),
                        slot)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("main has ended");
            process.getOutputStream().close();
            assertThat(lines.readLine()).isEqualTo("callback ends");
            assertThat(process.waitFor(180, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(5);
        } finally {
            process.destroyForcibly();
        }
    }
}
