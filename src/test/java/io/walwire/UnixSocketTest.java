package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A server on the same host. */
class UnixSocketTest {
    private static final int ROWS = 50_000;
    private static final Path FOLDER = folder();

    @RegisterExtension
    static final TestDatabase DATABASE =
            TestDatabase.onServerOfItsOwn(Map.of("unix_socket_directories", FOLDER.toString()));

    private static int slots;
    private String slot = "";

    private static Path folder() {
        try {
            return Files.createTempDirectory("walwire");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterAll
    static void removeFolder() {
        // the server is stopped after this; whatever is left then is in the system's folder for such things
        FOLDER.toFile().deleteOnExit();
    }

    @BeforeAll
    static void onlyPeersEnter() throws SQLException, IOException {
        Path data = Path.of(DATABASE.queryString("SHOW data_directory"));
        Assumptions.assumeTrue(
                Files.isWritable(data) && Files.isWritable(FOLDER), "The server has to be on this machine");
        Items.create(DATABASE);
        DATABASE.sql("CREATE ROLE walwire_peer LOGIN REPLICATION", "CREATE ROLE walwire_other LOGIN REPLICATION");
        // whoever runs the tests may enter as one role: a namespace may hide from the server who that is
        Files.writeString(data.resolve("pg_ident.conf"), "\ntests /^.*$ walwire_peer\n", StandardOpenOption.APPEND);
        Path rules = data.resolve("pg_hba.conf");
        Files.writeString(rules, "local all all peer map=tests\n" + Files.readString(rules));
        DATABASE.sql("SELECT pg_reload_conf()");
        Eventually.until(
                Items.LONG,
                () -> DATABASE.queryLong("SELECT count(*) FROM pg_hba_file_rules WHERE options IS NOT NULL") > 0);
    }

    @BeforeEach
    void empty() throws SQLException {
        DATABASE.sql("TRUNCATE item");
        slot = DATABASE.unique("slot_" + ++slots);
    }

    private static String url() {
        return "postgresql://walwire_peer@/" + DATABASE.name() + "?host=" + FOLDER + "&port="
                + DATABASE.server().port();
    }

    private static WalwireBuilder reader() {
        return Walwire.builder().url(url()).publication("events");
    }

    private void assertStreamsLocally() throws SQLException {
        assertThat(DATABASE.queryOne(
                        Boolean.class,
                        "SELECT client_addr IS NULL AND client_port = -1 FROM pg_stat_activity WHERE pid = ?",
                        Items.backend(DATABASE, slot)))
                .as("the stream comes through the unix-domain socket")
                .isTrue();
    }

    @Test
    void largeTransactions_andIdleTimes_withoutAPassword() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire = reader().slotName(slot).handler(Items.ids(ids)).start()) {
            assertStreamsLocally();
            DATABASE.sql("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, " + ROWS + ") g");
            ids.await(ROWS);
            idle();
            Items.insert(DATABASE, ROWS + 1);
            assertThat(ids.await(ROWS + 1))
                    .isEqualTo(LongStream.rangeClosed(1, ROWS + 1).boxed().toList());
            assertThat(walwire.status().reconnects()).isZero();
        }
    }

    /** Two statuses that the server takes note of while nothing happens. */
    private void idle() throws SQLException {
        for (int i = 0; i < 2; i++) {
            String moment = DATABASE.queryString("SELECT clock_timestamp()::text");
            Eventually.until(
                    Items.LONG,
                    () -> DATABASE.queryOne(
                            Boolean.class,
                            "SELECT coalesce(reply_time > ?::timestamptz, false) FROM pg_stat_replication WHERE pid = ?",
                            moment,
                            Items.backend(DATABASE, slot)));
        }
    }

    @Test
    void everyWayToSayIt_streams() throws Exception {
        String encoded = "postgresql://walwire_peer@" + FOLDER.toString().replace("/", "%2F") + ":"
                + DATABASE.server().port() + "/" + DATABASE.name();
        WalwireBuilder keys = Walwire.builder()
                .host(FOLDER.toString())
                .port(DATABASE.server().port())
                .database(DATABASE.name())
                .user("walwire_peer")
                .publication("events");
        for (WalwireBuilder each : List.of(
                Walwire.builder().url(encoded).publication("events"),
                keys,
                reader().set("walwire.ssl.mode", "prefer"))) {
            try (Walwire walwire = each.slotName(slot).start()) {
                assertThat(walwire.awaitStreaming(Items.LONG)).isTrue();
                assertStreamsLocally();
            }
        }
    }

    @Test
    void brokenConnection_healsAndNothingIsMissing() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire = reader().slotName(slot).handler(Items.ids(ids)).start()) {
            Items.insert(DATABASE, 1);
            ids.await(1);
            assertThat(DATABASE.terminateWalsenders()).isEqualTo(1);
            Items.insert(DATABASE, 2);
            ids.await(2);
            DATABASE.server().restart();
            Items.insert(DATABASE, 3);
            assertThat(ids.await(3)).containsExactly(1L, 2L, 3L);
            assertThat(walwire.status().reconnects()).isGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void close_confirmsWhatWasHandled() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire = reader().slotName(slot).handler(Items.ids(ids)).start()) {
            Items.insert(DATABASE, 1, 2);
            ids.await(2);
            walwire.close();
        }
        Recorder<Long> again = new Recorder<>();
        try (Walwire walwire = reader().slotName(slot).handler(Items.ids(again)).start()) {
            assertThat(walwire.awaitStreaming(Items.LONG)).isTrue();
            Items.insert(DATABASE, 3);
            assertThat(again.await(1)).containsExactly(3L);
        }
    }

    @Test
    void close_whileTheSlotIsCreated_isQuick() throws Exception {
        try (Connection holding = DATABASE.connect();
                Statement statement = holding.createStatement()) {
            holding.setAutoCommit(false);
            statement.execute("INSERT INTO unpublished VALUES ('keeps the slot from being created')");
            CompletableFuture<Thread> starter = new CompletableFuture<>();
            WalwireBuilder builder = reader().slotName(slot);
            CompletableFuture<Walwire> starting = CompletableFuture.supplyAsync(
                    () -> {
                        starter.complete(Thread.currentThread());
                        return builder.start();
                    },
                    task -> new Thread(task, "starter").start());
            Eventually.until(
                    Items.LONG,
                    () -> DATABASE.queryLong("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender'"
                                    + " AND query LIKE 'CREATE_REPLICATION_SLOT%' AND wait_event = 'transactionid'")
                            == 1);
            starter.join().interrupt();
            assertThatThrownBy(() -> starting.get(180, TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(InterruptedException.class);
            // the server gives it up too, though the transaction goes on: it was asked to through the socket
            Eventually.until(
                    Items.LONG,
                    () -> DATABASE.queryLong("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender'")
                            == 0);
            holding.rollback();
        }
    }

    @Test
    void start_roleThatIsNotThePeers() {
        StartErrorsTest.assertRefused(
                reader().user("walwire_other"), ErrorCode.AUTHENTICATION, "walwire_other", FOLDER.toString(), "pg_hba");
    }

    @Test
    void start_noSocketThere() {
        StartErrorsTest.assertRefused(
                reader().port(1),
                ErrorCode.CONNECTION,
                "There is no socket " + FOLDER + "/.s.PGSQL.1.",
                "Is the server running there?",
                "unix_socket_directories");
    }

    @Test
    void start_waitsForAServerThatIsDown() throws Exception {
        PostgresServer server = DATABASE.server();
        server.stopFast();
        WalwireBuilder builder = reader().startWait(Duration.ofMinutes(5));
        CompletableFuture<Walwire> starting;
        try {
            starting = CompletableFuture.supplyAsync(builder::start, task -> new Thread(task, "starter").start());
        } finally {
            server.startAgain();
        }
        try (Walwire walwire = starting.get(180, TimeUnit.SECONDS)) {
            assertThat(walwire.awaitStreaming(Items.LONG)).isTrue();
        }
    }
}
