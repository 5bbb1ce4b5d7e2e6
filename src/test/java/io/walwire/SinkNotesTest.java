package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.WalwireException;
import io.walwire.event.BackfilledEvent;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.lifecycle.State;
import io.walwire.sink.Sink;
import io.walwire.sink.SinkPosition;
import io.walwire.testing.Eventually;
import io.walwire.testing.Seed;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Existing rows come once to a sink that stores their progress with them, wherever an instance ends. */
class SinkNotesTest {
    private static final Logger LOG = LoggerFactory.getLogger(SinkNotesTest.class);
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int ROWS = 2_000;
    private static final int MOST_INSTANCES = 200;

    @RegisterExtension
    final Seed seed = new Seed();

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final NotesSink.Destination destination = new NotesSink.Destination();
    private String table = "item";
    private String chunk = "8KiB";

    @BeforeEach
    void tables() throws Exception {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, v int, name text)",
                "INSERT INTO item SELECT i, 0, repeat('x', 100) FROM generate_series(1, " + ROWS + ") i");
        ExistingItems.createProgress(database);
        database.createSlot(Instances.slot(database));
    }

    /** Changes the first row once it has stored it, and ends with the group that has the key of the row. */
    private final class SinkOfOneKey extends NotesSink {
        private boolean hasUpdated;

        SinkOfOneKey(NotesSink.Destination to) {
            super(to, null);
        }

        @Override
        public CompletionStage<Void> flush(SinkPosition position) {
            boolean hasKey = changed.stream().anyMatch(note -> note.name().startsWith("keys-"));
            CompletionStage<Void> stored = super.flush(position);
            if (!hasUpdated && destination.reads().stream().anyMatch(read -> id(read) == 1)) {
                hasUpdated = true;
                try {
                    database.sql("UPDATE " + table + " SET v = 1 WHERE id = 1");
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }
            return hasKey ? CompletableFuture.failedFuture(new IllegalStateException("Killed")) : stored;
        }
    }

    /** Ends with the first group that has rows, which it has stored. */
    private static final class SinkOfFirstRows extends NotesSink {
        SinkOfFirstRows(NotesSink.Destination to) {
            super(to, null);
        }

        @Override
        public CompletionStage<Void> flush(SinkPosition position) {
            CompletionStage<Void> stored = super.flush(position);
            return to.reads().isEmpty() ? stored : CompletableFuture.failedFuture(new IllegalStateException("Killed"));
        }
    }

    private WalwireBuilder with(@Nullable Random random) {
        return with(new NotesSink(destination, random));
    }

    private WalwireBuilder with(Sink sink) {
        return Instances.durable(database)
                .subscriptions(table)
                .set("walwire.backfill", "new")
                .set("walwire.backfill.chunk", chunk)
                .set("walwire.buffer", "4MiB")
                .sink(sink);
    }

    private boolean isDone() throws SQLException {
        return ExistingItems.doneRuns(database) == 1;
    }

    private void readAll() throws Exception {
        try (Walwire walwire = with((Random) null).start()) {
            Eventually.until(LONG, this::isDone);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
    }

    private void readWithFailures(Random random, String beside) throws Exception {
        for (int i = 0; !isDone(); i++) {
            assertThat(i).isLessThan(MOST_INSTANCES);
            Random ofTheSink = new Random(random.nextLong()); // it draws on a thread of its own
            try (Walwire walwire = with(ofTheSink).start()) {
                Eventually.until(LONG, () -> {
                    if (isDone() || walwire.state() == State.FAILED) {
                        return true;
                    }
                    if (!beside.isEmpty() && random.nextInt(4) == 0) {
                        database.sql(beside);
                    }
                    return false;
                });
            } catch (WalwireException e) {
                LOG.debug("The instance has failed, as it had to", e);
            }
        }
    }

    private long ends() {
        return destination.events().stream()
                .filter(BackfilledEvent.class::isInstance)
                .count();
    }

    private static int id(Event event) {
        return Objects.requireNonNull(
                Objects.requireNonNull(((RowEvent<?>) event).key()).getInt("id"));
    }

    @Test
    void instancesThatFailAtAnyGroup_bringEachRowOnce() throws Exception {
        readWithFailures(seed.random(), "");
        List<String> ids =
                destination.reads().stream().map(read -> read.id().toString()).toList();
        assertThat(ids).doesNotHaveDuplicates();
        assertThat(ids.size()).as("number of reads").isEqualTo(ROWS);
        assertThat(ends()).isEqualTo(1);
    }

    /** A row comes again only after a change, which may have moved it to a block that is read later. */
    @Test
    void instancesThatFailAtAnyGroup_besideWriters_bringNoRowAgainAndNoneLater() throws Exception {
        readWithFailures(
                seed.random(), "UPDATE item SET v = v + 1 WHERE id = (SELECT 1 + (random() * " + ROWS + ")::int)");
        readAll();
        Map<Integer, Integer> copy = new TreeMap<>();
        Map<Integer, String> last = new HashMap<>();
        for (Event event : destination.events()) {
            if (event instanceof RowEvent<?> row && row.afterRow() != null) {
                String read = event.kind() == Kind.READ ? event.id().toString() : "";
                String before = last.put(id(event), read);
                assertThat(read.isEmpty() || !read.equals(before))
                        .as("row %s was read once", id(event))
                        .isTrue();
                copy.put(id(event), Objects.requireNonNull(row.afterRow()).getInt("v"));
            }
        }
        Map<Integer, Integer> table = new TreeMap<>();
        database.query("SELECT id, v FROM item")
                .forEach(row -> table.put((Integer) row.get("id"), (Integer) row.get("v")));
        assertThat(copy).isEqualTo(table);
        assertThat(ends()).isEqualTo(1);
    }

    /** Updates that lack the value have keys read again, which are part of the notes if some wait then. With {@link SinkOfOneKey} one does. */
    @Test
    void valuesThatUpdatesLack_areNotLost_whereverAnInstanceFails() throws Exception {
        table = "wide";
        chunk = "64KiB"; // keys of changes that come again are read again: an instance has to get through all of them
        database.sql(
                "CREATE TABLE wide (id int PRIMARY KEY, v int, big text)",
                "ALTER TABLE wide ALTER big SET STORAGE EXTERNAL",
                "INSERT INTO wide SELECT i, 0, repeat(i::text, 1100) FROM generate_series(10, 49) i");
        readWithFailures(seed.random(), "UPDATE wide SET v = v + 1 WHERE id = (SELECT 10 + (random() * 39)::int)");
        readAll();
        Map<Integer, String> values = new TreeMap<>();
        Map<Integer, Integer> versions = new TreeMap<>();
        for (Event event : destination.events()) {
            if (event instanceof RowEvent<?> row && row.afterRow() != null) {
                Row now = Objects.requireNonNull(row.afterRow());
                int v = Objects.requireNonNull(now.getInt("v"));
                assertThat(v).isGreaterThanOrEqualTo(versions.getOrDefault(id(event), 0));
                versions.put(id(event), v);
                if (!row.unavailable().contains("big")) {
                    values.put(id(event), String.valueOf(now.getString("big")));
                }
            }
        }
        database.query("SELECT id, v, big FROM wide").forEach(row -> {
            assertThat(versions.get(row.get("id"))).isEqualTo(row.get("v"));
            assertThat(values.get(row.get("id"))).isEqualTo(row.get("big"));
        });
        assertThat(values).hasSize(40);
    }

    /** Also if the next instance, which has none of its events, ends before it has read it. */
    @Test
    void keyToReadAgain_thatTheSinkAloneHas_isNotLost_whenTwoInstancesEnd() throws Exception {
        table = "half";
        database.sql(
                "CREATE TABLE half (id int PRIMARY KEY, v int, name text, big text) WITH (fillfactor = 50)",
                "ALTER TABLE half ALTER big SET STORAGE EXTERNAL",
                "INSERT INTO half VALUES (1, 0, 'x', repeat('y', 10000))",
                "INSERT INTO half SELECT i, 0, repeat('x', 100) FROM generate_series(2, 20000) i");
        try (Walwire walwire = with(new SinkOfOneKey(destination)).start()) {
            Eventually.until(LONG, () -> walwire.state() == State.FAILED);
        } catch (WalwireException e) {
            LOG.debug("The instance has failed, as it had to", e);
        }
        database.sql( // as it was before the progress was written for the first time
                "DELETE FROM walwire_backfill WHERE leaf <> 0",
                "UPDATE walwire_backfill SET keys_to_read = NULL, done_to = '0/0', wanted = 'paused'");
        Lsn updated = Lsn.parse(database.queryString("SELECT pg_current_wal_lsn()::text"));
        try (Walwire walwire = with((Random) null).start()) {
            Eventually.until(
                    LONG,
                    () -> { // the stream does not send the update again
                        if (!Instances.confirmed(database).isBefore(updated)) {
                            return true;
                        }
                        database.sql("INSERT INTO half SELECT min(id) - 1 FROM half");
                        return false;
                    });
        }
        assertThat(isDone()).isFalse();
        database.sql("UPDATE walwire_backfill SET wanted = 'running'");
        readAll();
        List<Kind> ofFirst = destination.events().stream()
                .filter(event -> event instanceof RowEvent<?> && id(event) == 1)
                .map(Event::kind)
                .dropWhile(kind -> kind != Kind.READ)
                .toList();
        assertThat(ofFirst).containsExactly(Kind.READ, Kind.UPDATE, Kind.READ);
    }

    /** As when the server does not answer: what the keeper writes holds up neither changes nor rows. */
    @Test
    void progressThatIsBeingWritten_holdsUpNoGroup() throws Exception {
        database.sql(
                "CREATE SEQUENCE arrived",
                "CREATE TABLE gate (id int)",
                "CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                        + " PERFORM nextval('public.arrived');"
                        + " WHILE NOT EXISTS (SELECT FROM public.gate) LOOP PERFORM pg_sleep(0.01); END LOOP;"
                        + " RETURN NEW; END $$",
                "CREATE TRIGGER gate BEFORE INSERT OR UPDATE ON walwire_backfill FOR EACH ROW WHEN (NEW.leaf <> 0)"
                        + " EXECUTE FUNCTION wait_at_gate()");
        try (Walwire walwire =
                with((Random) null).set("walwire.backfill.rate", "32KiB").start()) {
            try {
                Eventually.until(LONG, () -> database.queryLong("SELECT count(*) FROM arrived WHERE is_called") == 1);
                int rows = destination.reads().size();
                int all = destination.events().size();
                assertThat(rows).isLessThan(ROWS);
                Duration lessThanTheAnswerIsAwaited = Duration.ofSeconds(20);
                Eventually.until(
                        lessThanTheAnswerIsAwaited,
                        () -> { // rows are placed behind later commits
                            int rowsNow = destination.reads().size();
                            if (rowsNow > rows && destination.events().size() - rowsNow > all - rows) {
                                return true;
                            }
                            database.sql("INSERT INTO item SELECT max(id) + 1 FROM item");
                            return false;
                        });
            } finally {
                database.sql("INSERT INTO gate VALUES (1)");
            }
            Eventually.until(LONG, this::isDone);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(destination.reads().stream().map(SinkNotesTest::id)).doesNotHaveDuplicates();
        assertThat(destination.reads().size()).isGreaterThanOrEqualTo(ROWS);
        assertThat(ends()).isEqualTo(1);
    }

    @Test
    void notes_areRemoved_whenTheRunHasEnded() throws Exception {
        readAll();
        assertThat(destination.notes()).isNotEmpty();
        database.sql("UPDATE item SET v = 1 WHERE id = 1");
        readAll();
        assertThat(destination.notes()).allMatch(note -> note.text() == null);
        assertThat(destination.reads()).hasSize(ROWS);
    }

    @Test
    void notes_areRemoved_whenTheSinkAloneKnewTheEnd() throws Exception {
        readAll();
        database.sql( // as it was before the end was written
                "UPDATE walwire_backfill SET state = 'running', done_to = '0/0' WHERE leaf = 0",
                "UPDATE walwire_backfill SET state = 'running', rows_read = 0 WHERE leaf <> 0");
        try (Walwire walwire = with((Random) null).start()) {
            Eventually.until(LONG, this::isDone);
            database.sql("UPDATE item SET v = 1 WHERE id = 1");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(destination.notes()).allMatch(note -> note.text() == null);
        assertThat(destination.reads()).hasSize(ROWS);
        assertThat(database.queryLong("SELECT rows_read FROM walwire_backfill WHERE leaf <> 0 AND state = 'done'"))
                .isEqualTo(ROWS);
    }

    @Test
    void runWhoseRowsWereDeleted_andTableThatWasCreatedAgain_areReadFromTheirBeginning() throws Exception {
        readAll();
        database.sql("DELETE FROM walwire_backfill");
        readAll();
        assertThat(destination.reads()).hasSize(2 * ROWS);
        database.sql(
                "DELETE FROM walwire_backfill",
                "DROP TABLE item",
                "CREATE TABLE item (id int PRIMARY KEY, v int, name text)",
                "INSERT INTO item SELECT i, 0, 'y' FROM generate_series(1, 10) i");
        readAll();
        assertThat(destination.reads()).hasSize(2 * ROWS + 10);
    }

    /** As when the topic that has them was deleted: the progress in the table counts. */
    @Test
    void withoutNotes_noRowIsLeftOut() throws Exception {
        try (Walwire walwire = with(new SinkOfFirstRows(destination)).start()) {
            Eventually.until(LONG, () -> walwire.state() == State.FAILED);
        } catch (WalwireException e) {
            LOG.debug("The instance has failed, as it had to", e);
        }
        assertThat(destination.notes()).isNotEmpty();
        destination.forgetNotes();
        readAll();
        assertThat(destination.reads().stream().map(SinkNotesTest::id).distinct())
                .hasSize(ROWS);
        assertThat(ends()).isEqualTo(1);
    }
}
