package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.event.Transaction;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What stands between the stream and the handlers decides what is confirmed. */
class InterceptorTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();
    private final Recorder<Transaction> taken = new Recorder<>();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "CREATE TABLE other (id int PRIMARY KEY)");
    }

    private WalwireBuilder recording() {
        return Instances.durable(database).handler(on -> on.table("item").onChanges(trail.runs("item")));
    }

    private void awaitConfirmed(Transaction transaction) {
        Lsn end = Objects.requireNonNull(transaction.endLsn());
        Eventually.until(LONG, () -> Instances.confirmed(database).compareTo(end) >= 0);
    }

    @Test
    void interceptor_standsAroundTheHandlers_inCommitOrder() throws Exception {
        try (Walwire walwire = recording()
                .interceptor((transaction, next) -> {
                    trail.add("before " + transaction.events().size());
                    next.proceed(transaction);
                    trail.add("after on " + Thread.currentThread().getName());
                })
                .start()) {
            database.inTransaction("INSERT INTO item VALUES (1)", "INSERT INTO other VALUES (1)");
            database.sql("INSERT INTO item VALUES (2)");
            assertThat(trail.await(6))
                    .containsExactly(
                            "before 2",
                            "item: item+1",
                            "after on walwire-walwire-handler",
                            "before 1",
                            "item: item+2",
                            "after on walwire-walwire-handler");
        }
    }

    @Test
    void interceptor_transactionsWithoutSubscribedEventsDoNotCome() throws Exception {
        try (Walwire walwire = recording()
                .subscriptions("item")
                .interceptor((transaction, next) -> taken.add(transaction))
                .start()) {
            database.sql("INSERT INTO other VALUES (1)", "INSERT INTO item VALUES (1)");
            assertThat(taken.await(1)).singleElement().satisfies(tx -> assertThat(tx.events())
                    .extracting(Trail::line)
                    .containsExactly("item+1"));
        }
    }

    @Test
    void interceptor_returningWithoutTheHandlers_confirms() throws Exception {
        try (Walwire walwire = recording()
                .interceptor((transaction, next) -> taken.add(transaction))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            awaitConfirmed(taken.await(1).get(0));
        }
        try (Walwire walwire = recording().handler(trail.marker()).start()) {
            assertThat(trail.upToMark(database)).isEmpty();
        }
    }

    @Test
    void interceptor_thatHasNotReturned_nothingIsConfirmed() throws Exception {
        CountDownLatch proceeded = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Walwire walwire = recording()
                .interceptor((transaction, next) -> {
                    next.proceed(transaction);
                    taken.add(transaction);
                    proceeded.countDown();
                    release.await();
                })
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            proceeded.await();
            Lsn commit = taken.await(1).get(0).commitLsn();
            assertThat(walwire.status().confirmed()).isLessThan(commit);
            assertThat(Instances.confirmed(database)).isLessThanOrEqualTo(commit);
            release.countDown();
            awaitConfirmed(taken.all().get(0));
        } finally {
            release.countDown();
        }
    }

    @Test
    void interceptor_thatThrows_stopsUnconfirmed_andSaysSo() throws Exception {
        try (Walwire walwire = recording()
                .interceptor((transaction, next) -> {
                    taken.add(transaction);
                    next.proceed(transaction);
                    throw new java.io.IOException("disk full");
                })
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .isInstanceOfSatisfying(WalwireException.class, failure -> assertThat(failure.code())
                            .isEqualTo(ErrorCode.HANDLER))
                    .hasMessageContainingAll("interceptor", getClass().getName(), "disk full")
                    .hasRootCauseInstanceOf(java.io.IOException.class);
            assertThat(Instances.confirmed(database))
                    .isLessThanOrEqualTo(taken.all().get(0).commitLsn());
        }
        try (Walwire walwire = recording().handler(trail.marker()).start()) {
            assertThat(trail.upToMark(database)).containsExactly("item: item+1", "item: item+1");
        }
    }

    @Test
    void interceptor_seesWhatAHandlerThrew_andMayTakeItOnItself() throws Exception {
        Recorder<Exception> thrown = new Recorder<>();
        try (Walwire walwire = Instances.durable(database)
                .handler(on -> on.table("item").onInserts(events -> {
                    throw new IllegalStateException("not today");
                }))
                .failurePolicy(FailurePolicy.stop())
                .interceptor((transaction, next) -> {
                    try {
                        next.proceed(transaction);
                    } catch (WalwireException e) {
                        thrown.add(e);
                    }
                    taken.add(transaction);
                })
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            awaitConfirmed(taken.await(1).get(0));
            assertThat(thrown.all()).singleElement().satisfies(e -> assertThat(e)
                    .hasMessageContainingAll("insert public.item", "not today"));
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void interceptor_getsALargeTransactionInParts() throws Exception {
        try (Walwire walwire = recording()
                .set("walwire.buffer", "64KiB")
                .interceptor((transaction, next) -> taken.add(transaction))
                .start()) {
            database.sql("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, 500) g");
            Eventually.until(LONG, () -> taken.all().stream().anyMatch(Transaction::isLast));
            List<Transaction> parts = taken.all();
            assertThat(parts).hasSizeGreaterThan(2);
            assertThat(parts.stream().mapToInt(part -> part.events().size()).sum())
                    .isEqualTo(500);
            awaitConfirmed(parts.get(parts.size() - 1));
        }
    }
}
