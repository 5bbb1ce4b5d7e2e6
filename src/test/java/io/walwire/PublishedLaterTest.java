package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With {@code walwire.backfill=new}, tables are read that get into the publication while the instance runs. */
class PublishedLaterTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String NONE_FOUND = "DEBUG 0 tables were found that were never read";
    private static final String UPDATE = "UPDATE item SET v = 1 WHERE id = 7";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final CollectingSink sink =
            CollectingSink.plain(() -> CompletableFuture.completedFuture(null)).takingReads();

    /** Reads what is published, of which the items are no part yet. */
    private WalwireBuilder reading(TestDatabase from, WalwireBuilder builder) throws SQLException {
        ExistingItems.create(from);
        from.sql("CREATE PUBLICATION later FOR TABLE mark");
        return builder.publication("later")
                .set("walwire.backfill", "new")
                .subscriptions("public.*")
                .sink(sink);
    }

    private long reads() {
        return sink.lines().stream().filter("read"::equals).count();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void tableThatIsPublishedLater_isReadAtItsFirstChange(boolean durable) throws Exception {
        ExistingItems.createProgress(database);
        try (Walwire walwire = reading(database, durable ? Instances.durable(database) : Instances.temporary(database))
                .start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            database.sql("ALTER PUBLICATION later ADD TABLE item", UPDATE);
            Eventually.until(LONG, () -> reads() == ExistingItems.ROWS);
            Eventually.until(LONG, () -> walwire.backfills().isEmpty());
            database.sql("UPDATE item SET v = 2 WHERE id = 8");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(reads()).isEqualTo(ExistingItems.ROWS);
        assertThat(sink.lines()).contains("backfilled");
    }

    /** Its tables are announced before it commits, when no session sees yet that one is published. */
    @Test
    void tableThatAPreparedTransactionPublishes_isReadWhenThatHasCommitted() throws Exception {
        ExistingItems.createProgress(database);
        String gid = database.unique("publishes");
        try (LogLines log = new LogLines(Level.DEBUG);
                Walwire walwire = reading(database, Instances.durable(database))
                        .set("walwire.two-phase", "true")
                        .start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            long before = looksInVain(log);
            database.sql(
                    "BEGIN; ALTER PUBLICATION later ADD TABLE item; UPDATE item SET v = 1 WHERE id = 7; PREPARE TRANSACTION '"
                            + gid + "'");
            database.sql("INSERT INTO mark DEFAULT VALUES");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            Eventually.until(LONG, () -> looksInVain(log) > before);
            database.sql("COMMIT PREPARED '" + gid + "'");
            Eventually.until(LONG, () -> reads() >= ExistingItems.ROWS);
        }
    }

    /** The commit waits for a standby: its changes come to the stream before other sessions see what it has published. */
    @Test
    void tableThatACommitPublishes_whichOtherSessionsDoNotSeeYet_isReadWhenTheyDo() throws Exception {
        assertReadWhenPublishingIsSeen(own -> waiting(own, UPDATE));
    }

    /** The transaction of the first change waits for nothing, and is seen while that which has published the table is not. */
    @Test
    void tableThatACommitPublishes_whichIsSeenLaterThanTheFirstChange_isReadWhenItIsSeen() throws Exception {
        assertReadWhenPublishingIsSeen(own -> {
            own.sql("SET synchronous_commit = local", UPDATE);
            return CompletableFuture.completedFuture(null);
        });
    }

    /** Changes a table. The future ends with the commit. */
    private interface FirstChange {
        CompletableFuture<Void> in(TestDatabase database) throws SQLException;
    }

    private void assertReadWhenPublishingIsSeen(FirstChange change) throws Exception {
        try (PostgresServer server = PostgresServer.start(18, Map.of("autovacuum", "off"));
                TestDatabase own = TestDatabase.create(server)) {
            try (LogLines log = new LogLines(Level.DEBUG);
                    Walwire walwire = reading(own, Instances.temporary(own)).start()) {
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                MissingStandby.holdCommits(own);
                CompletableFuture<Void> publishing =
                        waiting(own, "ALTER PUBLICATION later ADD TABLES IN SCHEMA public");
                long before = looksInVain(log);
                CompletableFuture<Void> changing = change.in(own);
                Eventually.until(LONG, () -> looksInVain(log) > before);
                assertThat(publishing).isNotDone();
                assertThat(reads()).isZero();
                MissingStandby.releaseCommits(own);
                publishing.get(LONG.toSeconds(), TimeUnit.SECONDS);
                changing.get(LONG.toSeconds(), TimeUnit.SECONDS);
                Eventually.until(LONG, () -> reads() == ExistingItems.ROWS);
            }
        }
    }

    /** How many looks have found nothing. */
    private static long looksInVain(LogLines log) {
        return log.with(NONE_FOUND).size();
    }

    /** The server refuses plain connections when the table is announced. */
    @Test
    void tableThatIsPublished_whileTheCatalogCannotBeRead_isReadWhenItCan() throws Exception {
        String role = database.role("LOGIN REPLICATION");
        WalwireBuilder builder =
                reading(database, Instances.temporary(database)).user(role);
        database.sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO " + role);
        try (LogLines log = new LogLines();
                Walwire walwire = builder.start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            Eventually.until(LONG, () -> walwire.backfills().isEmpty()); // the marks are read
            database.sql("ALTER ROLE " + role + " CONNECTION LIMIT 0");
            Eventually.until(LONG, () -> plainConnections(role) == 0);
            database.sql("ALTER PUBLICATION later ADD TABLE item", UPDATE);
            log.await("WARN", "reading existing rows", "Trying again in");
            assertThat(reads()).isZero();
            database.sql("ALTER ROLE " + role + " CONNECTION LIMIT -1");
            Eventually.until(LONG, () -> reads() == ExistingItems.ROWS);
        }
    }

    private long plainConnections(String role) throws SQLException {
        return database.queryLong("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
                + " AND usename = '" + role + "'");
    }

    /** Commits a statement, and returns when its commit waits for the standby. */
    private static CompletableFuture<Void> waiting(TestDatabase database, String statement) {
        CompletableFuture<Void> commit = CompletableFuture.runAsync(
                () -> {
                    try {
                        database.sql(statement);
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> new Thread(task, "committer").start());
        Eventually.until(
                LONG,
                () -> database.queryLong("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                                + " AND query = '" + statement + "'")
                        == 1);
        return commit;
    }
}
