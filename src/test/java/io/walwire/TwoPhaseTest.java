package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.event.Transaction;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** PREPARE TRANSACTION: what is prepared comes when it commits, whole and once, whatever happens in between. */
@ParameterizedClass
@ValueSource(ints = {15, 16, 17, 18})
class TwoPhaseTest {
    private final TestDatabase database;
    private final Recorder<Transaction> transactions = new Recorder<>();
    private final Recorder<Gap> gaps = new Recorder<>();

    TwoPhaseTest(int version) throws SQLException {
        this.database = TestDatabase.create(PostgresServer.of(version));
        BothWays.prepare(database);
    }

    /** A prepared transaction would keep the database from being dropped. */
    @AfterEach
    void end() throws SQLException {
        for (var left : database.query("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")) {
            database.sql("ROLLBACK PREPARED '" + left.get("gid") + "'");
        }
        database.close();
    }

    private WalwireBuilder plain() {
        return Instances.durable(database).handler(on -> {
            on.onTransaction(transactions::add);
            on.onGap(event -> gaps.add(event.gap()));
        });
    }

    private WalwireBuilder twoPhase() {
        return plain().set("walwire.two-phase", "true");
    }

    private String gid(String name) {
        return database.unique(name);
    }

    private void prepare(String name, String... statements) throws SQLException {
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            BothWays.execute(connection, statements);
            BothWays.execute(connection, "PREPARE TRANSACTION '" + gid(name) + "'");
        }
    }

    private void commit(String name) throws SQLException {
        database.sql("COMMIT PREPARED '" + gid(name) + "'");
    }

    private void rollback(String name) throws SQLException {
        database.sql("ROLLBACK PREPARED '" + gid(name) + "'");
    }

    private List<String> lines(int count) throws InterruptedException {
        return transactions.await(count).stream().map(TwoPhaseTest::line).toList();
    }

    private static String line(Transaction transaction) {
        return String.join(" ", transaction.events().stream().map(Trail::line).toList());
    }

    private boolean slotIsTwoPhase() throws SQLException {
        return database.queryOne(
                Boolean.class,
                "SELECT two_phase FROM pg_replication_slots WHERE slot_name = ?",
                Instances.slot(database));
    }

    private void awaitConfirmed(Lsn position) {
        Items.awaitConfirmed(database, Instances.slot(database), position);
    }

    /** The server has sent everything up to here, as a transaction behind it shows. */
    private void awaitReceived(int transactionsSoFar, int id) throws Exception {
        database.sql("INSERT INTO other VALUES (" + id + ")");
        assertThat(lines(transactionsSoFar + 1)).last().isEqualTo("other+" + id);
    }

    @Test
    void prepared_committed() throws Exception {
        try (Walwire walwire = twoPhase().start()) {
            assertThat(slotIsTwoPhase()).isTrue();
            prepare("a", "INSERT INTO item VALUES (1)", "SAVEPOINT s", "INSERT INTO item VALUES (2)", "ROLLBACK TO s");
            awaitReceived(0, 1);
            commit("a");
            assertThat(lines(2)).containsExactly("other+1", "item+1");
            Transaction committed = transactions.all().get(1);
            assertThat(committed.endLsn()).isNotNull();
            assertThat(committed.commitLsn())
                    .isGreaterThan(transactions.all().get(0).commitLsn());
            awaitConfirmed(Objects.requireNonNull(committed.endLsn()));
            assertThat(gaps.all()).isEmpty();
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void prepared_rolledBack() throws Exception {
        try (Walwire walwire = twoPhase().start()) {
            prepare("a", "INSERT INTO item VALUES (1)");
            rollback("a");
            awaitReceived(0, 1);
            awaitConfirmed(Objects.requireNonNull(transactions.all().get(0).endLsn()));
            assertThat(walwire.state().isFinal()).isFalse();
            assertThat(transactions.all()).hasSize(1);
        }
    }

    @Test
    void prepared_inChunks() throws Exception {
        try (Walwire walwire = twoPhase().set("walwire.streaming", "on").start()) {
            for (String name : List.of("a", "b")) {
                int id = name.equals("a") ? 1 : 11;
                try (Connection connection = database.connect()) {
                    connection.setAutoCommit(false);
                    BothWays.filled(
                            connection,
                            "INSERT INTO item VALUES (" + id + ")",
                            "SAVEPOINT s",
                            "INSERT INTO item VALUES (" + (id + 1) + ")",
                            "ROLLBACK TO s",
                            "INSERT INTO item VALUES (" + (id + 2) + ")");
                    BothWays.execute(connection, "PREPARE TRANSACTION '" + gid(name) + "'");
                }
            }
            awaitReceived(0, 1);
            rollback("a");
            commit("b");
            assertThat(lines(2)).containsExactly("other+1", "item+11 item+13");
            assertThat(database.queryLong(
                            "SELECT stream_txns FROM pg_stat_replication_slots WHERE slot_name = ?",
                            Instances.slot(database)))
                    .isEqualTo(2);
            awaitConfirmed(Objects.requireNonNull(transactions.all().get(1).endLsn()));
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void slotWithoutTwoPhase_newestProtocol_comesAtItsCommit() throws Exception {
        try (Walwire walwire = plain().start()) {
            assertThat(slotIsTwoPhase()).isFalse();
            prepare("a", "INSERT INTO item VALUES (1)");
            awaitReceived(0, 1);
            commit("a");
            assertThat(lines(2)).containsExactly("other+1", "item+1");
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void slotWithTwoPhase_protocol1_comesAtItsCommit() throws Exception {
        database.query(
                "SELECT pg_create_logical_replication_slot(?, 'pgoutput', false, true)", Instances.slot(database));
        try (Walwire walwire = plain().set("walwire.protocol", "1").start()) {
            prepare("a", "INSERT INTO item VALUES (1)");
            prepare("b", "INSERT INTO item VALUES (2)");
            awaitReceived(0, 1);
            rollback("b");
            commit("a");
            assertThat(lines(2)).containsExactly("other+1", "item+1");
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void slotOfEarlierWithoutTwoPhase_getsIt() throws Exception {
        database.createSlot(Instances.slot(database));
        prepare("before", "INSERT INTO item VALUES (1)");
        try (Walwire walwire = twoPhase().start()) {
            prepare("after", "INSERT INTO item VALUES (2)");
            awaitReceived(0, 1);
            assertThat(slotIsTwoPhase()).isTrue();
            commit("before");
            commit("after");
            assertThat(lines(3)).containsExactly("other+1", "item+1", "item+2");
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void prepared_acrossARestart_comesWhole() throws Exception {
        try (Walwire walwire = twoPhase().start()) {
            prepare("a", "INSERT INTO item VALUES (1)");
            awaitReceived(0, 1);
            assertThat(walwire.state().isFinal()).isFalse();
        }
        try (Walwire walwire = twoPhase().start()) {
            // what was handled behind the PREPARE comes again
            assertThat(lines(2)).containsExactly("other+1", "other+1");
            commit("a");
            assertThat(lines(3)).last().isEqualTo("item+1");
            awaitConfirmed(Objects.requireNonNull(transactions.all().get(2).endLsn()));
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(gaps.all()).isEmpty();
    }

    @Test
    void prepared_committedWhileNobodyReads() throws Exception {
        try (Walwire walwire = twoPhase().start()) {
            prepare("a", "INSERT INTO item VALUES (1)");
            awaitReceived(0, 1);
            assertThat(walwire.state().isFinal()).isFalse();
        }
        commit("a");
        try (Walwire walwire = twoPhase().start()) {
            assertThat(lines(3)).containsExactly("other+1", "other+1", "item+1");
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(gaps.all()).isEmpty();
    }

    @Test
    void prepared_acrossALostConnection_restComesOnce() throws Exception {
        try (Walwire walwire = twoPhase().start()) {
            prepare("a", "INSERT INTO item VALUES (1)");
            awaitReceived(0, 1);
            assertThat(database.terminateWalsenders()).isEqualTo(1);
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            awaitReceived(1, 2);
            commit("a");
            assertThat(lines(3)).containsExactly("other+1", "other+2", "item+1");
            awaitConfirmed(Objects.requireNonNull(transactions.all().get(2).endLsn()));
        }
        assertThat(gaps.all()).isEmpty();
        assertThat(transactions.all()).hasSize(3);
    }

    @Test
    void confirmedPosition_waitsForEachPrepared() throws Exception {
        try (Walwire walwire = twoPhase().start()) {
            Lsn beforeAll = Items.currentLsn(database);
            prepare("a", "INSERT INTO item VALUES (1)");
            Lsn afterA = Items.currentLsn(database);
            awaitReceived(0, 1);
            prepare("b", "INSERT INTO item VALUES (2)");
            Lsn afterB = Items.currentLsn(database);
            awaitReceived(1, 2);
            awaitConfirmed(beforeAll);
            assertHeld(walwire, afterA);
            commit("a");
            Lsn endOfA = Objects.requireNonNull(transactions.await(3).get(2).endLsn());
            awaitReceived(3, 3);
            // now the second one holds it
            Eventually.until(Items.LONG, () -> Instances.confirmed(database).compareTo(afterA) > 0);
            assertHeld(walwire, afterB);
            rollback("b");
            awaitConfirmed(endOfA);
        }
    }

    /** Neither handled transactions nor idle moments move it past; a keepalive comes before the statuses that follow. */
    private void assertHeld(Walwire walwire, Lsn bound) throws Exception {
        Lsn idle = Items.currentLsn(database);
        Eventually.until(Items.LONG, () -> !walwire.status().received().isBefore(idle));
        assertThat(walwire.status().confirmed()).isLessThan(bound);
        assertThat(Instances.confirmed(database)).isLessThan(bound);
    }

    @Test
    void committed_handlerFails_comesAgain() throws Exception {
        Gate gate = new Gate();
        try (Walwire walwire = Instances.durable(database)
                .set("walwire.two-phase", "true")
                .failurePolicy(FailurePolicy.stop())
                .handler(on -> {
                    on.table("item").onInsert(event -> {
                        throw new IllegalStateException("not today");
                    });
                    on.table("other").onInsert(event -> gate.open());
                })
                .start()) {
            prepare("a", "INSERT INTO item VALUES (1)");
            database.sql("INSERT INTO other VALUES (1)");
            gate.pass();
            commit("a");
            assertThatThrownBy(() -> walwire.awaitTermination(Items.LONG)).isInstanceOf(WalwireException.class);
        }
        try (Walwire walwire = twoPhase().start()) {
            assertThat(lines(2)).containsExactly("other+1", "item+1");
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(gaps.all()).isEmpty();
    }

    @Test
    void committed_prepareConfirmedBySomebodyElse_isAGap() throws Exception {
        database.query(
                "SELECT pg_create_logical_replication_slot(?, 'pgoutput', false, true)", Instances.slot(database));
        prepare("a", "INSERT INTO item VALUES (1)");
        database.query("SELECT pg_replication_slot_advance(?, pg_current_wal_lsn())", Instances.slot(database));
        try (Walwire walwire = twoPhase().start()) {
            commit("a");
            Lsn end = Items.currentLsn(database);
            Gap gap = gaps.await(1).get(0);
            assertThat(gap.reason()).contains("\"" + gid("a") + "\"");
            assertThat(Objects.requireNonNull(gap.to())).isLessThanOrEqualTo(end);
            awaitReceived(0, 1);
            awaitConfirmed(end);
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    /** What is confirmed stands between its PREPARE and its commit, which comes again without changes. Nothing is missing. */
    @Test
    void committed_whileALaterOneIsPrepared_isNoGapAfterARestart() throws Exception {
        try (Walwire walwire = twoPhase().start()) {
            prepare("a", "INSERT INTO item VALUES (1)");
            Lsn between = Items.currentLsn(database);
            prepare("b", "INSERT INTO item VALUES (2)");
            commit("a");
            assertThat(lines(1)).containsExactly("item+1");
            awaitConfirmed(between);
            database.terminateWalsenders();
            awaitReceived(1, 1);
            assertThat(walwire.status().reconnects()).isOne();
        }
        try (Walwire again = twoPhase().start()) {
            commit("b");
            assertThat(lines(4)).containsExactly("item+1", "other+1", "other+1", "item+2");
            assertThat(again.state().isFinal()).isFalse();
        }
        assertThat(gaps.all()).isEmpty();
    }

    @Test
    void temporarySlot() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .set("walwire.two-phase", "true")
                .handler(on -> on.onTransaction(transactions::add))
                .start()) {
            prepare("a", "INSERT INTO item VALUES (1)");
            awaitReceived(0, 1);
            commit("a");
            assertThat(lines(2)).containsExactly("other+1", "item+1");
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    /** Its definition is asked for while the lock is held. */
    @Test
    void prepared_thatLocksAPartition() throws Exception {
        database.sql(
                "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY HASH (id)",
                "CREATE TABLE leaf PARTITION OF parted FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
                "ALTER TABLE parted REPLICA IDENTITY FULL",
                "ALTER TABLE leaf REPLICA IDENTITY FULL",
                "ALTER PUBLICATION events ADD TABLE parted",
                "ALTER PUBLICATION events SET (publish_via_partition_root = true)");
        try (Walwire walwire = twoPhase().start()) {
            prepare("a", "TRUNCATE leaf", "INSERT INTO parted VALUES (1)");
            awaitReceived(0, 1);
            commit("a");
            assertThat(lines(2)).containsExactly("other+1", "parted+1");
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void columnList_changedWhilePrepared() throws Exception {
        database.sql("INSERT INTO item VALUES (1, 'a')");
        try (Walwire walwire = twoPhase().start()) {
            database.sql("INSERT INTO item VALUES (2, 'b')");
            prepare("a", "INSERT INTO item VALUES (3, 'c')");
            database.sql("ALTER PUBLICATION events SET TABLE item (id), other", "INSERT INTO item VALUES (4, 'd')");
            assertThat(lines(2)).containsExactly("item+2", "item^ item+4");
            commit("a");
            database.sql("INSERT INTO item VALUES (5, 'e')");
            assertThat(lines(4)).containsExactly("item+2", "item^ item+4", "item^ item+3", "item^ item+5");
            assertThat(transactions.all())
                    .extracting(each -> each.events().get(0).source().columns().size())
                    .containsExactly(2, 1, 2, 1);
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }
}
