package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.JdbcCheckpoint;
import io.walwire.Walwire;
import io.walwire.event.Row;
import io.walwire.handler.EventHandler;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/** Several instances in one application. */
class InstancesTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        database.sql(
                "CREATE TABLE users (id bigint PRIMARY KEY)",
                "CREATE TABLE orders (id bigint PRIMARY KEY)",
                "CREATE PUBLICATION events FOR ALL TABLES");
    }

    private ConfigurableApplicationContext run(Class<?>... sources) {
        return Application.run(
                Application.onUrl(
                        database,
                        "walwire.publication=events",
                        "walwire.instances.people.subscriptions=users",
                        "walwire.instances.trade.subscriptions=orders"),
                sources);
    }

    static class Seen {
        final Recorder<String> all = new Recorder<>();
    }

    @WalwireInstance("people")
    record People(Seen seen) {
        @OnChange("users")
        void onUser(Row row) {
            seen.all.add(Thread.currentThread().getName() + " user " + row.getLong("id"));
        }
    }

    static class Trade {
        @Bean
        @WalwireInstance("trade")
        EventHandler orders(Seen seen) {
            return on -> on.table("orders")
                    .onInsert(event -> seen.all.add(Thread.currentThread().getName() + " order "
                            + event.row().getLong("id")));
        }
    }

    record Watching(
            @WalwireInstance("people") ObjectProvider<Walwire> people,
            @WalwireInstance("trade") ObjectProvider<Walwire> trade) {}

    @Test
    void handlersAndWatches_chooseTheirInstance() throws Exception {
        try (ConfigurableApplicationContext context = run(Seen.class, People.class, Trade.class, Watching.class)) {
            Watching watching = context.getBean(Watching.class);
            Walwire people = watching.people().getObject();
            Walwire trade = watching.trade().getObject();
            database.sql("INSERT INTO users VALUES (1)", "INSERT INTO orders VALUES (2)");
            Application.awaitCurrent(people);
            Application.awaitCurrent(trade);
            assertThat(people.details().name()).isEqualTo("people");
            assertThat(trade.details().subscriptions()).containsExactly("public.orders");
            assertThat(context.getBean(Seen.class).all.all())
                    .containsExactlyInAnyOrder("walwire-people-handler user 1", "walwire-trade-handler order 2");
            assertThat(context.getBean(Instances.class).description().keySet())
                    .isEqualTo(Map.of("people", 1, "trade", 1).keySet());
        }
    }

    static class Undecided {
        @OnChange("users")
        void onUser(Row row) {}
    }

    @Test
    void handlerWithoutAnInstance_isRefused() {
        Throwable thrown = Assertions.catchThrowable(() -> run(Undecided.class).close());
        assertThat(thrown).rootCause().hasMessageContaining("choose one with @WalwireInstance: people, trade");
    }

    static class Shared {
        @Bean
        JdbcCheckpoint checkpoint() {
            return JdbcCheckpoint.of(new PGSimpleDataSource(), "shared");
        }
    }

    /** Two instances with one position would skip each other's changes. */
    @Test
    void checkpointWithoutAnInstance_isRefused() {
        Throwable thrown = Assertions.catchThrowable(() -> run(Shared.class).close());
        assertThat(thrown)
                .rootCause()
                .hasMessageContaining("Bean checkpoint is a JdbcCheckpoint")
                .hasMessageContaining("choose one with @WalwireInstance: people, trade");
    }

    static class FailsLate {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch end = new CountDownLatch(1);

        @OnChange("users")
        void onUser(Row row) throws InterruptedException {
            begun.countDown();
            end.await();
            throw new IllegalStateException("too late");
        }
    }

    /** The log has the failure already: a stop that throws would print it again, as a trace of the thread that stops. */
    @Test
    void instanceThatFailsWhileItIsDrained_isStopped() throws Exception {
        try (ConfigurableApplicationContext context = Application.run(
                Application.onUrl(database, "walwire.publication=events", "walwire.failure=stop"), FailsLate.class)) {
            FailsLate handler = context.getBean(FailsLate.class);
            database.sql("INSERT INTO users VALUES (1)");
            assertThat(handler.begun.await(180, TimeUnit.SECONDS)).isTrue();
            WalwireLifecycle lifecycle = context.getBean(WalwireLifecycle.class);
            Walwire walwire = Application.walwire(context);
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread stopping = new Thread(lifecycle::stop, "stopping");
            stopping.setUncaughtExceptionHandler((thread, e) -> thrown.set(e));
            stopping.start();
            Eventually.until(Application.LONG, () -> stopping.getState() == Thread.State.TIMED_WAITING);
            handler.end.countDown();
            stopping.join();
            assertThat(thrown).hasNullValue();
            assertThat(walwire.state()).isEqualTo(State.FAILED);
            assertThat(lifecycle.isRunning()).isFalse();
        }
    }
}
