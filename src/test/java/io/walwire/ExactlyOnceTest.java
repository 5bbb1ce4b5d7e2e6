package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Gap;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The same changes again, from a slot that stands further back: their effect is there once. */
class ExactlyOnceTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int ROWS = 3_000;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase own = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();
    private final Recorder<Gap> gaps = new Recorder<>();

    @BeforeEach
    void tables() throws SQLException, IOException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, name text)");
        Ledger.create(own);
    }

    private JdbcCheckpoint checkpoint() {
        return JdbcCheckpoint.of(LetterBox.source(own), "shop");
    }

    private WalwireBuilder with(JdbcCheckpoint checkpoint, EventHandler handler) {
        return Instances.durable(database)
                .checkpoint(checkpoint)
                .handler(handler, FailurePolicy.stop())
                .handler(on -> on.onGap(gap -> gaps.add(gap.gap())))
                .handler(trail.marker());
    }

    private WalwireBuilder inserting(JdbcCheckpoint checkpoint) {
        return with(checkpoint, on -> on.table("item").onInserts(Ledger.runs(checkpoint, "a")));
    }

    /** A slot from which everything comes again that will be confirmed on the other. */
    private String slotBehind() throws SQLException {
        database.createSlot(Instances.slot(database));
        String behind = database.unique("behind");
        database.query("SELECT pg_copy_logical_replication_slot(?, ?)", Instances.slot(database), behind);
        return behind;
    }

    @Test
    void transactions_thatComeAgain_areSkipped_andTheSlotGoesOn() throws Exception {
        String behind = slotBehind();
        try (Walwire walwire = inserting(checkpoint()).start()) {
            for (int i = 1; i <= 3; i++) {
                database.sql("INSERT INTO item VALUES (" + i + ")");
            }
            trail.upToMark(database);
            assertThat(walwire.status().transactions()).isGreaterThanOrEqualTo(3);
        }
        database.sql("INSERT INTO item VALUES (4)");
        try (Walwire walwire = inserting(checkpoint()).slotName(behind).start()) {
            trail.upToMark(database);
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(Ledger.entries(own)).containsExactly("a: item+1", "a: item+2", "a: item+3", "a: item+4");
        assertThat(gaps.all()).isEmpty();
    }

    /** As after kill -9 while a gap was noted: the row is further than the slot, where the gap ends. */
    @Test
    void notedGap_thatEndsBeforeTheCheckpoint_setsNothingBack() throws Exception {
        String behind = slotBehind();
        try (Walwire walwire = inserting(checkpoint()).start()) {
            database.sql("INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2)");
            trail.upToMark(database);
            assertThat(walwire.state().isFinal()).isFalse();
        }
        database.query("SELECT pg_create_physical_replication_slot(?)", "walwire_gap_0000000001000000_" + behind);
        try (Walwire walwire = inserting(checkpoint()).slotName(behind).start()) {
            database.sql("INSERT INTO item VALUES (3)");
            trail.upToMark(database);
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(gaps.all()).hasSize(1);
        assertThat(Ledger.entries(own)).containsExactly("a: item+1", "a: item+2", "a: item+3");
    }

    @Test
    void largeTransaction_brokenOffInTheMiddle_goesOnThere_withOtherParts() throws Exception {
        JdbcCheckpoint first = checkpoint();
        AtomicInteger parts = new AtomicInteger();
        String statements = "INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(%d, %d) g";
        EventHandler breaking = on -> {
            on.table("item").onInserts(Ledger.runs(first, "a"));
            on.onMessage(event -> Ledger.enter(first, "m", text(event.message())));
            on.onTransaction(part -> {
                if (parts.incrementAndGet() == 5) {
                    throw new IllegalStateException("broken off");
                }
            });
        };
        try (Walwire walwire =
                with(first, breaking).set("walwire.buffer", "64KiB").start()) {
            // messages take no index, and fall between parts as rows do
            Stream.Builder<String> work = Stream.builder();
            for (int i = 0; i < ROWS; i += 50) {
                work.add(statements.formatted(i + 1, i + 50));
                work.add("SELECT pg_logical_emit_message(true, 'm', '" + i + "')");
            }
            database.inTransaction(work.build().toArray(String[]::new));
            assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining("broken off");
        }
        long before = own.queryLong("SELECT count(*) FROM ledger");
        assertThat(before).isBetween(1L, (long) ROWS - 1);
        assertThat(own.queryLong("SELECT complete FROM walwire_checkpoint")).isZero();
        Recorder<Integer> again = new Recorder<>();
        JdbcCheckpoint second = checkpoint();
        try (Walwire walwire = with(second, on -> {
                    on.table("item").onInserts(events -> {
                        Ledger.<RowEvent<Row>>runs(second, "a").on(events);
                        again.add(events.size());
                    });
                    on.onMessage(event -> Ledger.enter(second, "m", text(event.message())));
                })
                .set("walwire.buffer", "100KiB")
                .start()) {
            trail.upToMark(database);
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(again.all().stream().mapToInt(Integer::intValue).sum()).isBetween(1, ROWS - 1);
        assertThat(own.queryLong("SELECT count(*) FROM ledger WHERE handler = 'a'"))
                .isEqualTo(ROWS);
        assertThat(own.queryLong("SELECT count(DISTINCT entry) FROM ledger WHERE handler = 'a'"))
                .isEqualTo(ROWS);
        assertThat(own.queryLong("SELECT count(*) FROM ledger WHERE handler = 'm'"))
                .isEqualTo(ROWS / 50);
        assertThat(own.queryLong("SELECT count(DISTINCT entry) FROM ledger WHERE handler = 'm'"))
                .isEqualTo(ROWS / 50);
    }

    private static String text(@Nullable LogicalMessage message) {
        return Objects.requireNonNull(Objects.requireNonNull(message).text());
    }

    @Test
    void slot_movedBeyondTheCheckpoint_isAGap_once_andAnOrdinaryRestartIsNone() throws Exception {
        try (Walwire walwire = inserting(checkpoint()).start()) {
            database.sql("INSERT INTO item VALUES (1)");
            trail.upToMark(database);
            assertThat(walwire.state().isFinal()).isFalse();
        }
        // of no concern to anybody, and enough of it that the slot moves over it
        String much = "INSERT INTO unread SELECT repeat('x', 1000) FROM generate_series(1, 3000)";
        for (TestDatabase writer : List.of(database, own)) {
            writer.sql("CREATE TABLE unread (t text)");
            Lsn before = Items.currentLsn(database);
            try (Walwire walwire =
                    inserting(checkpoint()).subscriptions("item", "mark").start()) {
                writer.sql(much);
                Eventually.until(LONG, () -> Instances.confirmed(database).value() > before.value() + 2 * (1 << 20));
                writer.sql("INSERT INTO unread VALUES ('a little more')");
                Lsn heard = Items.currentLsn(database);
                Eventually.until(LONG, () -> !walwire.status().received().isBefore(heard));
                database.terminateWalsenders();
                trail.upToMark(database);
                assertThat(walwire.state().isFinal()).isFalse();
            }
        }
        try (Walwire walwire = inserting(checkpoint()).start()) {
            trail.upToMark(database);
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(gaps.all()).isEmpty();
        String done = own.queryString("SELECT done_to FROM walwire_checkpoint");
        database.sql("INSERT INTO item VALUES (2)");
        database.query("SELECT pg_replication_slot_advance(?, pg_current_wal_lsn())", Instances.slot(database));
        for (int i = 3; i <= 4; i++) {
            try (Walwire walwire = inserting(checkpoint()).start()) {
                database.sql("INSERT INTO item VALUES (" + i + ")");
                trail.upToMark(database);
                assertThat(walwire.state().isFinal()).isFalse();
            }
        }
        assertThat(gaps.all()).singleElement().satisfies(gap -> {
            assertThat(gap.from()).hasToString(done);
            assertThat(gap.reason()).contains("checkpoint \"shop\"");
        });
        assertThat(Ledger.entries(own)).containsExactly("a: item+1", "a: item+3", "a: item+4");
    }

    @Test
    void checkpoint_ofAnotherServer_isAGap() throws Exception {
        try (Walwire walwire = inserting(checkpoint()).start()) {
            trail.upToMark(database);
            assertThat(walwire.state().isFinal()).isFalse();
        }
        own.sql("UPDATE walwire_checkpoint SET system_id = '17', commit_lsn = 'FFFFFFFF/0', done_to = 'FFFFFFFF/0'");
        try (Walwire walwire = inserting(checkpoint()).start()) {
            database.sql("INSERT INTO item VALUES (1)");
            trail.upToMark(database);
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(gaps.all()).singleElement().satisfies(gap -> assertThat(gap.reason())
                .contains("system identifier"));
        assertThat(Ledger.entries(own)).containsExactly("a: item+1");
    }

    @Test
    void secondWriter_isNoticed_andCommitsNothing() throws Exception {
        String behind = slotBehind();
        Gate gate = new Gate();
        JdbcCheckpoint slow = checkpoint();
        try (Walwire one = with(slow, on -> on.table("item").onInsert(event -> {
                            Ledger.enter(slow, "slow", Trail.line(event));
                            gate.pass();
                        }))
                        .start();
                Walwire two = inserting(checkpoint()).slotName(behind).start()) {
            database.sql("INSERT INTO item VALUES (1)");
            gate.awaitReached();
            Eventually.until(LONG, () -> Ledger.entries(own).contains("a: item+1"));
            gate.open();
            assertThatThrownBy(() -> one.awaitTermination(LONG))
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CHECKPOINT))
                    .hasMessageContaining("another instance uses the same name");
            assertThat(two.state().isFinal()).isFalse();
        }
        assertThat(Ledger.entries(own)).containsExactly("a: item+1");
    }

    @Test
    void connection_lostInTheMiddle_isReplaced_andNothingIsThereTwice() throws Exception {
        JdbcCheckpoint checkpoint = checkpoint();
        AtomicInteger calls = new AtomicInteger();
        // a policy that would skip, were the lost connection a failure of the handler's
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .handler(
                        on -> on.table("item").onInsert(event -> {
                            Ledger.enter(checkpoint, "a", Trail.line(event));
                            if (calls.incrementAndGet() <= 2) {
                                own.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                                        + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
                            }
                            Ledger.enter(checkpoint, "b", Trail.line(event));
                        }),
                        FailurePolicy.skip())
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2)");
            trail.upToMark(database);
            assertThat(walwire.status().setAside()).isZero();
        }
        assertThat(Ledger.entries(own)).containsExactly("a: item+1", "b: item+1", "a: item+2", "b: item+2");
        assertThat(calls.get()).isEqualTo(4);
    }

    /** Connections whose first commits succeed or not, and nobody hears of it. */
    private DataSource losingAnswers(boolean committed, AtomicInteger times) {
        DataSource source = LetterBox.source(own);
        return (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    Connection connection = source.getConnection();
                    return Proxy.newProxyInstance(
                            getClass().getClassLoader(), new Class<?>[] {Connection.class}, (self, call, given) -> {
                                boolean loses = call.getName().equals("commit") && times.getAndDecrement() > 0;
                                if (loses && !committed) {
                                    connection.rollback();
                                }
                                try {
                                    Object result = call.invoke(connection, given);
                                    if (loses) {
                                        throw new SQLException("the answer is lost", "08006");
                                    }
                                    return result;
                                } catch (InvocationTargetException e) {
                                    throw Objects.requireNonNull(e.getCause());
                                }
                            });
                });
    }

    @Test
    void commit_whoseAnswerIsLost_isLookedUp() throws Exception {
        for (boolean committed : new boolean[] {true, false}) {
            AtomicInteger calls = new AtomicInteger();
            own.sql("DELETE FROM ledger");
            AtomicInteger losses = new AtomicInteger();
            JdbcCheckpoint checkpoint = JdbcCheckpoint.of(losingAnswers(committed, losses), "shop");
            try (Walwire walwire = with(checkpoint, on -> on.table("item").onDelete(event -> {
                        if (calls.incrementAndGet() == 1) {
                            losses.set(1);
                        }
                        Ledger.enter(checkpoint, "a", Trail.line(event));
                    }))
                    .start()) {
                database.sql("INSERT INTO item VALUES (1)", "DELETE FROM item");
                trail.upToMark(database);
                assertThat(walwire.state().isFinal()).isFalse();
            }
            assertThat(Ledger.entries(own)).containsExactly("a: item-1");
            assertThat(calls.get()).isEqualTo(committed ? 1 : 2);
        }
    }
}
