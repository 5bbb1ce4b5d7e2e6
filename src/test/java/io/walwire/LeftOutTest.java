package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes that PostgreSQL 18 leaves out while a publication does not exist, and what stands around them. */
class LeftOutTest {
    private static final int ROWS = 1_000;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(18));

    @RegisterExtension
    final TestDatabase own = TestDatabase.on(() -> PostgresServer.of(18));

    private final Recorder<Gap> gaps = new Recorder<>();
    private String slot = "";

    @BeforeEach
    void tables() throws SQLException, IOException {
        slot = database.unique("s");
        Items.create(database);
        Ledger.create(own);
        database.createSlot(slot);
    }

    /** All that comes after the warning is there to be read, so that the reader is not at rest before the commit. */
    @Test
    void streamedTransaction_rightBehindTheWarning_isNotSkippedByTheCheckpoint() throws Exception {
        database.sql("ALTER DATABASE " + database.name() + " SET logical_decoding_work_mem = '64kB'");
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(own), "shop");
        Gate gate = new Gate();
        AtomicBoolean first = new AtomicBoolean(true);
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .checkpoint(checkpoint)
                .set("walwire.streaming", "on")
                .set("walwire.buffer", "64KiB")
                .handler(on -> {
                    on.table("item").onInserts(events -> {
                        if (first.getAndSet(false)) {
                            gate.pass();
                        }
                        Ledger.enter(checkpoint, "a", String.valueOf(events.size()));
                    });
                    on.onGap(event -> gaps.add(event.gap()));
                })
                .start()) {
            Items.insert(database, 1);
            gate.awaitReached();
            // more than the buffer takes, so that the reader waits before the warning
            database.sql("DO $$ BEGIN FOR i IN 2..100 LOOP"
                    + " INSERT INTO item VALUES (i, repeat('x', 1000)); COMMIT; END LOOP; END $$");
            database.sql("DROP PUBLICATION events");
            Items.insert(database, 101);
            database.sql("CREATE PUBLICATION events FOR TABLE item");
            database.sql(
                    "INSERT INTO item SELECT g, repeat('y', 100) FROM generate_series(1001, 1000 + " + ROWS + ") g");
            awaitSent();
            gate.open();
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(gaps.all()).hasSize(1);
            assertThat(own.queryLong("SELECT sum(entry::int) FROM ledger")).isEqualTo(100 + ROWS);
        }
    }

    /** The handlers get the gap before the transaction is confirmed, and again until they have returned from it. */
    @Test
    void leftOutInTheMiddleOfATransaction_gapComesBeforeItsEnd_andAgainUntilItIsHandled() throws Exception {
        try (Connection open = database.connect();
                Statement writes = open.createStatement()) {
            open.setAutoCommit(false);
            writes.execute("INSERT INTO item VALUES (1)");
            database.sql("DROP PUBLICATION events");
            writes.execute("INSERT INTO item VALUES (2)");
            database.sql("CREATE PUBLICATION events FOR TABLE item");
            writes.execute("INSERT INTO item VALUES (3)");
            open.commit();
        }
        Recorder<String> order = new Recorder<>();
        AtomicBoolean fails = new AtomicBoolean(true);
        WalwireBuilder reader = Items.reader(database)
                .slotName(slot)
                .failurePolicy(FailurePolicy.stop())
                .handler(on -> {
                    on.table("item").onInsert(event -> order.add(String.valueOf(Items.id(event))));
                    on.onGap(event -> {
                        if (fails.getAndSet(false)) {
                            throw new IOException("not yet");
                        }
                        gaps.add(event.gap());
                        order.add("gap");
                    });
                });
        assertThatThrownBy(() -> {
                    try (Walwire walwire = reader.start()) {
                        walwire.awaitTermination();
                    }
                })
                .isInstanceOf(WalwireException.class);
        assertThat(order.all()).isEmpty();
        Position confirmed = Items.confirmed(database, slot);
        try (Walwire walwire = reader.start()) {
            Items.insert(database, 4);
            assertThat(order.await(4)).containsExactly("gap", "1", "3", "4");
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(gaps.all())
                .singleElement()
                .satisfies(gap -> assertThat(gap.from()).isEqualTo(confirmed).isLessThan(gap.to()));
    }

    /** What handlers got of the transaction before is not confirmed. */
    @Test
    void leftOutInTheMiddleOfALargeTransaction_gapComesBeforeItsLastPart() throws Exception {
        try (Connection open = database.connect();
                Statement writes = open.createStatement()) {
            open.setAutoCommit(false);
            writes.execute("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, " + ROWS + ") g");
            database.sql("DROP PUBLICATION events");
            writes.execute("INSERT INTO item VALUES (0)");
            database.sql("CREATE PUBLICATION events FOR TABLE item");
            writes.execute("INSERT INTO item VALUES (-1)");
            open.commit();
        }
        Recorder<String> order = new Recorder<>();
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(own), "shop");
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .checkpoint(checkpoint)
                .set("walwire.buffer", "64KiB")
                .handler(on -> {
                    on.table("item").onInserts(Ledger.runs(checkpoint, "a"));
                    on.onTransaction(part -> order.add(part.isLast() ? "last" : "part"));
                    on.onGap(event -> order.add("gap"));
                })
                .start()) {
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(order.all().subList(0, 2)).containsExactly("part", "part");
        assertThat(order.all().subList(order.all().size() - 2, order.all().size()))
                .containsExactly("gap", "last");
        assertThat(own.queryLong("SELECT count(DISTINCT entry) FROM ledger")).isEqualTo(ROWS + 1);
        assertThat(own.queryLong("SELECT count(*) FROM ledger")).isEqualTo(ROWS + 1);
    }

    /** The server warns of left-out changes, and the instance ends before it knows that the publication exists. */
    @Test
    void leftOut_drainedBeforeThePublicationIsFound_nothingIsConfirmed_gapComesAfterTheNextStart() throws Exception {
        database.query("SELECT pg_replication_slot_advance(?::name, pg_current_wal_lsn())", slot);
        database.sql("DROP PUBLICATION events");
        Items.insert(database, 1);
        Lsn change = Items.currentLsn(database);
        database.sql("CREATE PUBLICATION events FOR TABLE item");
        database.sql("SELECT pg_logical_emit_message(false, 'p', 'moves the position on')");
        Link link = new Link(database);
        WalwireBuilder reader =
                link.reader(database).slotName(slot).handler(on -> on.onGap(event -> gaps.add(event.gap())));
        Gate beside = link.holdBeside();
        try (Walwire walwire = reader.start()) {
            beside.awaitReached();
            assertThat(walwire.drain(Items.LONG)).isTrue();
        }
        beside.open();
        assertThat(gaps.all()).isEmpty();
        assertThat(Items.confirmed(database, slot)).isLessThan(change);
        try (Walwire walwire = reader.start()) {
            assertThat(gaps.await(1).get(0).to()).isGreaterThanOrEqualTo(change);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
    }

    /** The gap comes again with the transaction. */
    @ParameterizedTest
    @ValueSource(strings = {"1", "4"})
    void leftOutBeforeALargeTransaction_connectionIsLostWithinIt_partsAreHandledOnce(String concurrency)
            throws Exception {
        database.sql("DROP PUBLICATION events");
        Items.insert(database, -1);
        database.sql("CREATE PUBLICATION events FOR TABLE item");
        database.sql("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, " + ROWS + ") g");
        Recorder<Long> ids = new Recorder<>();
        Gate gate = new Gate();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .set("walwire.buffer", "64KiB")
                .set("walwire.concurrency", concurrency)
                .handler(on -> {
                    on.table("item").onInsert(event -> {
                        if (Items.id(event) == 100) {
                            gate.pass();
                        }
                        ids.add(Items.id(event));
                    });
                    on.onGap(event -> gaps.add(event.gap()));
                })
                .start()) {
            gate.awaitReached();
            database.query("SELECT pg_terminate_backend(?)", Items.backend(database, slot));
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            gate.open();
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(gaps.all()).hasSize(2);
        assertThat(ids.all())
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.rangeClosed(1, ROWS).boxed().toList());
    }

    /** PostgreSQL warns again with what it sends again. */
    @Test
    void leftOut_connectionIsLostBehindIt_gapIsDeliveredOnce() throws Exception {
        database.sql("DROP PUBLICATION events");
        Items.insert(database, 1);
        database.sql("CREATE PUBLICATION events FOR TABLE item");
        Items.insert(database, 2);
        Recorder<Long> ids = new Recorder<>();
        Gate gate = new Gate();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .handler(on -> {
                    on.table("item").onInsert(event -> {
                        gate.pass();
                        ids.add(Items.id(event));
                    });
                    on.onGap(event -> gaps.add(event.gap()));
                })
                .start()) {
            gate.awaitReached();
            database.query("SELECT pg_terminate_backend(?)", Items.backend(database, slot));
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            Items.insert(database, 3);
            gate.open();
            assertThat(ids.await(2)).containsExactly(2L, 3L);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(gaps.all()).hasSize(1);
    }

    /** The warning comes with a chunk, long before the transaction commits. */
    @Test
    void leftOutInATransactionInProgress_gapComesBeforeItsEnd() throws Exception {
        database.sql("ALTER DATABASE " + database.name() + " SET logical_decoding_work_mem = '64kB'");
        Recorder<String> order = new Recorder<>();
        try (Connection open = database.connect();
                Statement writes = open.createStatement();
                Walwire walwire = Items.reader(database)
                        .slotName(slot)
                        .set("walwire.streaming", "on")
                        .handler(on -> {
                            on.table("item").onInserts(events -> order.add("rows"));
                            on.onGap(event -> {
                                gaps.add(event.gap());
                                order.add("gap");
                            });
                        })
                        .start()) {
            open.setAutoCommit(false);
            writes.execute("INSERT INTO item VALUES (0)");
            database.sql("DROP PUBLICATION events");
            writes.execute("INSERT INTO item VALUES (-1)");
            database.sql("CREATE PUBLICATION events FOR TABLE item");
            writes.execute("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, " + ROWS + ") g");
            database.sql("INSERT INTO unpublished VALUES ('has the log written')");
            gaps.await(1);
            database.sql("INSERT INTO unpublished VALUES ('is behind that gap')");
            Lsn before = Items.currentLsn(database);
            open.commit();
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(order.all().get(order.all().lastIndexOf("gap") + 1)).isEqualTo("rows");
            assertThat(gaps.all()).last().satisfies(gap -> assertThat(gap.to()).isGreaterThanOrEqualTo(before));
        }
    }

    private void awaitSent() {
        Eventually.until(Items.LONG, () -> !database.query(
                        "SELECT 1 FROM pg_stat_replication r JOIN pg_replication_slots s ON s.active_pid = r.pid"
                                + " WHERE s.slot_name = ? AND r.sent_lsn >= pg_current_wal_lsn()",
                        slot)
                .isEmpty());
        Eventually.until(
                Items.LONG,
                () -> database.queryLong("SELECT count(*) FROM pg_stat_replication_slots WHERE stream_txns > 0"
                                + " AND slot_name = '" + slot + "'")
                        == 1);
    }
}
