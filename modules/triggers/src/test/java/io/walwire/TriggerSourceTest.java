package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.Kind;
import io.walwire.event.Lsn;
import io.walwire.event.TransactionId;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a reader of an outbox gets, and when, whatever happens to it, to writers and to the server. */
class TriggerSourceTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<String> events = new Recorder<>();

    @BeforeEach
    void create() throws SQLException {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text)");
    }

    private WalwireBuilder recording(WalwireBuilder builder) {
        return builder.handler(on -> {
            on.onTransaction(each -> each.events().forEach(event -> events.add(Trail.line(event))));
            on.onGap(gap -> events.add("gap"));
        });
    }

    private static void settle(Walwire walwire) throws InterruptedException {
        assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
    }

    @Test
    void transaction_slow_holdsBackLaterOnesAndIsNotSkipped() throws Exception {
        try (Walwire walwire = recording(Outboxes.temporary(database)).start();
                Connection slow = database.connect();
                Statement statement = slow.createStatement()) {
            slow.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (1)");
            database.sql("INSERT INTO item VALUES (2)", "INSERT INTO item VALUES (3)");
            assertThat(walwire.awaitCurrent(Duration.ofMillis(500))).isFalse();
            assertThat(events.all()).isEmpty();
            slow.commit();
            settle(walwire);
            assertThat(events.all()).containsExactly("item+1", "item+2", "item+3");
        }
    }

    @Test
    void transaction_rolledBack_isNeverSeen() throws Exception {
        try (Walwire walwire = recording(Outboxes.temporary(database)).start()) {
            database.inTransaction("INSERT INTO item VALUES (1)", "ROLLBACK");
            database.sql("INSERT INTO item VALUES (2)");
            settle(walwire);
            assertThat(events.all()).containsExactly("item+2");
        }
    }

    @Test
    void transaction_ofManyChunks_comesInPartsAndInOrder() throws Exception {
        Recorder<Integer> parts = new Recorder<>();
        try (Walwire walwire = recording(Outboxes.temporary(database).set("walwire.buffer", "64KiB"))
                .handler(on -> on.onTransaction(each -> parts.add(each.part())))
                .start()) {
            database.sql("INSERT INTO item SELECT i, repeat('x', i % 100) FROM generate_series(1, 5000) i");
            settle(walwire);
        }
        assertThat(events.all()).hasSize(5000).startsWith("item+1", "item+2").endsWith("item+4999", "item+5000");
        assertThat(parts.all()).hasSizeGreaterThan(2).doesNotHaveDuplicates();
    }

    @Test
    void changes_whileNobodyReads_comeToTheDurableCursor() throws Exception {
        recording(Outboxes.durable(database)).start().close();
        database.sql("INSERT INTO item VALUES (1)", "UPDATE item SET note = 'x'");
        try (Walwire walwire = recording(Outboxes.durable(database)).start()) {
            settle(walwire);
            assertThat(events.all()).containsExactly("item+1", "item~1");
            Eventually.satisfied(
                    Items.LONG, () -> assertThat(Outboxes.kept(database)).isZero());
        }
        recording(Outboxes.durable(database)).start().close();
        assertThat(events.all()).hasSize(2);
    }

    @Test
    void changes_handledButNotConfirmed_comeAgain() throws Exception {
        AtomicBoolean fails = new AtomicBoolean(true);
        recording(Outboxes.durable(database)).start().close();
        database.sql("INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2)");
        try (Walwire walwire = recording(Outboxes.durable(database))
                .handler(
                        on -> on.onTransaction(each -> {
                            if (fails.get()
                                    && each.events().stream().map(Trail::line).anyMatch("item+2"::equals)) {
                                throw new IllegalStateException("as a crash would");
                            }
                        }),
                        FailurePolicy.stop())
                .start()) {
            assertThatThrownBy(() -> walwire.awaitTermination(Items.LONG)).isInstanceOf(WalwireException.class);
        }
        assertThat(events.all()).containsExactly("item+1", "item+2");
        fails.set(false);
        try (Walwire walwire = recording(Outboxes.durable(database)).start()) {
            settle(walwire);
        }
        assertThat(events.all()).containsExactly("item+1", "item+2", "item+2");
    }

    @Test
    void changes_alike_areEachDelivered() throws Exception {
        try (Walwire walwire = recording(Outboxes.temporary(database)).start()) {
            database.sql("INSERT INTO item VALUES (1, 'a')");
            database.inTransaction("UPDATE item SET note = note", "UPDATE item SET note = note");
            settle(walwire);
            assertThat(events.all()).containsExactly("item+1", "item~1", "item~1");
        }
    }

    @Test
    void row_ofAMegabyte_isWhole() throws Exception {
        Recorder<String> notes = new Recorder<>();
        try (Walwire walwire = Outboxes.temporary(database)
                .handler(on -> on.table("item")
                        .onInsert(event -> notes.add(String.valueOf(event.row().text("note")))))
                .start()) {
            database.sql("INSERT INTO item VALUES (1, repeat('\"', 1000000))");
            settle(walwire);
            assertThat(notes.all()).containsExactly("\"".repeat(1_000_000));
        }
    }

    @Test
    void connection_lost_goesOnWithoutAGap() throws Exception {
        try (Walwire walwire = recording(Outboxes.temporary(database)).start()) {
            database.sql("INSERT INTO item VALUES (1)");
            settle(walwire);
            database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND application_name LIKE 'walwire%'");
            database.sql("INSERT INTO item VALUES (2)");
            events.await(2);
            settle(walwire);
            assertThat(events.all()).containsExactly("item+1", "item+2");
            assertThat(walwire.status().reconnects()).isEqualTo(1);
        }
    }

    @Test
    void cursor_lost_isAGap() throws Exception {
        Recorder<Gap> gaps = new Recorder<>();
        try (Walwire walwire = recording(Outboxes.temporary(database))
                .handler(on -> on.onGap(event -> gaps.add(event.gap())))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            settle(walwire);
            database.sql("DELETE FROM " + Outboxes.CURSOR);
            database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND application_name LIKE 'walwire%'");
            assertThat(gaps.await(1).get(0).reason()).contains("cursor is gone");
            database.sql("INSERT INTO item VALUES (2)");
            settle(walwire);
            assertThat(events.all()).containsExactly("item+1", "gap", "item+2");
        }
    }

    @Test
    void database_restoredWithAnOlderCursor_isAGap() throws Exception {
        try (Walwire walwire = recording(Outboxes.durable(database)).start()) {
            database.sql("INSERT INTO item VALUES (1)");
            settle(walwire);
            Eventually.satisfied(
                    Items.LONG, () -> assertThat(Outboxes.kept(database)).isZero());
            database.sql("UPDATE " + Outboxes.CURSOR + " SET position = '5'");
            database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND application_name LIKE 'walwire%'");
            events.await(2);
            database.sql("INSERT INTO item VALUES (2)");
            settle(walwire);
        }
        assertThat(events.all()).containsExactly("item+1", "gap", "item+2");
    }

    @Test
    void database_restoredFromAnotherServersDump_isAGap() throws Exception {
        recording(Outboxes.durable(database)).start().close();
        database.sql(
                "INSERT INTO item VALUES (1)",
                "INSERT INTO " + Outboxes.OUTBOX + " (xid, definition, kind, changed_at, new_row)"
                        + " SELECT '4000000000', definition, kind, changed_at, new_row FROM " + Outboxes.OUTBOX);
        try (Walwire walwire = recording(Outboxes.durable(database)).start()) {
            events.await(1);
            database.sql("INSERT INTO item VALUES (2)");
            settle(walwire);
        }
        assertThat(events.all()).containsExactly("gap", "item+2");
    }

    @Test
    void cursor_abandoned_doesNotKeepChangesAndIsAGapWhenItsReaderReturns() throws Exception {
        recording(Outboxes.durable(database)).start().close();
        database.sql("INSERT INTO item VALUES (1)");
        Outboxes.abandon(database);
        try (Walwire other = Outboxes.temporary(database).start()) {
            database.sql("INSERT INTO item VALUES (2)");
            Eventually.satisfied(
                    Items.LONG, () -> assertThat(Outboxes.kept(database)).isZero());
            settle(other);
        }
        database.sql("INSERT INTO item VALUES (3)");
        try (Walwire walwire = recording(Outboxes.durable(database)).start()) {
            events.await(1);
            database.sql("INSERT INTO item VALUES (4)");
            settle(walwire);
        }
        assertThat(events.all()).containsExactly("gap", "item+4");
    }

    @Test
    void outbox_thatNobodyReads_isKeptSmallByThoseWhoWrite() throws Exception {
        recording(Outboxes.durable(database)).start().close();
        Outboxes.abandon(database);
        for (int i = 0; i < 6; i++) {
            database.sql(
                    "INSERT INTO item SELECT i FROM generate_series(" + (i * 3000 + 1) + ", " + (i + 1) * 3000 + ") i");
        }
        assertThat(Outboxes.kept(database)).isLessThan(8_000);
    }

    @Test
    void reader_second_standsByAndTakesOver() throws Exception {
        Recorder<String> second = new Recorder<>();
        try (Walwire one = recording(Outboxes.durable(database)).start();
                Walwire other = Outboxes.durable(database)
                        .handler(on ->
                                on.onTransaction(each -> each.events().forEach(event -> second.add(Trail.line(event)))))
                        .start()) {
            assertThat(other.state()).isEqualTo(State.STANDBY);
            database.sql("INSERT INTO item VALUES (1)");
            settle(one);
            one.close();
            database.sql("INSERT INTO item VALUES (2)");
            second.await(1);
            assertThat(other.awaitStreaming(Items.LONG)).isTrue();
            settle(other);
        }
        assertThat(events.all()).containsExactly("item+1");
        assertThat(second.all()).containsExactly("item+2");
    }

    @Test
    void reader_second_failsWhereThatIsAskedFor() throws Exception {
        try (Walwire one = Outboxes.durable(database).start()) {
            assertThat(one.state()).isEqualTo(State.STREAMING);
            assertThatThrownBy(() -> Outboxes.durable(database)
                            .set("walwire.slot.busy", "fail")
                            .start())
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContaining("Cursor \"reader\"")
                    .hasMessageContaining("is in use by PID");
        }
    }

    @Test
    void readers_withCursorsOfTheirOwn_bothHearEverything() throws Exception {
        Recorder<String> second = new Recorder<>();
        try (Walwire one = recording(Outboxes.temporary(database)).start();
                Walwire other = Outboxes.temporary(database)
                        .handler(on ->
                                on.onTransaction(each -> each.events().forEach(event -> second.add(Trail.line(event)))))
                        .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            settle(one);
            settle(other);
            Eventually.satisfied(
                    Items.LONG, () -> assertThat(Outboxes.kept(database)).isZero());
        }
        assertThat(events.all()).containsExactly("item+1");
        assertThat(second.all()).containsExactly("item+1");
        assertThat(database.query("SELECT * FROM " + Outboxes.CURSOR)).isEmpty();
    }

    @Test
    void notifications_lost_orUnwanted_delayAndLoseNothing() throws Exception {
        try (Walwire walwire = recording(Outboxes.temporary(database).set("walwire.triggers.notify", "false"))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            events.await(1);
            settle(walwire);
        }
        assertThat(database.queryOne(
                        Boolean.class,
                        "SELECT prosrc LIKE '%IF false THEN%' FROM pg_proc WHERE proname = 'walwire_capture'"))
                .isTrue();
    }

    @Test
    void handler_slowerThanTheLease_keepsItsCursor() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (Walwire walwire = recording(Outboxes.temporary(database))
                .handler(on -> on.table("item").onInsert(event -> {
                    busy.countDown();
                    go.await();
                }))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            busy.await();
            String seen = database.queryOne(String.class, "SELECT seen::text FROM " + Outboxes.CURSOR);
            Eventually.satisfied(Duration.ofMinutes(3), () -> assertThat(
                            database.queryOne(String.class, "SELECT seen::text FROM " + Outboxes.CURSOR))
                    .isNotEqualTo(seen));
            assertThat(Outboxes.kept(database)).isEqualTo(1);
            go.countDown();
            settle(walwire);
        }
    }

    @Test
    void awaitPosition_waitsForATransaction_refusesAnLsn() throws Exception {
        try (Walwire walwire = Outboxes.temporary(database).start()) {
            String insert = "INSERT INTO item VALUES (1) RETURNING pg_current_xact_id()::text::bigint";
            TransactionId own = new TransactionId(database.queryOne(Long.class, insert));
            assertThat(walwire.awaitPosition(own, Items.LONG)).isTrue();
            assertThat(walwire.status().transactions()).isEqualTo(1);
            assertThat(walwire.status().confirmed()).isGreaterThan(own);
            assertThatThrownBy(() -> walwire.awaitPosition(new Lsn(1), Duration.ofSeconds(1)))
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContaining("awaitCurrent()");
        }
    }

    @Test
    void status_showsTheCursor() throws Exception {
        try (Walwire walwire = Outboxes.durable(database).start()) {
            database.sql("INSERT INTO item VALUES (1)");
            settle(walwire);
            assertThat(walwire.status().slot()).isEqualTo("reader");
            assertThat(walwire.status().silence()).isLessThan(Duration.ofSeconds(10));
            assertThat(walwire.status().received())
                    .isGreaterThan(walwire.status().streamingFrom());
            assertThat(walwire.health().up()).isTrue();
        }
    }

    @Test
    void preparedTransaction_withoutNotifications_comesWhenItCommits() throws Exception {
        try (Walwire walwire = recording(Outboxes.temporary(database).set("walwire.triggers.notify", "false"))
                .start()) {
            String name = database.unique("prepared");
            database.inTransaction("INSERT INTO item VALUES (1)", "PREPARE TRANSACTION '" + name + "'");
            database.sql("INSERT INTO item VALUES (2)");
            assertThat(walwire.awaitCurrent(Duration.ofMillis(300))).isFalse();
            database.sql("COMMIT PREPARED '" + name + "'");
            settle(walwire);
            assertThat(events.all()).containsExactly("item+1", "item+2");
        }
    }

    @Test
    void events_haveKind() throws Exception {
        Recorder<Event> all = new Recorder<>();
        try (Walwire walwire = Outboxes.temporary(database)
                .handler(on -> on.table("item").onChanges(all::addAll))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)", "TRUNCATE item");
            settle(walwire);
        }
        assertThat(all.all().stream().map(Event::kind)).isEqualTo(List.of(Kind.INSERT, Kind.TRUNCATE));
    }
}
