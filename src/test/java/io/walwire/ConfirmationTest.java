package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.event.Transaction;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nothing is confirmed before it is handled, and everything that is handled is confirmed. */
class ConfirmationTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private String slot = "";

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
        slot = database.unique("confirmed");
    }

    /** Waits for statuses that were sent after WAL was written which nobody reads, and so after keepalives of it. */
    private void passKeepalives() throws SQLException {
        database.sql("INSERT INTO unpublished VALUES ('more WAL')");
        Lsn written = Items.currentLsn(database);
        Eventually.until(
                Items.LONG,
                () -> database.queryOne(
                        Boolean.class,
                        "SELECT coalesce(write_lsn >= ?::pg_lsn, false) FROM pg_stat_replication WHERE pid = ?",
                        written.toString(),
                        Items.backend(database, slot)));
        String after = database.queryString("SELECT clock_timestamp()::text");
        Eventually.until(
                Items.LONG,
                () -> database.queryOne(
                        Boolean.class,
                        "SELECT coalesce(reply_time > ?::timestamptz, false) FROM pg_stat_replication WHERE pid = ?",
                        after,
                        Items.backend(database, slot)));
    }

    /** A reader that is held in the transaction of an id. */
    private WalwireBuilder heldAt(long id, Gate gate, Recorder<Transaction> into) {
        return Items.reader(database).slotName(slot).handler(on -> {
            on.table("item").onInsert(event -> {
                if (Items.id(event) == id) {
                    gate.pass();
                }
            });
            on.onTransaction(into::add);
        });
    }

    @Test
    void confirmed_theEndOfWhatIsHandled_whileTheNextIsHeld() throws Exception {
        Gate gate = new Gate();
        Recorder<Transaction> handled = new Recorder<>();
        try (Walwire walwire = heldAt(2, gate, handled).start()) {
            Items.insert(database, 1, 2, 3);
            Lsn end = handled.await(1).get(0).endLsn();
            gate.awaitReached();
            Items.awaitConfirmed(database, slot, end);
            passKeepalives();
            Position atServer = Objects.requireNonNull(Items.confirmed(database, slot));
            Position here = walwire.status().confirmed();
            gate.open();
            // a keepalive may have come between the two transactions, but none can reach into the second
            Lsn next = handled.await(3).get(1).commitLsn();
            assertThat(atServer).isBetween(Objects.requireNonNull(end), next);
            assertThat(here).isBetween(end, next);
        }
    }

    @Test
    void closed_lastHandledTransactionIsConfirmedAtOnce_exactly() throws Exception {
        Gate gate = new Gate();
        Recorder<Transaction> handled = new Recorder<>();
        Walwire walwire = heldAt(1, gate, handled).start();
        Items.insert(database, 1, 2);
        gate.awaitReached();
        Thread closing = new Thread(walwire::close, "closing");
        closing.start();
        Eventually.until(Items.LONG, () -> closing.getState() == Thread.State.TIMED_WAITING);
        gate.open();
        closing.join();
        assertThat(handled.all()).hasSize(1);
        Items.awaitConfirmed(database, slot, handled.all().get(0).endLsn());
        assertThat(Items.confirmed(database, slot))
                .isEqualTo(handled.all().get(0).endLsn());
    }

    @Test
    void unrelatedWal_confirmedWithoutAnyEvent() throws Exception {
        Recorder<Transaction> handled = new Recorder<>();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .handler(on -> on.onTransaction(handled::add))
                .start()) {
            database.sql("INSERT INTO unpublished SELECT 'note ' || g FROM generate_series(1, 1000) g");
            Lsn end = Items.currentLsn(database);
            Eventually.until(Items.LONG, () -> !Objects.requireNonNull(Items.confirmed(database, slot))
                    .isBefore(end));
            assertThat(walwire.status().confirmed()).isGreaterThanOrEqualTo(end);
        }
        assertThat(handled.all()).isEmpty();
    }

    /**
     * A transaction that began first commits last: its changes have lower positions than the transaction before it, by which
     * the driver's automatic flush would confirm what is not handled.
     */
    @Test
    void interleavedTransactions_receivedButUnhandled_comeAgain() throws Exception {
        Gate gate = new Gate();
        Recorder<Transaction> handled = new Recorder<>();
        Lsn end;
        Position whileHeld;
        database.createSlot(slot); // before the transaction, which it would wait for
        try (Connection big = database.connect();
                Statement statement = big.createStatement()) {
            big.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (100, 'began first')");
            try (Walwire walwire = heldAt(2, gate, handled)
                    .closeTimeout(Duration.ofMillis(200))
                    .start()) {
                Items.insert(database, 1);
                end = handled.await(1).get(0).endLsn();
                Items.awaitConfirmed(database, slot, end);
                Items.insert(database, 2);
                gate.awaitReached();
                statement.execute("INSERT INTO item SELECT g, 'more' FROM generate_series(101, 3000) g");
                big.commit();
                Eventually.until(Items.LONG, () -> walwire.status().queuedBytes() > 100_000);
                passKeepalives();
                whileHeld = Objects.requireNonNull(Items.confirmed(database, slot));
            }
        }
        Position afterwards = Objects.requireNonNull(Items.confirmed(database, slot));
        Recorder<Transaction> again = new Recorder<>();
        try (Walwire walwire = heldAt(0, gate, again).start()) {
            assertThat(walwire.status().slot()).isEqualTo(slot);
            assertThat(again.await(2))
                    .extracting(transaction -> transaction.events().size())
                    .containsExactly(1, 2901);
            Lsn held = again.all().get(0).commitLsn();
            assertThat(whileHeld).isBetween(Objects.requireNonNull(end), held);
            assertThat(afterwards).isBetween(whileHeld, held);
        }
    }

    @Test
    void emptyPartsOfAnIdleStream_neverOvertakeAHeldHandler() throws Exception {
        Gate gate = new Gate();
        Recorder<Transaction> handled = new Recorder<>();
        Position before;
        try (Walwire walwire = heldAt(1, gate, handled).start()) {
            passKeepalives();
            before = Objects.requireNonNull(Items.confirmed(database, slot));
            Items.insert(database, 1);
            gate.awaitReached();
            passKeepalives();
            passKeepalives();
            Position confirmed = Objects.requireNonNull(Items.confirmed(database, slot));
            gate.open();
            Lsn begun = handled.await(1).get(0).commitLsn();
            assertThat(confirmed).isBetween(before, Objects.requireNonNull(begun));
            assertThat(walwire.status().lastError()).isNull();
        }
    }
}
