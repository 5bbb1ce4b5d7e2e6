package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.Subscription;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchIterator;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Subscribers that fail, lag or never return are nobody's trouble but their own. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@ParameterizedClass
@EnumSource(EitherSource.class)
class WatchIsolationTest {
    @Parameter
    EitherSource source = EitherSource.REPLICATION;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(database, "CREATE TABLE item (id bigint PRIMARY KEY, note text)");
    }

    private static @Nullable WalwireException failure(Subscription subscription) throws Exception {
        try {
            subscription.completion().toCompletableFuture().get(180, TimeUnit.SECONDS);
            return null;
        } catch (ExecutionException e) {
            return (WalwireException) e.getCause();
        }
    }

    @Test
    void subscriberThatThrows_endsItsSubscription_andNoOther() throws Exception {
        try (Watching watching = Watching.of(database, source.temporary(database))) {
            Recorder<String> threads = new Recorder<>();
            Subscription failing = watching.watch("item").label("bad").subscribe(event -> {
                threads.add(Thread.currentThread().getName());
                throw new IllegalStateException("no");
            });
            watching.add("good", watching.watch("item"));
            watching.sql("INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2)");
            WalwireException cause = Objects.requireNonNull(failure(failing));
            assertThat(cause.code()).isEqualTo(ErrorCode.WATCH);
            assertThat(cause).hasMessageContaining("\"bad\"").hasRootCauseMessage("no");
            assertThat(failing.isActive()).isFalse();
            watching.sql("INSERT INTO item VALUES (3)");
            assertThat(threads.all()).singleElement().asString().contains("-subscriber-");
            assertThat(watching.lines("good")).containsExactly("+1", "+2", "+3");
            assertThat(watching.walwire().watchStatus().failed()).isEqualTo(1);
            assertThat(watching.walwire().watchStatus().subscriptions()).isEqualTo(2);
        }
    }

    @Test
    void predicateThatThrows_endsItsSubscription_andNoOther() throws Exception {
        try (Watching watching = Watching.of(database, source.temporary(database))) {
            Subscription failing = watching.add("bad", watching.watch("item").where(row -> row.getInt("nix") == null));
            watching.add("good", watching.watch("item").where(row -> row.getLong("id") != null));
            watching.sql("INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2)");
            assertThat(Objects.requireNonNull(failure(failing)).getMessage()).contains("predicate", "ValueException");
            assertThat(watching.lines("bad")).isEmpty();
            assertThat(watching.lines("good")).containsExactly("+1", "+2");
        }
    }

    /** Neither the handlers, nor the confirmed position, nor other subscribers wait. */
    @Test
    void subscribersThatBlock_holdUpNobody() throws Exception {
        Gate gate = new Gate();
        Recorder<Long> handled = new Recorder<>();
        try (Walwire walwire = source.durable(database)
                .handler(on -> on.table("item").onInsert(event -> handled.add(Items.id(event))))
                .start()) {
            List<Subscription> blocking = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                blocking.add(walwire.watch("item").dropOldest(2).subscribe(event -> gate.passUninterrupted()));
            }
            Recorder<WatchEvent> good = new Recorder<>();
            walwire.watch("item").subscribe(good::add);
            database.sql("INSERT INTO item VALUES (1)");
            for (Subscription each : blocking) {
                Eventually.until(Items.LONG, () -> each.delivered() == 1);
            }
            for (int i = 2; i <= 20; i++) {
                database.sql("INSERT INTO item VALUES (" + i + ")");
            }
            handled.await(20);
            good.await(20);
            gate.awaitReached();
            Event last = Objects.requireNonNull(((WatchEvent.Changed) good.all().get(19)).event());
            source.awaitConfirmed(database, last);
            gate.open();
            for (Subscription each : blocking) {
                Eventually.until(Items.LONG, () -> each.delivered() + each.missed() == 20);
                assertThat(each.missed()).isEqualTo(17);
                assertThat(each.isActive()).isTrue();
            }
        }
    }

    @Test
    void executorThatRefuses_endsItsSubscription() throws Exception {
        try (Watching watching = Watching.of(database, source.temporary(database))) {
            Recorder<Runnable> asked = new Recorder<>();
            Executor refusing = task -> {
                asked.add(task);
                if (asked.all().size() > 1) {
                    throw new RejectedExecutionException("full");
                }
                task.run();
            };
            Subscription failing = watching.watch("item").subscribe(refusing, event -> {});
            watching.add("good", watching.watch("item"));
            watching.sql("INSERT INTO item VALUES (1)");
            assertThat(Objects.requireNonNull(failure(failing))).hasRootCauseMessage("full");
            assertThat(watching.lines("good")).containsExactly("+1");
        }
    }

    /** Whoever reads after the event sees what handlers wrote for it. */
    @Test
    void delivered_afterTheHandlersHaveReturned() throws Exception {
        Gate gate = new Gate();
        try (Walwire walwire = source.temporary(database)
                .handler(on -> on.table("item").onInserts(events -> gate.pass()))
                .start()) {
            try (WatchIterator iterator = walwire.watch("item").iterator()) {
                database.sql("INSERT INTO item VALUES (1)");
                gate.awaitReached();
                assertThat(iterator.poll(Duration.ZERO)).isNull();
                gate.open();
                assertThat(iterator.next()).isInstanceOf(WatchEvent.Changed.class);
            }
        }
    }

    @Test
    void instanceClosed_subscribersGetWhatWaited_andTheEnd() throws Exception {
        Recorder<String> ends = new Recorder<>();
        Recorder<WatchEvent> called = new Recorder<>();
        Walwire walwire = source.temporary(database).start();
        WatchIterator iterator = walwire.watch("item").iterator();
        Stream<WatchEvent> stream = walwire.watch("item").stream();
        Subscription callback = walwire.watch("item").subscribe(called::add);
        walwire.watch("item").publisher().subscribe(new Counting(ends));
        database.sql("INSERT INTO item VALUES (1)");
        called.await(1);
        walwire.close();
        assertThat(stream.map(Watching::line)).containsExactly("+1");
        assertThat(iterator.hasNext()).isTrue();
        iterator.next();
        assertThat(iterator.hasNext()).isFalse();
        assertThat(callback.completion().toCompletableFuture()).isCompletedWithValue(null);
        assertThat(ends.await(2)).containsExactly("+1", "complete");
    }

    @Test
    void instanceFailed_subscribersHearWhy() throws Exception {
        Recorder<String> ends = new Recorder<>();
        Walwire walwire = source.temporary(database)
                .failurePolicy(io.walwire.handler.FailurePolicy.stop())
                .handler(on -> on.table("item").onInserts(events -> {
                    throw new IllegalStateException("no");
                }))
                .start();
        try (walwire) {
            WatchIterator iterator = walwire.watch("item").iterator();
            walwire.watch("item").publisher().subscribe(new Counting(ends));
            database.sql("INSERT INTO item VALUES (1)");
            assertThatThrownBy(iterator::hasNext)
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.HANDLER));
            assertThat(ends.await(1)).containsExactly("error HANDLER");
        }
    }

    @Test
    void closedFromItsOwnCallback_andByTheWaiter() throws Exception {
        try (Watching watching = Watching.of(database, source.temporary(database))) {
            CompletableFuture<Subscription> self = new CompletableFuture<>();
            Recorder<WatchEvent> seen = new Recorder<>();
            self.complete(watching.watch("item").subscribe(event -> {
                seen.add(event);
                self.join().close();
            }));
            watching.sql("INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2)");
            seen.await(1);
            assertThat(failure(self.join())).isNull();
            assertThat(seen.all()).hasSize(1);

            WatchIterator iterator = watching.watch("item").iterator();
            CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(iterator::hasNext);
            iterator.close();
            assertThat(waiting.get(180, TimeUnit.SECONDS)).isFalse();
        }
    }

    /** An instance that is closed by one of its subscribers ends. */
    @Test
    void closedByASubscriber_ends() throws Exception {
        Walwire walwire = source.temporary(database).start();
        walwire.watch("item").subscribe(event -> walwire.close());
        database.sql("INSERT INTO item VALUES (1)");
        assertThat(walwire.awaitTermination(Items.LONG)).isTrue();
    }

    @Test
    void subscriberThatNeverReturns_isInterruptedWhenTheInstanceCloses() throws Exception {
        Recorder<String> interrupted = new Recorder<>();
        Walwire walwire = source.temporary(database).start();
        Gate gate = new Gate();
        walwire.watch("item").subscribe(event -> {
            try {
                gate.pass();
            } catch (InterruptedException e) {
                interrupted.add("interrupted");
            }
        });
        database.sql("INSERT INTO item VALUES (1)");
        gate.awaitReached();
        walwire.close();
        interrupted.await(1);
    }

    /** Takes one event after the other. */
    private static final class Counting implements Flow.Subscriber<WatchEvent> {
        private final Recorder<String> into;
        private Flow.@Nullable Subscription subscription;

        Counting(Recorder<String> into) {
            this.into = into;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(1);
        }

        @Override
        public void onNext(WatchEvent event) {
            into.add(Watching.line(event));
            Objects.requireNonNull(subscription).request(1);
        }

        @Override
        public void onError(Throwable cause) {
            into.add("error " + ((WalwireException) cause).code());
        }

        @Override
        public void onComplete() {
            into.add("complete");
        }
    }
}
