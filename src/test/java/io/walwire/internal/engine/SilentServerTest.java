package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.config.Credentials;
import io.walwire.internal.replication.ReplicationOpener;
import io.walwire.internal.source.GivenSource;
import io.walwire.lifecycle.State;
import io.walwire.reliability.Proxy;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.Suspended;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** A server that sends nothing and answers nothing on the stream, which no error shows. It is doubted after seconds here. */
class SilentServerTest {
    /** A busy machine may take some of it to answer. */
    private static final Duration DOUBT = Duration.ofSeconds(10);

    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String WAITED_FOR = "it is waited for";

    /** The server itself gives nobody up meanwhile. */
    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onServerOfItsOwn(Map.of("wal_sender_timeout", "10min"));

    private static final AtomicInteger SLOTS = new AtomicInteger();

    private final Recorder<Long> ids = new Recorder<>();
    private final Recorder<String> log = new Recorder<>();
    private final AtomicInteger connects = new AtomicInteger();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            log.add(event.getFormattedMessage());
        }
    };
    private String slot = "";

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(SilentServer.class);
    }

    @BeforeEach
    void createTable() throws SQLException {
        DATABASE.sql(
                "CREATE TABLE IF NOT EXISTS item (id bigint PRIMARY KEY)",
                "TRUNCATE item",
                "DROP PUBLICATION IF EXISTS events",
                "CREATE PUBLICATION events FOR TABLE item");
        slot = DATABASE.unique("silent_" + SLOTS.incrementAndGet());
        appender.start();
        logger().addAppender(appender);
    }

    @AfterEach
    void detach() {
        logger().detachAppender(appender);
    }

    private Walwire started(String host, int port) {
        Credentials credentials = new Credentials(DATABASE.user(), DATABASE.password());
        WalwireBuilder builder = Walwire.builder()
                .url("postgresql://" + host + ':' + port + '/' + DATABASE.name() + "?sslmode=disable")
                .credentials(() -> {
                    if (Thread.currentThread().getName().endsWith("-reader")) {
                        connects.incrementAndGet();
                    }
                    return credentials;
                })
                .publication("events")
                .slotName(slot)
                // how long a question to a server that does not answer lasts
                .set("walwire.pgjdbc.socketTimeout", "10")
                .handler(on -> on.table("item")
                        .onInsert(event ->
                                ids.add(Objects.requireNonNull(event.row().getLong("id")))));
        GivenSource.set(
                builder,
                context -> new ReplicationSource(
                        context, new ReplicationOpener(context.database(), context.config(), DOUBT)));
        return builder.start();
    }

    private Walwire started() {
        return started(DATABASE.server().host(), DATABASE.server().port());
    }

    private static void insert(int id) throws SQLException {
        DATABASE.sql("INSERT INTO item VALUES (" + id + ")");
    }

    private int walsender() throws SQLException {
        return Objects.requireNonNull(DATABASE.slot(slot).orElseThrow().activePid());
    }

    private static String waitsFor(int pid) throws SQLException {
        return DATABASE.queryString(
                "SELECT coalesce(wait_event_type, 'nothing') FROM pg_stat_activity WHERE pid = ?", pid);
    }

    /** A lock on the catalog holds it up in the middle of a transaction, of which nothing is sent yet. */
    @Test
    void walsenderSuspendedAtWork_isWaitedFor_onTheSameConnection() throws Exception {
        try (Walwire walwire = started();
                Connection blocker = DATABASE.connect();
                Statement statement = blocker.createStatement()) {
            int connected = connects.get();
            int pid = walsender();
            blocker.setAutoCommit(false);
            statement.execute("LOCK TABLE pg_catalog.pg_publication_rel IN ACCESS EXCLUSIVE MODE");
            insert(1);
            Eventually.until(LONG, () -> waitsFor(pid).equals("Lock"));
            try (Suspended suspended = Suspended.one(DATABASE.server(), pid)) {
                Eventually.until(LONG, () -> log.all().stream().anyMatch(line -> line.contains(WAITED_FOR)));
                // many more questions
                DATABASE.query("SELECT pg_sleep(2)");
                assertThat(walwire.state()).isEqualTo(State.STREAMING);
                assertThat(ids.all()).isEmpty();
            }
            blocker.rollback();
            assertThat(ids.await(1, LONG)).containsExactly(1L);
            assertThat(walwire.status().reconnects()).isZero();
            assertThat(connects).hasValue(connected);
            assertThat(walsender()).isEqualTo(pid);
        }
    }

    /** It would answer at once. Its slot is taken until it goes on, and finds that nobody reads it any more. */
    @Test
    void walsenderSuspendedWhileItWaits_isGivenUp_nothingIsLost() throws Exception {
        try (Walwire walwire = started()) {
            insert(1);
            ids.await(1, LONG);
            int pid = walsender();
            try (Suspended suspended = suspendedWhileItWaits(pid)) {
                insert(2);
                Eventually.until(LONG, () -> walwire.state() == State.RECONNECTING);
                assertThat(walsender()).isEqualTo(pid);
                assertThat(ids.all()).containsExactly(1L);
            }
            insert(3);
            assertThat(ids.await(3, LONG)).containsExactly(1L, 2L, 3L);
            assertThat(walwire.status().reconnects()).isEqualTo(1);
            assertThat(log.all()).noneMatch(line -> line.contains(WAITED_FOR));
        }
    }

    /** Where it is stopped at another moment, it goes on and is stopped again. */
    private static Suspended suspendedWhileItWaits(int pid) {
        Recorder<Suspended> found = new Recorder<>();
        Eventually.until(LONG, () -> {
            Suspended suspended = Suspended.one(DATABASE.server(), pid);
            boolean waits = false;
            try {
                waits = Set.of("Activity", "Client").contains(waitsFor(pid));
            } finally {
                if (waits) {
                    found.add(suspended);
                } else {
                    suspended.close();
                }
            }
            return waits;
        });
        return found.all().get(0);
    }

    /** The network keeps the end of the connection back. */
    @Test
    void walsenderGone_isGivenUp_nothingIsLost() throws Exception {
        try (Proxy proxy = new Proxy(DATABASE.server().host(), DATABASE.server().port());
                Walwire walwire = started("127.0.0.1", proxy.port())) {
            insert(1);
            ids.await(1, LONG);
            int connected = connects.get();
            proxy.stallOpen();
            assertThat(DATABASE.terminateWalsenders()).isEqualTo(1);
            insert(2);
            assertThat(ids.await(2, LONG)).containsExactly(1L, 2L);
            assertThat(walwire.status().reconnects()).isEqualTo(1);
            assertThat(connects.get())
                    .as("one attempt: a look at the slot, the stream, and a second look while it is held")
                    .isEqualTo(connected + 3);
            assertThat(log.all()).noneMatch(line -> line.contains(WAITED_FOR));
        }
    }

    @Test
    void wholeServerSuspended_isGivenUp_nothingIsLost() throws Exception {
        try (Walwire walwire = started()) {
            insert(1);
            ids.await(1, LONG);
            try (Suspended suspended = Suspended.all(DATABASE.server())) {
                Eventually.until(LONG, () -> walwire.state() == State.RECONNECTING);
                assertThat(ids.all()).containsExactly(1L);
            }
            insert(2);
            assertThat(ids.await(2, LONG)).containsExactly(1L, 2L);
            assertThat(walwire.status().reconnects()).isEqualTo(1);
            assertThat(log.all()).noneMatch(line -> line.contains(WAITED_FOR));
        }
    }
}
