package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The handlers' work and the position in one transaction of the application's manager. */
class TransactionRunnerTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase own = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();

    @BeforeEach
    void tables() throws SQLException, IOException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, name text)");
        Ledger.create(own);
    }

    private WalwireBuilder with(JdbcCheckpoint checkpoint, EventHandler handler, FailurePolicy policy) {
        return Instances.durable(database)
                .checkpoint(checkpoint)
                .handler(handler, policy)
                .handler(trail.marker());
    }

    private static EventHandler entering(ThreadTransactions transactions) {
        return on -> on.table("item").onInsert(event -> transactions.enter("a", Trail.line(event)));
    }

    private static FailurePolicy twoRetries() {
        return FailurePolicy.retry(2, Duration.ofMillis(5), Duration.ofMillis(20));
    }

    private Map<String, ?> row() throws SQLException {
        return own.query("SELECT * FROM walwire_checkpoint WHERE name = 'shop'").get(0);
    }

    @Test
    void codeThatFindsTheConnectionByItsThread_commitsWithThePosition() throws Exception {
        ThreadTransactions transactions = new ThreadTransactions(LetterBox.source(own));
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(transactions, "shop");
        Recorder<Object> inside = new Recorder<>();
        EventHandler looking = on -> on.table("item").onInsert(event -> {
            transactions.enter("a", Trail.line(event));
            Ledger.enter(checkpoint, "b", Trail.line(event));
            inside.add(own.queryLong("SELECT count(*) FROM ledger"));
        });
        try (Walwire walwire = with(checkpoint, looking, FailurePolicy.stop()).start()) {
            database.inTransaction("INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2)");
            trail.upToMark(database);
            Eventually.until(
                    LONG, () -> Instances.confirmed(database).toString().equals(row().get("done_to")));
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(inside.all()).as("what others see meanwhile").containsExactly(0L, 0L);
        assertThat(Ledger.entries(own)).containsExactly("a: item+1", "b: item+1", "a: item+2", "b: item+2");
    }

    @Test
    void failedCall_takesBackWhatItWrote_withoutHavingAskedForTheConnection() throws Exception {
        ThreadTransactions transactions = new ThreadTransactions(LetterBox.source(own));
        Flaky once = new Flaky(trail, 1).at("item+2");
        Flaky always = new Flaky(trail, Flaky.ALWAYS).at("item+3");
        EventHandler handler = on -> on.table("item").onInsert(event -> {
            transactions.enter("a", Trail.line(event));
            once.events("once").on(event);
        });
        EventHandler skipping = on -> on.table("item").onInsert(event -> {
            transactions.enter("b", Trail.line(event));
            always.events("always").on(event);
        });
        try (Walwire walwire = with(JdbcCheckpoint.of(transactions, "shop"), handler, twoRetries())
                .handler(skipping, FailurePolicy.skip())
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2), (3)");
            trail.upToMark(database);
            assertThat(walwire.status().retries()).isEqualTo(1);
            assertThat(walwire.status().setAside()).isEqualTo(1);
        }
        assertThat(Ledger.entries(own))
                .containsExactlyInAnyOrder("a: item+1", "a: item+2", "a: item+3", "b: item+1", "b: item+2");
    }

    @Test
    void exceptionOfAHandler_passesUnchanged_whateverTheRunnerMakesOfIt() throws Exception {
        IllegalStateException ofHandler = new IllegalStateException("out of paper");
        ThreadTransactions wrapping = new ThreadTransactions(LetterBox.source(own)) {
            @Override
            public void run(Body body) throws Exception {
                try {
                    super.run(body);
                } catch (RuntimeException e) {
                    throw new UnsupportedOperationException("rolled back", e);
                }
            }
        };
        EventHandler failing = on -> on.table("item").onInsert(event -> {
            wrapping.enter("a", Trail.line(event));
            throw ofHandler;
        });
        try (Walwire walwire = with(JdbcCheckpoint.of(wrapping, "shop"), failing, FailurePolicy.stop())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .hasMessageContaining("out of paper")
                    .hasCause(ofHandler);
        }
        assertThat(Ledger.entries(own)).isEmpty();
        assertThat(row().get("commit_lsn")).isEqualTo("0/0");
    }

    @Test
    void commit_whoseOutcomeIsUnknown_isLookedUp_whateverTheRunnerThrows() throws Exception {
        for (boolean healing : new boolean[] {true, false}) {
            for (boolean committed : healing ? new boolean[] {true, false} : new boolean[] {true}) {
                own.sql("DELETE FROM ledger");
                AtomicInteger losses = new AtomicInteger();
                Exception lost = healing
                        ? new IllegalStateException("no answer", new SQLException("the answer is lost", "08006"))
                        : new IllegalStateException("a listener of the commit failed");
                ThreadTransactions losing = losing(committed, losses, lost);
                AtomicInteger calls = new AtomicInteger();
                EventHandler handler = on -> on.table("item").onDelete(event -> {
                    losses.set(calls.getAndIncrement() == 0 ? 1 : 0);
                    losing.enter("a", Trail.line(event));
                });
                try (Walwire walwire = with(JdbcCheckpoint.of(losing, "shop"), handler, FailurePolicy.stop())
                        .start()) {
                    database.sql("INSERT INTO item VALUES (1)", "DELETE FROM item");
                    trail.upToMark(database);
                    assertThat(walwire.state().isFinal()).isFalse();
                }
                assertThat(Ledger.entries(own)).containsExactly("a: item-1");
                assertThat(calls.get()).isEqualTo(committed ? 1 : 2);
            }
        }
    }

    private ThreadTransactions losing(boolean committed, AtomicInteger losses, Exception lost) {
        return new ThreadTransactions(LetterBox.source(own)) {
            @Override
            public void run(Body body) throws Exception {
                int before = losses.get();
                super.run(connection -> {
                    body.run(connection);
                    if (losses.get() > 0 && !committed) {
                        Sql.rollBack(connection);
                    }
                });
                if (before == 0 && losses.getAndSet(0) > 0) {
                    throw lost;
                }
            }
        };
    }

    @Test
    void rollbackOnlyTransaction_thatTheRunnerReports_stopsUnconfirmed() throws Exception {
        AtomicInteger marked = new AtomicInteger();
        ThreadTransactions transactions = new ThreadTransactions(LetterBox.source(own)) {
            @Override
            public void run(Body body) throws Exception {
                super.run(connection -> {
                    body.run(connection);
                    if (marked.get() > 0) {
                        throw new IllegalStateException("marked as rollback-only");
                    }
                });
            }
        };
        EventHandler marking = on -> on.table("item").onInsert(event -> {
            transactions.enter("a", Trail.line(event));
            marked.incrementAndGet();
        });
        try (Walwire walwire = with(JdbcCheckpoint.of(transactions, "shop"), marking, FailurePolicy.skip())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .hasMessageContainingAll("The checkpoint \"shop\"", "marked as rollback-only", "[CHECKPOINT");
        }
        assertThat(Ledger.entries(own)).isEmpty();
    }

    /** As a persistence context, which writes when it is flushed. */
    private static final class WritingLater extends ThreadTransactions {
        private final List<String> pending = new ArrayList<>();

        WritingLater(DataSource source) {
            super(source);
        }

        void persist(String entry) {
            pending.add(entry);
        }

        @Override
        public void flush() {
            List<String> now = List.copyOf(pending);
            pending.clear();
            for (String entry : now) {
                Sql.unchecked(() -> enter("a", entry));
            }
        }

        @Override
        public void discard() {
            pending.clear();
        }
    }

    @Test
    void writesThatAreHeldInMemory_belongToTheirCall() throws Exception {
        own.sql("ALTER TABLE ledger ADD CHECK (entry <> 'item+2')");
        WritingLater context = new WritingLater(LetterBox.source(own));
        EventHandler first = on -> on.table("item").onInsert(event -> context.persist(Trail.line(event)));
        EventHandler second = on -> on.table("item").onInsert(event -> {
            context.persist("half of " + Trail.line(event));
            throw new IllegalStateException("after having persisted");
        });
        try (Walwire walwire = with(JdbcCheckpoint.of(context, "shop"), first, FailurePolicy.skip())
                .handler(second, FailurePolicy.skip())
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2), (3)");
            trail.upToMark(database);
            assertThat(walwire.status().setAside()).isEqualTo(4);
        }
        assertThat(Ledger.entries(own)).containsExactly("a: item+1", "a: item+3");
    }

    /** The interceptor writes before the first call, which fails. */
    @Test
    void writesOfAnInterceptor_areNotTakenBackWithACall() throws Exception {
        WritingLater context = new WritingLater(LetterBox.source(own));
        EventHandler failing = on -> on.table("item").onInsert(event -> {
            throw new IllegalStateException("out of paper");
        });
        try (Walwire walwire = with(JdbcCheckpoint.of(context, "shop"), failing, FailurePolicy.skip())
                .interceptor((tx, next) -> {
                    if (tx.events().get(0).toString().contains("item")) {
                        context.persist("intercepted");
                    }
                    next.proceed(tx);
                })
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            trail.upToMark(database);
            assertThat(walwire.status().setAside()).isEqualTo(1);
        }
        assertThat(Ledger.entries(own)).containsExactly("a: intercepted");
    }

    @Test
    void defaultsOfTheDatabase_thatWouldHarm_areLeftOutsideOfTheTransaction() throws Exception {
        own.sql(
                "ALTER DATABASE \"" + own.name() + "\" SET synchronous_commit = off",
                "ALTER DATABASE \"" + own.name() + "\" SET default_transaction_read_only = on",
                "ALTER DATABASE \"" + own.name() + "\" SET default_transaction_isolation = 'serializable'");
        ThreadTransactions transactions = new ThreadTransactions(LetterBox.source(own));
        Recorder<String> inside = new Recorder<>();
        EventHandler handler = on -> on.table("item").onInsert(event -> {
            transactions.enter("a", Trail.line(event));
            try (ResultSet row = transactions.current().createStatement().executeQuery("SHOW synchronous_commit")) {
                row.next();
                inside.add(row.getString(1));
            }
        });
        try (Walwire walwire = with(JdbcCheckpoint.of(transactions, "shop"), handler, FailurePolicy.stop())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            trail.upToMark(database);
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(inside.all()).containsExactly("on");
        assertThat(Ledger.entries(own)).containsExactly("a: item+1");
    }

    @Test
    void process_withinATransactionOfTheCaller_commitsOnItsOwn() throws Exception {
        ThreadTransactions transactions = new ThreadTransactions(LetterBox.source(own));
        Recorder<byte[]> stored = new Recorder<>();
        try (Walwire walwire = with(
                        JdbcCheckpoint.of(transactions, "shop"), entering(transactions), FailurePolicy.stop())
                .interceptor((tx, next) -> {
                    stored.add(tx.toBytes());
                    next.proceed(tx);
                })
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            byte[] first = stored.await(1).get(0);
            trail.upToMark(database);
            assertThatThrownBy(() -> transactions.inTransaction(connection -> {
                        Sql.unchecked(() -> transactions.enter("caller", "rolled back"));
                        Sql.unchecked(() -> walwire.process(Walwire.restore(first)));
                        throw new IllegalStateException("the caller fails");
                    }))
                    .hasMessage("the caller fails");
        }
        assertThat(Ledger.entries(own)).containsExactly("a: item+1", "a: item+1");
    }
}
