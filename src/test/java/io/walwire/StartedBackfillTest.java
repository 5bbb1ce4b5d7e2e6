package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillRun;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs of a durable slot with a checkpoint, whose database has to be asked before a run works. */
class StartedBackfillTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws Exception {
        ExistingItems.create(database);
        ExistingItems.createProgress(database);
        Ledger.create(database);
    }

    /** Transactions, for one of which a thread waits. */
    private static final class Waiting extends ThreadTransactions {
        private final Gate gate = new Gate();
        private volatile @Nullable Thread waiting;

        Waiting(TestDatabase database) {
            super(LetterBox.source(database));
        }

        @Override
        public void run(Body body) throws Exception {
            if (Thread.currentThread() == waiting) {
                gate.pass();
            }
            super.run(body);
        }
    }

    @Test
    void instanceThatIsClosed_whileARunIsStarted_endsTheRun() throws Exception {
        Waiting transactions = new Waiting(database);
        CompletableFuture<BackfillRun> started = new CompletableFuture<>();
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(JdbcCheckpoint.of(transactions, "copy"))
                .handler(new TableCopy("item"))
                .start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            Thread starts =
                    new Thread(() -> started.complete(walwire.backfill("item").start()));
            transactions.waiting = starts;
            starts.start();
            transactions.gate.awaitReached();
        }
        transactions.gate.open();
        BackfillRun run = started.get(LONG.toSeconds(), TimeUnit.SECONDS);
        assertThatThrownBy(() -> run.completion().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED))
                .hasMessageContaining("it continues when an instance streams from the slot again");
    }

    private static final String PATIENCE = "SELECT current_setting('lock_timeout')";

    private static String patience(JdbcCheckpoint checkpoint) throws SQLException {
        try (Statement statement = checkpoint.connection().createStatement();
                ResultSet row = statement.executeQuery(PATIENCE)) {
            row.next();
            return row.getString(1);
        }
    }

    /** It is kept with what the handler writes, and reading begins after that. */
    @Test
    void runThatAHandlerStarts_isPartOfItsTransaction() throws Exception {
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(database), "copy");
        TableCopy copy = new TableCopy("item");
        CompletableFuture<Walwire> instance = new CompletableFuture<>();
        CompletableFuture<BackfillRun> run = new CompletableFuture<>();
        List<String> seen = new ArrayList<>();
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .handler("copy", copy)
                .handler("starts", on -> on.table("mark").onInsert(event -> {
                    seen.add(patience(checkpoint));
                    BackfillRun first = instance.join().backfill("item").start();
                    BackfillRun second = instance.join().backfill("item").start();
                    seen.add(patience(checkpoint));
                    seen.add(second.id().equals(first.id()) ? "one" : "two");
                    seen.add(instance.join().backfills().size() + " at work");
                    seen.add(database.queryLong("SELECT count(*) FROM walwire_backfill") + " kept");
                    run.complete(first);
                }))
                .start()) {
            instance.complete(walwire);
            database.sql("INSERT INTO mark DEFAULT VALUES");
            ExistingItems.await(run.get(LONG.toSeconds(), TimeUnit.SECONDS));
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(ExistingItems.state(database, run.join().id())).isEqualTo("done");
        }
        assertThat(seen).containsExactly("0", "0", "one", "0 at work", "0 kept");
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    /** The handler is called again, and finds the run that it has started. */
    @Test
    void runThatAHandlerStarts_whoseCommitFails_isStartedOnce() throws Exception {
        database.sql(
                "CREATE SEQUENCE commits",
                "CREATE FUNCTION refuse_first() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF nextval('public.commits') = 1 THEN"
                        + " RAISE EXCEPTION 'once' USING ERRCODE = '40001'; END IF; RETURN NULL; END$$",
                "CREATE CONSTRAINT TRIGGER refuses AFTER INSERT ON ledger DEFERRABLE INITIALLY DEFERRED"
                        + " FOR EACH ROW EXECUTE FUNCTION refuse_first()");
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(database), "copy");
        TableCopy copy = new TableCopy("item");
        CompletableFuture<Walwire> instance = new CompletableFuture<>();
        List<BackfillRun> runs = new CopyOnWriteArrayList<>();
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .handler("copy", copy)
                .handler("starts", on -> on.table("mark").onInsert(event -> {
                    runs.add(instance.join().backfill("item").start());
                    Ledger.enter(checkpoint, "starts", "once");
                }))
                .start()) {
            instance.complete(walwire);
            database.sql("INSERT INTO mark DEFAULT VALUES");
            Eventually.until(LONG, () -> runs.size() == 2);
            ExistingItems.await(runs.get(0));
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(ExistingItems.state(database, runs.get(0).id())).isEqualTo("done");
        }
        assertThat(runs.get(1).id()).isEqualTo(runs.get(0).id());
        assertThat(database.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf = 0"))
                .isEqualTo(1);
        assertThat(Ledger.entries(database)).containsExactly("starts: once");
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    /** The handler decides what to do about it. */
    @Test
    void runThatAHandlerCannotStart_leavesItsTransactionAsItWas() throws Exception {
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(database), "copy");
        CompletableFuture<Walwire> instance = new CompletableFuture<>();
        List<String> seen = new ArrayList<>();
        try (Connection holder = database.connect();
                Statement lock = holder.createStatement();
                Walwire walwire = Instances.durable(database)
                        .checkpoint(checkpoint)
                        .handler("copy", new TableCopy("item"))
                        .handler("starts", on -> on.table("mark").onInsert(event -> {
                            try {
                                instance.join().backfill("item").start();
                            } catch (WalwireException e) {
                                seen.add(String.valueOf(e.getMessage()));
                            }
                            seen.add(patience(checkpoint));
                            Ledger.enter(checkpoint, "starts", "goes on");
                        }))
                        .start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            holder.setAutoCommit(false);
            lock.execute("LOCK TABLE walwire_backfill IN EXCLUSIVE MODE");
            instance.complete(walwire);
            database.sql("INSERT INTO mark DEFAULT VALUES");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            holder.rollback();
            assertThat(walwire.backfills()).isEmpty();
        }
        assertThat(seen).hasSize(2).last().isEqualTo("0");
        assertThat(seen.get(0)).contains("lock");
        assertThat(Ledger.entries(database)).containsExactly("starts: goes on");
    }
}
