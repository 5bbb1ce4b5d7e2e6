package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Events of rows that other sessions do not see yet: a commit that waits for a standby which does not exist. */
class VisibilityTest {
    private static final String GATED = "gated";

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onServerOfItsOwn(Map.of());

    private final Recorder<Long> visibleRows = new Recorder<>();

    @BeforeAll
    static void createTables() throws SQLException {
        Items.create(DATABASE);
    }

    @BeforeEach
    void withoutStandby() throws SQLException {
        MissingStandby.releaseCommits(DATABASE);
        DATABASE.sql("TRUNCATE item");
    }

    /** Counts at each event how many rows its handler finds when it looks for that one. */
    private WalwireBuilder looking(String name, Recorder<Long> into) {
        return Items.reader(DATABASE).name(name).handler(on -> on.table("item")
                .onInsert(event ->
                        into.add(DATABASE.queryLong("SELECT count(*) FROM item WHERE id = " + Items.id(event)))));
    }

    private static CompletableFuture<Void> commit(String sql) {
        return CompletableFuture.runAsync(
                () -> {
                    try (Connection connection = DATABASE.connect();
                            Statement statement = connection.createStatement()) {
                        statement.execute(sql);
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> new Thread(task, "committer").start());
    }

    @Test
    void gate_commitThatWaitsForAStandby_isHeldUntilItIsVisible() throws Exception {
        Recorder<Long> ungated = new Recorder<>();
        try (Walwire without = looking("ungated", ungated).start();
                Walwire with = looking(GATED, visibleRows)
                        .set("walwire.visible", "true")
                        .start()) {
            MissingStandby.holdCommits(DATABASE);
            CompletableFuture<Void> waiting = commit("INSERT INTO item VALUES (1, 'note')");
            assertThat(ungated.await(1)).as("without the gate").containsExactly(0L);
            InstanceThreads.awaitIn(GATED, "handler", "awaitVisible");
            assertThat(visibleRows.all()).isEmpty();
            assertThat(waiting).isNotDone();
            MissingStandby.releaseCommits(DATABASE);
            assertThat(visibleRows.await(1)).as("with the gate").containsExactly(1L);
            waiting.get(180, TimeUnit.SECONDS);
            assertThat(without.state()).isEqualTo(with.state());
        }
    }

    @Test
    void gate_everyTransaction_isVisible() throws Exception {
        int rows = 300;
        try (Walwire walwire =
                looking(GATED, visibleRows).set("walwire.visible", "true").start()) {
            CompletableFuture<Void> one = commit(loop(1, rows / 2));
            CompletableFuture<Void> two = commit(loop(rows / 2 + 1, rows));
            one.get(180, TimeUnit.SECONDS);
            two.get(180, TimeUnit.SECONDS);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(visibleRows.all()).hasSize(rows).containsOnly(1L);
        }
    }

    /** Each row in a transaction of its own. */
    private static String loop(int from, int to) {
        return "DO $$ BEGIN FOR i IN " + from + ".." + to
                + " LOOP INSERT INTO item VALUES (i, 'note'); COMMIT; END LOOP; END $$";
    }

    @Test
    void gate_connectionIsLost_isReplaced() throws Exception {
        try (Walwire walwire = looking(GATED, visibleRows)
                .set("walwire.visible", "true")
                .slotName("visible")
                .start()) {
            Items.insert(DATABASE, 1);
            visibleRows.await(1);
            DATABASE.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                    + " WHERE application_name LIKE '%" + GATED + "%' AND backend_type = 'client backend'");
            Eventually.until(Items.LONG, () -> walwire.status().queuedBytes() == 0);
            // longer than a snapshot is good for
            DATABASE.query("SELECT pg_sleep(1.1)");
            Items.insert(DATABASE, 2);
            assertThat(visibleRows.await(2)).containsExactly(1L, 1L);
            assertThat(walwire.status().reconnects()).isZero();
        }
    }

    @Test
    void close_whileATransactionIsHeld_isPrompt_itComesAgain() throws Exception {
        Walwire walwire = looking(GATED, visibleRows)
                .set("walwire.visible", "true")
                .slotName("held")
                .closeTimeout(Duration.ofMinutes(5))
                .start();
        MissingStandby.holdCommits(DATABASE);
        CompletableFuture<Void> waiting = commit("INSERT INTO item VALUES (7, 'note')");
        InstanceThreads.awaitIn(GATED, "handler", "awaitVisible");
        long began = System.nanoTime();
        walwire.close();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMinutes(2));
        assertThat(visibleRows.all()).isEmpty();
        MissingStandby.releaseCommits(DATABASE);
        waiting.get(180, TimeUnit.SECONDS);
        try (Walwire again = looking(GATED, visibleRows).slotName("held").start()) {
            assertThat(visibleRows.await(1)).containsExactly(1L);
            assertThat(again.status().slot()).isEqualTo("held");
        }
    }
}
