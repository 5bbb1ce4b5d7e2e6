package io.walwire.reliability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.config.Credentials;
import io.walwire.error.WalwireException;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An instance that is to end while one of its connections is being opened leaves nothing behind, and does not wait. */
class EndWhileConnectingTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    /** Who waits for a stalled connection waits for half a minute at least. */
    private static final Duration PROMPT = Duration.ofSeconds(25);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void createTable() throws SQLException {
        database.sql("CREATE TABLE item (id bigint PRIMARY KEY)", "CREATE PUBLICATION events FOR TABLE item");
    }

    private WalwireBuilder reader(String host, int port, String name, String opener, Runnable beforeItConnects) {
        return Walwire.builder()
                .url("postgresql://" + host + ":" + port + '/' + database.name())
                .publication("events")
                .slotName(database.unique("ending"))
                .name(name)
                .closeTimeout(Duration.ofMinutes(5))
                .handler(on -> on.onTransaction(transaction -> {}))
                .credentials(() -> {
                    if (isCalledBy(opener)) {
                        beforeItConnects.run();
                    }
                    return new Credentials(database.user(), database.server().password());
                });
    }

    private static boolean isCalledBy(String opener) {
        return Arrays.stream(Thread.currentThread().getStackTrace())
                .anyMatch(frame -> frame.getClassName().endsWith("." + opener));
    }

    private static boolean lives(String thread) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(each -> each.getName().equals(thread));
    }

    private static void awaitIgnoringInterrupts(CountDownLatch latch) {
        boolean done = false;
        while (!done) {
            try {
                done = latch.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                done = latch.getCount() == 0;
            }
        }
    }

    /** The slot would wait for the open transaction. */
    @Test
    void start_interruptedBeforeTheConnectionIsOpen_createsNoSlot_leavesNoThread() throws Exception {
        String name = database.unique("interrupted");
        CountDownLatch connecting = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        PostgresServer server = database.server();
        try (Connection open = database.connect();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (1)");
            CompletableFuture<Walwire> started = new CompletableFuture<>();
            WalwireBuilder builder = reader(server.host(), server.port(), name, "ReplicationOpener", () -> {
                connecting.countDown();
                awaitIgnoringInterrupts(goOn);
            });
            Thread starter = new Thread(
                    () -> {
                        try {
                            started.complete(builder.start());
                        } catch (WalwireException e) {
                            started.completeExceptionally(e);
                        }
                    },
                    "starter");
            starter.start();
            connecting.await();
            starter.interrupt();
            Eventually.until(LONG, () -> !lives("walwire-" + name + "-handler"));
            goOn.countDown();
            assertThatThrownBy(() -> started.get(180, TimeUnit.SECONDS)).hasCauseInstanceOf(WalwireException.class);
            Eventually.until(LONG, () -> !lives("walwire-" + name + "-reader"));
            Eventually.until(
                    LONG,
                    () -> database.queryLong("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                    + " AND backend_type = 'walsender'")
                            == 0);
            assertThat(database.queryLong(
                            "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"))
                    .isZero();
        }
    }

    /** The streaming one, the one before it on which everything is checked, and the one beside it. */
    @ParameterizedTest
    @ValueSource(strings = {"ReplicationOpener", "Preflight", "SharedConnection"})
    void close_whileTheNetworkStallsTheNewConnection_isPrompt(String opener) throws Exception {
        PostgresServer server = database.server();
        String name = database.unique("stalled");
        AtomicBoolean armed = new AtomicBoolean();
        CountDownLatch connecting = new CountDownLatch(1);
        try (Proxy proxy = new Proxy(server.host(), server.port())) {
            Walwire walwire = reader("127.0.0.1", proxy.port(), name, opener, () -> {
                        if (armed.get()) {
                            proxy.stall(true);
                            connecting.countDown();
                        }
                    })
                    .start();
            database.awaitIdle(name); // it has looked for backfills
            armed.set(true);
            if (opener.equals("SharedConnection")) {
                database.terminateIdle(name);
                database.sql("INSERT INTO item VALUES (1)");
            } else {
                database.terminateWalsenders();
            }
            assertThat(connecting.await(180, TimeUnit.SECONDS)).isTrue();
            long began = System.nanoTime();
            walwire.close();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(PROMPT);
            Eventually.until(Duration.ofMinutes(3), () -> !lives("walwire-" + name + "-catalog"));
            proxy.stall(false);
        }
    }
}
