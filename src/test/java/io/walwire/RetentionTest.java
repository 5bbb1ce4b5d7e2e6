package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.event.Gap;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The guard on the WAL that a slot holds back; on a server where nobody else writes or holds anything. */
class RetentionTest {
    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onServerOfItsOwn(Map.of());

    private static boolean created;

    private final Recorder<Long> ids = new Recorder<>();
    private final Gate gate = new Gate();

    @BeforeEach
    void createTables() throws SQLException {
        if (!created) {
            Items.create(DATABASE);
            created = true;
        }
        DATABASE.sql("TRUNCATE item");
    }

    private WalwireBuilder guarded(String slot) {
        return Items.reader(DATABASE)
                .slotName(slot)
                .set("walwire.slot.max-retained", "4MiB")
                .set("walwire.slot.max-retained.interval", "100ms")
                .handler(on -> on.table("item").onInsert(event -> {
                    if (Items.id(event) == 1) {
                        gate.pass();
                    }
                    ids.add(Items.id(event));
                }));
    }

    /** Some MiB of WAL. */
    private static void fill(int mebibytes) throws SQLException {
        DATABASE.sql(
                "INSERT INTO unpublished SELECT repeat('x', 1000) FROM generate_series(1, " + mebibytes * 1000 + ")");
    }

    /** Of what runs now the server takes note only now and then, and before it does a slot cannot move on. */
    private static void letGo(LogLines log, String slot) {
        Eventually.until(Items.LONG, () -> {
            DATABASE.sql("SELECT pg_log_standby_snapshot()");
            return !log.with("INFO", slot, "within walwire.slot.max-retained again")
                    .isEmpty();
        });
    }

    @Test
    void busyHandler_warnedOnce_andLoggedWhenItIsOver() throws Exception {
        try (LogLines log = new LogLines();
                Walwire walwire = guarded("busy").start()) {
            Items.insert(DATABASE, 1);
            gate.awaitReached();
            fill(6);
            assertThat(log.await("WARN", "\"busy\"", "max-retained"))
                    .containsPattern(
                            "holds back \\d+ bytes of WAL, more than walwire.slot.max-retained \\(4194304 bytes\\)")
                    .containsPattern(
                            "the handlers have been busy for \\d+ s with the transaction \\d+ that was committed at");
            fill(6);
            gate.open();
            letGo(log, "busy");
            assertThat(log.with("WARN", "max-retained")).hasSize(1);
            fill(6);
            Eventually.until(
                    Items.LONG,
                    () -> log.with("WARN", "max-retained").size() == 2
                            || !walwire.status().confirmed().isBefore(Items.currentLsn(DATABASE)));
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
            assertThat(DATABASE.slot("busy")).isPresent();
        }
    }

    @Test
    void busySink_isNamed_andNotTheHandlers() throws Exception {
        CollectingSink sink = CollectingSink.plain(CompletableFuture::new);
        try (LogLines log = new LogLines();
                Walwire walwire = Items.reader(DATABASE)
                        .subscriptions("item")
                        .slotName("sink")
                        .set("walwire.slot.max-retained", "4MiB")
                        .set("walwire.slot.max-retained.interval", "100ms")
                        .closeTimeout(Duration.ofMillis(300))
                        .sink(sink)
                        .start()) {
            Items.insert(DATABASE, 1);
            sink.groups.await(1);
            fill(6);
            assertThat(log.await("WARN", "\"sink\"", "max-retained"))
                    .containsPattern("the sink CollectingSink has not stored the transaction \\d+")
                    .doesNotContain("busy");
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
        Eventually.until(Items.LONG, () -> !DATABASE.slot("sink").orElseThrow().active());
        DATABASE.query("SELECT pg_drop_replication_slot('sink')");
    }

    @Test
    void preparedTransaction_named() throws Exception {
        try (LogLines log = new LogLines();
                Walwire walwire = guarded("prepared").start();
                Connection connection = DATABASE.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("BEGIN");
            statement.execute("INSERT INTO item VALUES (7, 'prepared')");
            statement.execute("PREPARE TRANSACTION 'forgotten'");
            try {
                Eventually.until(Items.LONG, () -> {
                    fill(1);
                    DATABASE.sql("SELECT pg_log_standby_snapshot()");
                    // else the server has not yet heard that all of it is handled
                    Items.awaitConfirmed(DATABASE, "prepared", Items.currentLsn(DATABASE));
                    return !log.with("WARN", "\"prepared\"", "the prepared transaction 'forgotten' is still there")
                            .isEmpty();
                });
            } finally {
                statement.execute("COMMIT PREPARED 'forgotten'");
            }
            assertThat(ids.await(1)).containsExactly(7L);
            letGo(log, "prepared");
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
    }

    /** Even a handler that never returns does not keep the slot. */
    @Test
    void drop_slotIsGone_instanceFails() throws Exception {
        try (LogLines log = new LogLines();
                Walwire walwire = guarded("dropped")
                        .set("walwire.slot.max-retained.action", "drop")
                        .set("walwire.slot.lost", "recreate")
                        .closeTimeout(Duration.ofMillis(500))
                        .start()) {
            Items.insert(DATABASE, 1);
            gate.awaitReached();
            fill(6);
            Eventually.until(Items.LONG, () -> DATABASE.slot("dropped").isEmpty());
            BrokenForGoodTest.assertFails(
                    walwire,
                    ErrorCode.SLOT,
                    "\"dropped\" on " + DATABASE.name(),
                    "the handlers have been busy",
                    "walwire.slot.max-retained.action=drop");
            assertThat(log.with("ERROR", "\"dropped\"", "is dropped")).hasSize(1);
            assertThat(DATABASE.slot("dropped")).isEmpty();
        } finally {
            gate.open();
        }
        Recorder<Gap> gaps = new Recorder<>();
        try (Walwire anew = guarded("dropped")
                .handler(on -> on.onGap(event -> gaps.add(event.gap())))
                .start()) {
            assertThat(gaps.await(1).get(0).to()).isEqualTo(anew.status().streamingFrom());
            assertThat(anew.awaitCurrent(Items.LONG)).isTrue();
        }
    }

    /** As after a long absence. */
    @Test
    void drop_slotThatCatchesUp_isLeftToIt() throws Exception {
        guarded("behind").start().close();
        DATABASE.sql("INSERT INTO item SELECT g, repeat('x', 1000) FROM generate_series(2, 20000) g");
        fill(6);
        try (LogLines log = new LogLines();
                Walwire walwire = guarded("behind")
                        .set("walwire.slot.max-retained.interval", "2s")
                        .set("walwire.slot.max-retained.action", "drop")
                        .start()) {
            log.await("WARN", "\"behind\"", "max-retained");
            ids.await(19_999);
            letGo(log, "behind");
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
        assertThat(DATABASE.slot("behind")).isPresent();
    }
}
