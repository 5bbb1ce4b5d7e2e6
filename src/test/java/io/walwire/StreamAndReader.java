package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.event.TransactionInfo;
import io.walwire.internal.backfill.ChunkDecision;
import io.walwire.internal.backfill.ChunkReader;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import io.walwire.internal.backfill.DeliveredKeys;
import io.walwire.internal.backfill.DeliveredTransaction;
import io.walwire.internal.backfill.EventKeys;
import io.walwire.internal.backfill.Existing;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.backfill.OpenRead;
import io.walwire.internal.backfill.ReadMode;
import io.walwire.internal.backfill.ReadRange;
import io.walwire.internal.backfill.RowChange;
import io.walwire.internal.backfill.TableKey;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.ReceivedRow;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** A table of a few rows with a large value each, its stream, and a reader. */
final class StreamAndReader implements AutoCloseable {
    static final String BIG = "repeat('value ', 2000)";

    final TestDatabase database;
    final Captured captured;
    final Existing existing;
    final ChunkReader reader;
    final LeafPlan leaf;
    final EventKeys keys;
    final DeliveredKeys delivered;
    final UnseenTransactions unseen = new UnseenTransactions();

    /** What was delivered was committed before. */
    private Lsn shown = Lsn.ZERO;

    /** The keys of events since {@link #openWindow}. */
    private final Set<String> window = new HashSet<>();

    StreamAndReader(TestDatabase database) throws Exception {
        this(database, database.server());
    }

    /** With the stream and the rows of the server, or of its standby. */
    StreamAndReader(TestDatabase database, PostgresServer from) throws Exception {
        this.database = database;
        create(database);
        if (from == database.server()) {
            captured = Captured.start(database, "events");
        } else {
            StandbyPair.awaitReplayed(database, from);
            captured = Captured.ofStandby(database, from, "events");
        }
        existing = Existing.at(from, database.name(), database.user(), "events");
        reader = existing.reader();
        leaf = existing.plan("item").leaves().get(0);
        keys = new EventKeys(leaf.key());
        delivered = new DeliveredKeys(new ReadMode(true, false, true, 1 << 20));
    }

    private static void create(TestDatabase database) throws SQLException {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text, big text)",
                "ALTER TABLE item ALTER big SET STORAGE EXTERNAL",
                "INSERT INTO item SELECT i, 'old', " + BIG + " FROM generate_series(1, 5) i",
                "CREATE PUBLICATION events FOR TABLE item");
    }

    /** Delivers the events of the next transaction. */
    List<ReceivedChange> deliver() throws InterruptedException {
        List<ReceivedChange> events =
                captured.next().stream().map(ReceivedChange.class::cast).toList();
        for (ReceivedChange event : events) {
            RowChange change = keys.of(event);
            delivered.delivered(by(event), change);
            if (change.keys() != null) {
                change.keys().forEach(key -> window.add(key.values().get(0)));
            }
        }
        DeliveredTransaction last = by(events.get(0));
        unseen.delivered(last);
        shown = new Lsn(last.commit().value() + 1);
        return events;
    }

    static DeliveredTransaction by(ReceivedChange event) {
        TransactionInfo transaction = event.transaction();
        return new DeliveredTransaction((int) transaction.xid(), Objects.requireNonNull(transaction.commitLsn()));
    }

    /** A simpler way: a row is delivered if no event of its key comes between two positions around the reading. */
    void openWindow() {
        window.clear();
    }

    /** What the simpler way delivers where its window ends, as {@code id note}. */
    List<String> byWindow(Chunk chunk) throws SQLException {
        return existing.events(chunk).stream()
                .map(ReceivedRow::row)
                .filter(row -> !window.contains(row.text("id")) && !"-1".equals(row.text("id")))
                .map(row -> row.text("id") + " " + row.text("note"))
                .toList();
    }

    Chunk read(ReadRange range, OpenRead open) throws SQLException {
        return (Chunk) reader.read(leaf, range, shown, snapshot -> delivered.shows(open, snapshot));
    }

    /** The stream passes the horizon of what was read: everything that was committed until now is delivered. */
    void pass() throws Exception {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = local");
            statement.execute("DELETE FROM item WHERE id = -1");
            statement.execute("INSERT INTO item VALUES (-1)");
        }
        Row marker = null;
        while (marker == null || !"-1".equals(marker.text("id"))) {
            marker = deliver().get(0).afterRow();
        }
    }

    TableKey key(Chunk chunk, int row) {
        try {
            return Objects.requireNonNull(
                    keys.of(existing.events(chunk).get(row)).now());
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The rows that are delivered, as {@code id note}. */
    List<String> decide(OpenRead open, Chunk chunk) throws SQLException {
        ChunkDecision decision = delivered.decide(open, i -> key(chunk, i), chunk.rows());
        return texts(chunk, decision);
    }

    List<String> texts(Chunk chunk, ChunkDecision decision) throws SQLException {
        assertThat(decision.readAgain()).isFalse();
        Chunk kept = new Chunk(
                chunk.leaf(), chunk.range(), chunk.snapshot(), chunk.horizon(), decision.kept(), chunk.size(), null);
        List<String> texts = new ArrayList<>();
        for (ReceivedRow event : existing.events(kept)) {
            if (!"-1".equals(event.row().text("id"))) {
                assertThat(event.row().text("big")).hasSizeGreaterThan(10_000);
                texts.add(event.row().text("id") + " " + event.row().text("note"));
            }
        }
        return texts;
    }

    @Override
    public void close() {
        reader.close();
        existing.close();
        captured.close();
    }
}
