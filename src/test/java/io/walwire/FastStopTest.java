package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A server that an administrator stops is not held up, whatever the handlers do, and nothing is lost by it. */
class FastStopTest {
    /** Shorter than pg_ctl waits. What holds up such a server holds it up for longer than that. */
    private static final Duration BOUND = Duration.ofSeconds(100);

    /** Only a refused connection shows it, and one is tried every five seconds. */
    private static final Duration SMART_BOUND = Duration.ofSeconds(60);

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onServerOfItsOwn(Map.of("wal_sender_timeout", "10min"));

    private final Recorder<Long> ids = new Recorder<>();

    @BeforeAll
    static void createTables() throws SQLException {
        Items.create(DATABASE);
    }

    @BeforeEach
    void empty() throws SQLException {
        DATABASE.sql("TRUNCATE item");
    }

    private static void stopInTime(TestReporter reporter) {
        PostgresServer server = DATABASE.server();
        long began = System.nanoTime();
        server.stopFast();
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        reporter.publishEntry("stop took", took.toMillis() + " ms");
        assertThat(took).isLessThan(BOUND);
    }

    @Test
    void idle(TestReporter reporter) throws Exception {
        try (Walwire walwire =
                Items.reader(DATABASE).slotName("idle").handler(Items.ids(ids)).start()) {
            Items.insert(DATABASE, 1);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            stopInTime(reporter);
            DATABASE.server().startAgain();
            Items.insert(DATABASE, 2);
            assertThat(ids.await(2)).containsExactly(1L, 2L);
        }
    }

    /** With a checkpoint, an idle position stays unconfirmed until much has gathered. */
    @Test
    void idle_withACheckpoint(TestReporter reporter) throws Exception {
        try (TestDatabase own = TestDatabase.create(PostgresServer.shared())) {
            Ledger.create(own);
            try (Walwire walwire = Items.reader(DATABASE)
                    .slotName("checkpointed")
                    .checkpoint(JdbcCheckpoint.of(LetterBox.source(own), "stopped"))
                    .handler(Items.ids(ids))
                    .start()) {
                Items.insert(DATABASE, 1);
                DATABASE.sql("INSERT INTO unpublished VALUES ('x')");
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
                stopInTime(reporter);
                DATABASE.server().startAgain();
                Items.insert(DATABASE, 2);
                assertThat(ids.await(2)).containsExactly(1L, 2L);
            }
        }
    }

    /** The handler holds its confirmation for as long as the server is away. */
    @Test
    void handlerUnfinished_roomForMore(TestReporter reporter) throws Exception {
        stopWhileHeld("held", "64MiB", 10, reporter);
    }

    /** The reader has no room either, so that the server's questions stay unread. */
    @Test
    void handlerUnfinished_bufferFull(TestReporter reporter) throws Exception {
        stopWhileHeld("full", "64KiB", 3_000, reporter);
    }

    /** What the driver says of several hosts is what it heard from the last one. */
    @Test
    void handlerUnfinished_severalHosts(TestReporter reporter) throws Exception {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        String hosts = "localhost:" + DATABASE.server().port() + ",localhost:" + closed;
        String url = "postgresql://" + DATABASE.user() + "@" + hosts + "/" + DATABASE.name();
        stopWhileHeld(Items.reader(DATABASE).url(url).slotName("several"), "64MiB", 10, reporter);
    }

    private void stopWhileHeld(String slot, String buffer, int rows, TestReporter reporter) throws Exception {
        stopWhileHeld(Items.reader(DATABASE).slotName(slot), buffer, rows, reporter);
    }

    private void stopWhileHeld(WalwireBuilder reader, String buffer, int rows, TestReporter reporter) throws Exception {
        Gate gate = new Gate();
        try (Walwire walwire = reader.set("walwire.buffer", buffer)
                .handler(on -> on.table("item").onInsert(event -> {
                    gate.pass();
                    ids.add(Items.id(event));
                }))
                .start()) {
            for (int from = 1; from <= rows; from += 10) {
                DATABASE.sql("INSERT INTO item SELECT g, repeat('x', 1000) FROM generate_series(" + from + ", "
                        + (from + 9) + ") g");
            }
            gate.awaitReached();
            stopInTime(reporter);
            Eventually.until(Items.LONG, () -> walwire.state() == State.RECONNECTING);
            assertThat(ids.all()).isEmpty();
            DATABASE.server().startAgain();
            gate.open();
            assertThat(walwire.awaitStreaming(Items.LONG)).isTrue();
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(ids.all())
                    .isEqualTo(LongStream.rangeClosed(1, rows).boxed().toList());
        }
    }

    /** However long a handler takes, there is one connection that looks out for the server, and it goes with the need. */
    @Test
    void handlerUnfinished_oneMoreConnection_thatStays() throws Exception {
        Gate gate = new Gate();
        String watching = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                + " AND application_name LIKE '%watched%' AND backend_type = 'client backend'";
        try (Walwire walwire = Items.reader(DATABASE)
                .name("watched")
                .handler(on -> on.table("item").onInsert(event -> gate.pass()))
                .start()) {
            Items.insert(DATABASE, 1);
            gate.awaitReached();
            Eventually.until(Items.LONG, () -> DATABASE.query(watching).size() == 1);
            Set<Object> seen = new HashSet<>();
            long began = System.nanoTime();
            for (int i = 0; i < 40; i++) {
                DATABASE.query("SELECT pg_sleep(0.1)");
                seen.addAll(DATABASE.query(watching));
            }
            long renewals = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began) / 5 + 1;
            // one more was the catalog's, when the table was first seen
            assertThat((long) seen.size()).isBetween(1L, 2 + renewals);
            assertThat(walwire.status().reconnects()).isZero();
            gate.open();
            Eventually.until(Items.LONG, () -> DATABASE.query(watching).isEmpty());
        }
    }

    /** It waits for plain connections, of which none may stay, and refuses new ones alone. */
    @Test
    void smart_idle_afterTransactionsThatWereLookedFor(TestReporter reporter) throws Exception {
        try (Walwire walwire = Items.reader(DATABASE)
                .slotName("smart")
                .set("walwire.visible", "true")
                .handler(Items.ids(ids))
                .start()) {
            Items.insert(DATABASE, 1);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            stopSmart(reporter);
            DATABASE.server().startAgain();
            Items.insert(DATABASE, 2);
            assertThat(ids.await(2)).containsExactly(1L, 2L);
        }
    }

    @Test
    void smart_handlerUnfinished(TestReporter reporter) throws Exception {
        Gate gate = new Gate();
        try (Walwire walwire = Items.reader(DATABASE)
                .slotName("smart_held")
                .set("walwire.visible", "true")
                .handler(on -> on.table("item").onInsert(event -> {
                    gate.pass();
                    ids.add(Items.id(event));
                }))
                .start()) {
            Items.insert(DATABASE, 1, 2);
            gate.awaitReached();
            stopSmart(reporter);
            assertThat(ids.all()).isEmpty();
            DATABASE.server().startAgain();
            gate.open();
            assertThat(ids.await(2)).containsExactly(1L, 2L);
            assertThat(walwire.awaitStreaming(Items.LONG)).isTrue();
        }
    }

    /** It asks each second whether another process wants a backfill. */
    @Test
    void smart_idle_whileBackfillsMayBeAskedFor(TestReporter reporter) throws Exception {
        DATABASE.sql(Files.readString(Path.of("sql/backfill.sql")));
        String asking =
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'asking'"
                        + " AND backend_type = 'client backend' AND query LIKE '%walwire_backfill%requested%'";
        try (Walwire walwire = Items.reader(DATABASE)
                .slotName("smart_asking")
                .name("asking")
                .handler(Items.ids(ids))
                .start()) {
            Eventually.until(Items.LONG, () -> !DATABASE.query(asking).isEmpty());
            stopSmart(reporter);
            DATABASE.server().startAgain();
            Items.insert(DATABASE, 1);
            assertThat(ids.await(1)).containsExactly(1L);
            Eventually.until(Items.LONG, () -> !DATABASE.query(asking).isEmpty());
            assertThat(walwire.state().isFinal()).isFalse();
        } finally {
            DATABASE.sql("DROP TABLE walwire_backfill");
        }
    }

    private static void stopSmart(TestReporter reporter) {
        long began = System.nanoTime();
        DATABASE.server().stopSmart();
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        reporter.publishEntry("smart stop took", took.toMillis() + " ms");
        assertThat(took).isLessThan(SMART_BOUND);
    }

    @Test
    void paused(TestReporter reporter) throws Exception {
        try (Walwire walwire = Items.reader(DATABASE)
                .slotName("paused")
                .name("paused")
                .handler(Items.ids(ids))
                .start()) {
            walwire.pause();
            Items.insert(DATABASE, 1);
            InstanceThreads.awaitHeld("paused");
            stopInTime(reporter);
            DATABASE.server().startAgain();
            walwire.resume();
            assertThat(ids.await(1)).containsExactly(1L);
        }
    }

    /** A writer that does not stop before the server does, faster than the handler. */
    @Test
    void underLoad(TestReporter reporter) throws Exception {
        AtomicLong committed = new AtomicLong();
        try (Walwire walwire = Items.reader(DATABASE)
                .slotName("loaded")
                .handler(on -> on.table("item").onInsert(event -> {
                    // a handler that writes somewhere
                    DATABASE.queryLong("SELECT 1");
                    ids.add(Items.id(event));
                }))
                .failurePolicy(
                        io.walwire.handler.FailurePolicy.retry(1_000_000, Duration.ofMillis(50), Duration.ofMillis(50)))
                .start()) {
            CompletableFuture<Void> writer =
                    CompletableFuture.runAsync(() -> write(committed), task -> new Thread(task, "writer").start());
            Eventually.until(Items.LONG, () -> walwire.status().queuedBytes() > 1_000_000);
            stopInTime(reporter);
            writer.get(180, TimeUnit.SECONDS);
            DATABASE.server().startAgain();
            assertThat(walwire.awaitStreaming(Items.LONG)).isTrue();
        }
        // what was not handled by the close comes to the next instance
        Recorder<Long> rest = new Recorder<>();
        try (Walwire again = Items.reader(DATABASE)
                .slotName("loaded")
                .handler(Items.ids(rest))
                .start()) {
            assertThat(again.awaitCurrent(Items.LONG)).isTrue();
        }
        LinkedHashSet<Long> all = new LinkedHashSet<>(ids.all());
        all.addAll(rest.all());
        List<Long> rows = DATABASE.query("SELECT id FROM item ORDER BY id").stream()
                .map(row -> (Long) row.get("id"))
                .toList();
        assertThat(rows).hasSizeGreaterThanOrEqualTo((int) committed.get());
        assertThat(List.copyOf(all)).isEqualTo(rows);
    }

    private static void write(AtomicLong committed) {
        try (Connection connection = DATABASE.connect();
                Statement statement = connection.createStatement()) {
            for (long from = 1; ; from += 20) {
                statement.execute("INSERT INTO item SELECT g, repeat('x', 1000) FROM generate_series(" + from + ", "
                        + (from + 19) + ") g");
                committed.addAndGet(20);
            }
        } catch (SQLException e) {
            // the server has stopped, which is what the test is about
            Thread.currentThread().interrupt();
        }
    }
}
