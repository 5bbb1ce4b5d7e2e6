package io.walwire;

import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import org.postgresql.PGConnection;

/** Lets the commits of a server wait for a synchronous standby that does not exist. */
final class MissingStandby {
    private MissingStandby() {}

    /** When this returns, each commit waits. */
    static void holdCommits(TestDatabase database) throws SQLException {
        name(database, "missing");
        Eventually.until(Items.LONG, () -> commitWaits(database));
    }

    /** Commits that wait go on, a moment later. */
    static void releaseCommits(TestDatabase database) throws SQLException {
        name(database, "");
    }

    private static void name(TestDatabase database, String names) throws SQLException {
        database.sql("ALTER SYSTEM SET synchronous_standby_names = '" + names + "'", "SELECT pg_reload_conf()");
        Eventually.until(Items.LONG, () -> database.queryString("SHOW synchronous_standby_names")
                .equals(names));
    }

    /** Sessions know the setting before commits wait: the checkpointer has to read it, too. */
    private static boolean commitWaits(TestDatabase database) throws SQLException {
        try (Connection probe = database.connect();
                Statement statement = probe.createStatement()) {
            int pid = probe.unwrap(PGConnection.class).getBackendPID();
            CompletableFuture<Void> commit = CompletableFuture.runAsync(
                    () -> {
                        try {
                            statement.execute("CREATE TEMPORARY TABLE probe ()"); // no publication has it
                        } catch (SQLException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    task -> new Thread(task, "probe").start());
            Eventually.until(
                    Items.LONG,
                    () -> commit.isDone()
                            || database.queryLong("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                                            + " AND pid = " + pid)
                                    == 1);
            boolean waits = !commit.isDone();
            database.query("SELECT pg_cancel_backend(" + pid + ')'); // ends the wait of a commit
            commit.join();
            return waits;
        }
    }
}
