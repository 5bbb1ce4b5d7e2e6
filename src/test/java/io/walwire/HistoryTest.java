package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Gap;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an instance notices about a server and a slot that are not what they were when it was disconnected. */
class HistoryTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onServerOfItsOwn(Map.of());

    private final Recorder<Long> ids = new Recorder<>();
    private final Recorder<Gap> gaps = new Recorder<>();

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
    }

    private WalwireBuilder recorded(WalwireBuilder builder) {
        return builder.slotName("history")
                .handler(Items.ids(ids))
                .handler(on -> on.onGap(event -> gaps.add(event.gap())));
    }

    /** Same system identifier, same timeline, and a log that ends before what was confirmed. */
    @Test
    void restoredFromASnapshot_gap_andNothingNewIsTakenForRepeated() throws Exception {
        PostgresServer server = database.server();
        try (Walwire walwire = recorded(Items.reader(database)).start()) {
            Items.insert(database, 1);
            ids.await(1);
            server.stopFast();
            Path snapshot = server.copyData();
            server.startAgain();
            assertThat(walwire.awaitStreaming(Items.LONG)).isTrue();
            database.sql("INSERT INTO item SELECT g, repeat('x', 5000) FROM generate_series(2, 500) g");
            ids.await(500);
            Items.awaitConfirmed(database, "history", Items.currentLsn(database));
            assertThat(gaps.all()).isEmpty();

            server.stopImmediately();
            server.restoreData(snapshot);
            server.startAgain();
            gaps.await(1);
            Items.insert(database, 1001, 1002, 1003);
            List<Long> all = ids.await(503);
            assertThat(all.subList(500, 503)).containsExactly(1001L, 1002L, 1003L);
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
            Items.awaitConfirmed(database, "history", Items.currentLsn(database));
        }
        assertThat(gaps.all()).singleElement().satisfies(gap -> {
            assertThat(gap.reason()).contains("restored from a backup");
            assertThat(gap.to()).isLessThan(Objects.requireNonNull(gap.from()));
        });
    }

    @Test
    void slotDroppedAndCreatedBySomebody_gap() throws Exception {
        Link link = new Link(database);
        try (Walwire walwire = recorded(link.reader(database)).start()) {
            Items.insert(database, 1);
            ids.await(1);
            Gate away = link.hold();
            database.terminateWalsenders();
            away.awaitReached();
            Items.insert(database, 2);
            database.query("SELECT pg_drop_replication_slot('history')");
            database.createSlot("history");
            Items.insert(database, 3);
            away.open();
            assertThat(gaps.await(1).get(0).reason()).contains("moved on, or replaced, by somebody else");
            assertThat(ids.await(2)).containsExactly(1L, 3L);
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
        assertThat(gaps.all()).singleElement().satisfies(gap -> assertThat(gap.from())
                .isLessThan(gap.to()));
    }

    /** As above, with nothing at all between what was confirmed and the drop. */
    @Test
    void idleSlotDroppedAndCreatedBySomebody_gap() throws Exception {
        Link link = new Link(database);
        try (Walwire walwire = recorded(link.reader(database)).start()) {
            Eventually.until(Items.LONG, () -> !walwire.status().confirmed().isBefore(Items.currentLsn(database)));
            Gate away = link.hold();
            database.terminateWalsenders();
            away.awaitReached();
            database.query("SELECT pg_drop_replication_slot('history')");
            database.createSlot("history");
            away.open();
            gaps.await(1);
        }
    }

    @Test
    void slotMovedOnBySomebody_gap() throws Exception {
        Link link = new Link(database);
        try (Walwire walwire = recorded(link.reader(database)).start()) {
            Gate away = link.hold();
            database.terminateWalsenders();
            away.awaitReached();
            Items.insert(database, 1);
            database.query("SELECT pg_replication_slot_advance('history', pg_current_wal_lsn())");
            away.open();
            assertThat(gaps.await(1).get(0).reason()).contains("moved on");
            Items.insert(database, 2);
            assertThat(ids.await(1)).containsExactly(2L);
            assertThat(walwire.status().lastError()).contains("The server has been running all along");
        }
    }

    @Test
    void restartedServer_namedAsCause() throws Exception {
        try (Walwire walwire = recorded(Items.reader(database)).start()) {
            database.server().restart();
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            assertThat(walwire.status().lastError()).contains("CONNECTION", "The server was started again at ");
        }
        assertThat(gaps.all()).isEmpty();
    }
}
