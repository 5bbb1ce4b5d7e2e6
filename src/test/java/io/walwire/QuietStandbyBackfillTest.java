package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.testing.Eventually;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Existing rows of a standby whose primary writes nothing at all. */
@Timeout(600)
class QuietStandbyBackfillTest {
    private static final Duration LONG = Duration.ofMinutes(2);

    /** The background writer of a primary logs what runs after at most 15 seconds, if something was written before. */
    private static final long QUIET_NANOS = Duration.ofSeconds(20).toNanos();

    private static final int ATTEMPTS = 3;

    /**
     * While a standby receives nothing, a record behind the position of its replay may be under way. When it receives again, there is none,
     * and the stream does not come to the place of what was read meanwhile.
     */
    @Test
    void rowsThatWereReadWhileNothingWasReceived() throws Exception {
        TableCopy copy = new TableCopy("item");
        try (StandbyPair pair = new StandbyPair(17)) { // without checksums a hint is not logged
            ExistingItems.create(pair.database);
            pair.primary.sql(
                    "ALTER SYSTEM SET autovacuum = off",
                    "ALTER SYSTEM SET checkpoint_timeout = '1d'",
                    "SELECT pg_reload_conf()");
            pair.database.sql("VACUUM FREEZE");
            try (Walwire walwire = pair.start(
                    pair.temporary().set("walwire.backfill.chunk", "8KiB").handler(copy))) {
                boolean quiet = false;
                for (int i = 0; i < ATTEMPTS && !quiet; i++) {
                    quiet = readsAll(pair, walwire, copy);
                }
                assertThat(quiet)
                        .as("nothing was written meanwhile; else it proves nothing")
                        .isTrue();
            }
        }
    }

    /** Returns whether nothing was replayed meanwhile. */
    private static boolean readsAll(StandbyPair pair, Walwire walwire, TableCopy copy) throws Exception {
        copy.rows.clear();
        copy.reads.set(0);
        pair.primary.sql("CHECKPOINT", "SELECT pg_log_standby_snapshot()");
        pair.awaitReplayed();
        String end = awaitQuiet(pair);
        pair.standby.sql("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()");
        Eventually.until(LONG, () -> !pair.receives());
        String before = rowsRead(pair);
        BackfillRun run = walwire.backfill("item").start();
        Eventually.until(LONG, () -> !rowsRead(pair).equals(before) && readersRest(pair));
        assertThat(copy.reads).hasValue(0);
        pair.standby.sql("ALTER SYSTEM RESET primary_conninfo", "SELECT pg_reload_conf()");
        ExistingItems.await(run);
        assertThat(copy.rows).isEqualTo(pair.items(pair.standby));
        return replayed(pair).equals(end);
    }

    private static String awaitQuiet(StandbyPair pair) {
        AtomicReference<String> last = new AtomicReference<>("");
        AtomicLong since = new AtomicLong();
        Eventually.until(LONG, () -> {
            String now = replayed(pair);
            if (!now.equals(last.getAndSet(now))) {
                since.set(System.nanoTime());
            }
            return System.nanoTime() - since.get() > QUIET_NANOS
                    && now.equals(ask(pair, "SELECT pg_last_wal_receive_lsn()::text"));
        });
        return Objects.requireNonNull(last.get());
    }

    private static String replayed(StandbyPair pair) throws SQLException {
        return ask(pair, "SELECT pg_last_wal_replay_lsn()::text");
    }

    /** As the standby counts them, after the transactions that have read them. */
    private static String rowsRead(StandbyPair pair) throws SQLException {
        return ask(pair, "SELECT seq_tup_read::text FROM pg_stat_user_tables WHERE relname = 'item'");
    }

    private static boolean readersRest(StandbyPair pair) throws SQLException {
        return ask(
                        pair,
                        "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()")
                .equals("0");
    }

    private static String ask(StandbyPair pair, String sql) throws SQLException {
        try (Connection connection = pair.standby.connect(pair.database.name());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
