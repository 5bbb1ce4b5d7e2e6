package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Filter;
import io.walwire.lifecycle.State;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.Subscription;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** User code that returns with its thread's interrupt flag set, as a library does that caught an InterruptedException. */
class InterruptFlagTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final CompletableFuture<Walwire> self = new CompletableFuture<>();

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
    }

    private record Form(String name, UnaryOperator<WalwireBuilder> of) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static void interrupt() {
        Thread.currentThread().interrupt();
    }

    private static Form handler(String name, EventHandler handler) {
        return new Form(name, builder -> builder.handler(handler));
    }

    private static void failOnce(Set<Object> failed, Event event) {
        interrupt();
        if (failed.add(event.id())) {
            throw new IllegalStateException("interrupted");
        }
    }

    static Stream<Form> forms() {
        Filter filter = event -> {
            interrupt();
            return true;
        };
        Set<Object> failed = ConcurrentHashMap.newKeySet();
        EventHandler single = on -> on.table("item").onInsert(event -> interrupt());
        return Stream.of(
                handler("event", single),
                handler("run", on -> on.table("item").onInserts(events -> interrupt())),
                handler("any", on -> on.table("item").onChanges(events -> interrupt())),
                handler("batch", on -> on.table("item").batch(2, Duration.ofMillis(50), events -> interrupt())),
                handler("transaction", on -> on.onTransaction(transaction -> interrupt())),
                handler("function", on -> on.table("item").parallel(event -> interrupt())),
                handler("filter", on -> on.table("item").filter(filter).onInsert(event -> {})),
                handler("failure", on -> on.table("item").onInsert(event -> failOnce(failed, event))),
                new Form("lanes", builder -> builder.concurrency(4).handler(single)),
                new Form(
                        "dead letter",
                        builder -> builder.handler(
                                InterruptFlagTest.class.getName(),
                                on -> on.table("item").onInsert(event -> {
                                    throw new IllegalStateException("no");
                                }),
                                FailurePolicy.deadLetter(letter -> interrupt()))),
                new Form(
                        "interceptor",
                        builder -> builder.interceptor((transaction, next) -> {
                            next.proceed(transaction);
                            interrupt();
                        })));
    }

    @ParameterizedTest
    @MethodSource("forms")
    void flagLeftSet_isClearedAndLogged_everyHandlerIsCalled(Form form) throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (LogLines log = new LogLines();
                Walwire walwire = form.of()
                        .apply(Items.reader(database))
                        .handler(Items.ids(ids))
                        .start()) {
            Items.insert(database, 1, 2, 3);
            assertThat(ids.await(3)).containsExactlyInAnyOrder(1L, 2L, 3L);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
            assertThat(log.with("WARN", "interrupt flag"))
                    .isNotEmpty()
                    .allMatch(line -> line.contains(getClass().getName()));
        }
    }

    @Test
    void watch_subscriberAndPredicate_hearOfTheNextEvents() throws Exception {
        Recorder<Long> delivered = new Recorder<>();
        Recorder<Boolean> flags = new Recorder<>();
        try (Walwire walwire = Items.reader(database).start()) {
            Subscription subscription = walwire.watch("item")
                    .where(row -> {
                        interrupt();
                        return true;
                    })
                    .subscribe(event -> {
                        flags.add(Thread.currentThread().isInterrupted());
                        delivered.add(1L);
                        interrupt();
                    });
            Items.insert(database, 1, 2, 3);
            delivered.await(3);
            assertThat(flags.all()).containsOnly(false);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
            subscription.close();
        }
    }

    /** On a thread of the caller the flag may be for the caller, who finds it set. */
    @Test
    void process_flagLeftSet_everyHandlerIsCalled_callerHasTheFlag() throws Exception {
        Recorder<RowEvent<Row>> first = new Recorder<>();
        Recorder<Long> second = new Recorder<>();
        CompletableFuture<Boolean> flag = new CompletableFuture<>();
        try (Walwire walwire = Items.reader(database)
                .handler(on -> on.table("item").onInsert(event -> {
                    first.add(event);
                    interrupt();
                }))
                .handler(Items.ids(second))
                .interceptor((transaction, next) -> {
                    Thread caller = new Thread(() -> {
                        try {
                            self.get(180, TimeUnit.SECONDS).process(transaction);
                            flag.complete(Thread.currentThread().isInterrupted());
                        } catch (Exception e) {
                            flag.completeExceptionally(e);
                        }
                    });
                    caller.start();
                })
                .start()) {
            self.complete(walwire);
            Items.insert(database, 1);
            assertThat(flag.get(180, TimeUnit.SECONDS)).isTrue();
            assertThat(second.all()).isEqualTo(List.of(1L));
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
    }
}
