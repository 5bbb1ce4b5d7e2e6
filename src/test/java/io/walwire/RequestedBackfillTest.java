package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs that another process asks for, where the transactions are the application's. */
class RequestedBackfillTest {
    /** Two seconds are promised. A slow machine may take more, but less than {@code RequestThread.REST}. */
    private static final Duration PROMPT = Duration.ofSeconds(25);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onServerOfItsOwn(Map.of("autovacuum", "off"));

    private final Recorder<String> looks = new Recorder<>();

    private JdbcCheckpoint checkpoint() {
        return JdbcCheckpoint.of(
                new ThreadTransactions(LetterBox.source(database)) {
                    @Override
                    public void run(Body body) throws Exception {
                        super.run(body);
                        String thread = Thread.currentThread().getName();
                        if (thread.endsWith("-backfill-requests")) {
                            looks.add(thread);
                        }
                    }
                },
                "copy");
    }

    private long nextTransaction() throws SQLException {
        return database.queryLong("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8");
    }

    /** Each id would be written to the log, and flushed. */
    @Test
    void looksForRequests_takeNoTransactionIds_andFindThem() throws Exception {
        ExistingItems.create(database);
        ExistingItems.createProgress(database);
        Ledger.create(database);
        TableCopy copy = new TableCopy("item");
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint())
                .handler(copy)
                .start()) {
            looks.await(2);
            long before = nextTransaction();
            looks.await(looks.all().size() + 3);
            assertThat(nextTransaction()).isEqualTo(before);
            ExistingItems.request(database, "asked", Map.of());
            Eventually.within(
                    PROMPT, () -> !ExistingItems.state(database, "asked").equals("requested"));
            Eventually.until(ExistingItems.LONG, () -> ExistingItems.state(database, "asked")
                    .equals("done"));
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }
}
