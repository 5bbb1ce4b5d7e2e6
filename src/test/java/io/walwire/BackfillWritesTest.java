package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.event.ReadEvent;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How much is written of a run, how much is read, and with how many connections. */
class BackfillWritesTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int ROWS = ExistingItems.ROWS;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws Exception {
        ExistingItems.create(database);
        ExistingItems.createProgress(database);
        Ledger.create(database);
    }

    private void countKeyWrites() throws SQLException {
        database.sql(
                "CREATE SEQUENCE writes",
                "CREATE FUNCTION count_writes() RETURNS trigger LANGUAGE plpgsql AS"
                        + " $$BEGIN PERFORM nextval('public.writes'); RETURN NEW; END$$",
                "CREATE TRIGGER counts BEFORE UPDATE OF keys_to_read ON walwire_backfill FOR EACH ROW"
                        + " WHEN (NEW.leaf = 0) EXECUTE FUNCTION count_writes()");
    }

    private long keyWrites() throws SQLException {
        return database.queryLong("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM writes");
    }

    @Test
    void keysThatStayTheSame_areNotWrittenAgain() throws Exception {
        countKeyWrites();
        try (Walwire walwire = Instances.durable(database)
                .set("walwire.backfill.chunk", "8KiB")
                .set("walwire.backfill.rate", "5KiB") // several seconds, in each of which the progress is kept
                .handler(new TableCopy("item"))
                .start()) {
            ExistingItems.await(walwire.backfill("item").start());
        }
        assertThat(keyWrites()).as("the beginning and the end").isBetween(1L, 3L);
    }

    /** Each chunk's handler has a key read again. */
    @Test
    void checkpoint_keysOfEvents_areNotWrittenWithEachChunk() throws Exception {
        database.sql(
                "UPDATE item SET big = repeat('z', 3000) WHERE id % 100 = 0",
                "INSERT INTO item SELECT i, 0, 'b' || i FROM generate_series(" + ROWS + " + 1, 20000) i");
        countKeyWrites();
        AtomicInteger chunks = new AtomicInteger();
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(database), "copy");
        try (Walwire walwire = Instances.durable(database)
                .set("walwire.backfill.chunk", "8KiB")
                .checkpoint(checkpoint)
                .handler(on -> on.table("item").onUpserts(events -> {
                    if (events.get(0) instanceof ReadEvent<?>) {
                        int chunk = chunks.incrementAndGet();
                        database.sql("UPDATE item SET v = v + 1 WHERE id = " + 100 * (1 + chunk % 20));
                    }
                }))
                .start()) {
            ExistingItems.await(walwire.backfill("item").start());
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(chunks).hasValueGreaterThan(50);
        assertThat(keyWrites()).isBetween(1L, chunks.get() / 2L);
    }

    @Test
    void bytes_areThoseOfTheTextForm() throws Exception {
        BackfillRun run;
        try (Walwire walwire =
                Instances.temporary(database).handler(new TableCopy("item")).start()) {
            run = walwire.backfill("item").start();
            ExistingItems.await(run);
        }
        assertThat(run.progress().bytes())
                .isEqualTo(
                        database.queryLong("SELECT sum(length(concat_ws(E'\\t', id, v, big)) + 1)::bigint FROM item"));
    }

    /** A pool with one connection, for which its users wait without an end. */
    private static final class OneConnection extends ThreadTransactions {
        private final Semaphore free = new Semaphore(1, true);
        private final Semaphore entered = new Semaphore(0);

        OneConnection(TestDatabase database) {
            super(LetterBox.source(database));
        }

        @Override
        public void run(Body body) throws Exception {
            free.acquire();
            try {
                super.run(body);
            } finally {
                free.release();
            }
            if (Thread.currentThread().getName().endsWith("-backfill")) {
                // what this thread does next wants the connection, too: the handler thread gets it first, if it takes
                // it
                entered.drainPermits();
                entered.tryAcquire(200, TimeUnit.MILLISECONDS);
            }
        }
    }

    @Test
    void transactionsOfTheApplication_onOneConnection_doNotStall() throws Exception {
        database.sql("UPDATE item SET big = repeat('z', 3000) WHERE id % 100 = 0");
        OneConnection pool = new OneConnection(database);
        AtomicInteger chunks = new AtomicInteger();
        try (Walwire walwire = Instances.durable(database)
                .set("walwire.backfill.chunk", "8KiB")
                .checkpoint(JdbcCheckpoint.of(pool, "copy"))
                .handler(on -> on.table("item").onReads(events -> {
                    pool.entered.release();
                    database.sql("UPDATE item SET v = v + 1 WHERE id = " + 100 * (1 + chunks.incrementAndGet() % 20));
                }))
                .start()) {
            ExistingItems.await(walwire.backfill("item").start());
        }
        assertThat(chunks).hasValueGreaterThan(10);
        assertThat(database.queryLong("SELECT sum(rows_read)::bigint FROM walwire_backfill"))
                .isGreaterThanOrEqualTo(ROWS);
    }
}
