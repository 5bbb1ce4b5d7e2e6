package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.Transaction;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Connections that break while an instance streams. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ReconnectTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private String slot = "";

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
        slot = database.unique("reconnect");
    }

    @Test
    void cutStream_reconnects_losesAndInventsNothing() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        Link link = new Link(database);
        try (Walwire walwire =
                link.reader(database).slotName(slot).handler(Items.ids(ids)).start()) {
            for (int round = 0; round < 3; round++) {
                Items.insert(database, 10L * round + 1, 10L * round + 2);
                ids.await(3 * round + 2);
                Gate away = link.hold();
                database.terminateWalsenders();
                away.awaitReached();
                Eventually.until(Items.LONG, () -> walwire.state() == State.RECONNECTING);
                assertThat(walwire.status().lastError()).contains(database.name(), "CONNECTION");
                Items.insert(database, 10L * round + 3);
                away.open();
                assertThat(walwire.awaitStreaming(Items.LONG)).isTrue();
                assertThat(walwire.status().reconnects()).isEqualTo(round + 1);
                ids.await(3 * (round + 1));
            }
        }
        assertThat(ids.all()).containsExactly(1L, 2L, 3L, 11L, 12L, 13L, 21L, 22L, 23L);
    }

    /** Each stream got on, so that its end is no reason to wait longer than for the one before: nine growing waits come to 10 s. */
    @Test
    void cutAgainAndAgain_betweenProgress_reconnectsSoonEachTime() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (LogLines log = new LogLines();
                Walwire walwire = Items.reader(database)
                        .slotName(slot)
                        .handler(Items.ids(ids))
                        .start()) {
            for (int round = 1; round <= 9; round++) {
                Items.insert(database, round);
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
                database.terminateWalsenders();
                int reconnects = round;
                Eventually.until(Items.LONG, () -> walwire.status().reconnects() == reconnects);
            }
            // growing waits are of seconds from the sixth on
            assertThat(log.with("Trying again in ")).noneMatch(line -> line.matches(".*in \\d{4,} ms\\."));
        }
        assertThat(ids.all()).hasSize(9);
    }

    @Test
    void cutStream_whatWasReceivedIsHandledOnce() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        Gate gate = new Gate();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .handler(on -> on.table("item").onInsert(event -> {
                    if (Items.id(event) == 3) {
                        gate.pass();
                    }
                    ids.add(Items.id(event));
                }))
                .start()) {
            Items.insert(database, 1, 2, 3, 4);
            gate.awaitReached();
            Eventually.until(Items.LONG, () -> !walwire.status().received().isBefore(Items.currentLsn(database)));
            database.terminateWalsenders();
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            Items.insert(database, 5);
            gate.open();
            ids.await(5);
            Items.insert(database, 6);
            ids.await(6);
        }
        assertThat(ids.all()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    }

    /** A message outside of transactions has no commit by which it would be known again. */
    @Test
    void cutStream_messageThatWaited_isHandledOnce_inItsPlace() throws Exception {
        Recorder<String> calls = new Recorder<>();
        Gate gate = new Gate();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .handler(on -> {
                    on.table("item").onInsert(event -> {
                        if (Items.id(event) == 1) {
                            gate.pass();
                        }
                        calls.add(Long.toString(Items.id(event)));
                    });
                    on.onMessage(event -> calls.add(event.message().prefix()));
                })
                .start()) {
            Items.insert(database, 1);
            gate.awaitReached();
            database.query("SELECT pg_logical_emit_message(false, 'between', '')");
            Items.insert(database, 2);
            Eventually.until(Items.LONG, () -> !walwire.status().received().isBefore(Items.currentLsn(database)));
            database.terminateWalsenders();
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            Items.insert(database, 3);
            Eventually.until(Items.LONG, () -> !walwire.status().received().isBefore(Items.currentLsn(database)));
            gate.open();
            calls.await(4);
            Items.insert(database, 4);
            calls.await(5);
        }
        assertThat(calls.all()).containsExactly("1", "between", "2", "3", "4");
    }

    /** Parts of a large transaction are with the handlers already when its stream breaks. */
    @Test
    void cutInALargeTransaction_everyEventOnce_inOrder() throws Exception {
        int rows = 5_000;
        Recorder<Long> ids = new Recorder<>();
        Recorder<Transaction> parts = new Recorder<>();
        Gate gate = new Gate();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .set("walwire.buffer", "64KiB")
                .handler(on -> {
                    on.table("item").onInsert(event -> {
                        if (Items.id(event) == 200) {
                            gate.pass();
                        }
                        ids.add(Items.id(event));
                    });
                    on.onTransaction(parts::add);
                })
                .start()) {
            database.sql("INSERT INTO item SELECT g, repeat('x', 500) FROM generate_series(1, " + rows + ") g");
            gate.awaitReached();
            database.terminateWalsenders();
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            gate.open();
            ids.await(rows);
            Items.insert(database, rows + 1);
            ids.await(rows + 1);
            assertThat(walwire.status().reconnects()).isEqualTo(1);
        }
        assertThat(ids.all())
                .isEqualTo(LongStream.rangeClosed(1, rows + 1).boxed().toList());
        List<Transaction> large = parts.all().subList(0, parts.all().size() - 1);
        assertThat(large).hasSizeGreaterThan(10);
        for (int i = 0; i < large.size(); i++) {
            assertThat(large.get(i).part()).isEqualTo(i);
            assertThat(large.get(i).isLast()).isEqualTo(i == large.size() - 1);
        }
    }

    @Test
    void temporarySlot_gapComesInItsPlace() throws Exception {
        Recorder<Object> seen = new Recorder<>();
        Gate gate = new Gate();
        Link link = new Link(database);
        try (Walwire walwire = link.reader(database)
                .handler(on -> {
                    on.table("item").onInsert(event -> {
                        if (Items.id(event) == 1) {
                            gate.pass();
                        }
                        seen.add(Items.id(event));
                    });
                    on.onGap(seen::add);
                })
                .start()) {
            Items.insert(database, 1, 2);
            gate.awaitReached();
            Eventually.until(Items.LONG, () -> !walwire.status().received().isBefore(Items.currentLsn(database)));
            Gate away = link.hold();
            database.terminateWalsenders();
            away.awaitReached();
            Items.insert(database, 3);
            away.open();
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            Items.insert(database, 4);
            gate.open();
            List<Object> all = seen.await(4);
            assertThat(all).hasSize(4).startsWith(1L, 2L).endsWith(4L);
            Event event = (Event) all.get(2);
            Gap gap = Typed.gap(event).gap();
            assertThat(gap.reason()).contains("temporary slot");
            assertThat(gap.from()).isLessThan(gap.to());
            assertThat(event.toJson()).contains("\"type\":\"gap\"", "\"name\":null");
        }
    }

    @Test
    void credentialsAwayForAMoment_askedAgain() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        Link link = new Link(database);
        try (Walwire walwire =
                link.reader(database).slotName(slot).handler(Items.ids(ids)).start()) {
            link.failOnce();
            database.terminateWalsenders();
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            assertThat(walwire.status().lastError())
                    .contains("supplier of credentials", "IllegalStateException")
                    .doesNotContain("the vault is sealed");
            Items.insert(database, 1);
            assertThat(ids.await(1)).containsExactly(1L);
        }
    }

    @Test
    void durableSlot_noGap() throws Exception {
        Recorder<Event> gaps = new Recorder<>();
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .handler(Items.ids(ids))
                .handler(on -> on.onGap(gaps::add))
                .start()) {
            for (int i = 1; i <= 3; i++) {
                int reconnects = i;
                database.terminateWalsenders();
                Eventually.until(Items.LONG, () -> walwire.status().reconnects() == reconnects);
                Items.insert(database, i);
                ids.await(i);
            }
        }
        assertThat(gaps.all()).isEmpty();
    }
}
