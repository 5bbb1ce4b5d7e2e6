package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.JdbcCheckpoint;
import io.walwire.Walwire;
import io.walwire.event.ChangeEvent;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.lifecycle.Status;
import io.walwire.listener.HandlerCall;
import io.walwire.listener.WalwireListener;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** {@link OnChange} methods whose work is done when the stage that they return completes. */
class AsyncMethodsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        database.sql("CREATE TABLE users (id bigint PRIMARY KEY)", "CREATE PUBLICATION events FOR ALL TABLES");
    }

    private ConfigurableApplicationContext run(List<String> more, Class<?>... sources) {
        return Application.run(
                Application.onUrl(
                        database,
                        Stream.concat(Stream.of("walwire.publication=events"), more.stream())
                                .toArray(String[]::new)),
                sources);
    }

    record User(long id) {}

    static class Sending {
        final Recorder<Long> begun = new Recorder<>();
        final Map<Long, CompletableFuture<Void>> sent = new ConcurrentHashMap<>();

        @OnChange(table = "users", kinds = Kind.INSERT)
        CompletionStage<Void> send(User user) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            sent.put(user.id(), done);
            begun.add(user.id());
            return done;
        }

        void complete(long id) {
            Objects.requireNonNull(sent.get(id), "stage").complete(null);
        }
    }

    static class Ended implements WalwireListener {
        final Recorder<HandlerCall.Outcome> calls = new Recorder<>();

        @Override
        public void onCall(HandlerCall call) {
            calls.add(call.outcome());
        }
    }

    @Test
    void change_isConfirmedWhenItsStageHasCompleted() throws Exception {
        String slot = database.unique("slot");
        try (ConfigurableApplicationContext context =
                run(List.of("walwire.slot.name=" + slot), Sending.class, Ended.class)) {
            Walwire walwire = Application.walwire(context);
            Sending sending = context.getBean(Sending.class);
            database.sql("INSERT INTO users VALUES (1)", "INSERT INTO users VALUES (2)");
            assertThat(sending.begun.await(2)).containsExactly(1L, 2L);
            sending.complete(2);
            // the second call has ended, and the first still holds both transactions
            assertThat(context.getBean(Ended.class).calls.await(1)).containsExactly(HandlerCall.Outcome.SUCCEEDED);
            assertThat(walwire.status().transactions()).isZero();
            sending.complete(1);
            assertThat(walwire.awaitCurrent(Application.LONG)).isTrue();
            assertThat(walwire.status()).extracting(Status::transactions).isEqualTo(2L);
        }
    }

    static class OfAllKinds {
        final Recorder<String> seen = new Recorder<>();
        private boolean failed;

        @OnChange(
                table = "users",
                kinds = {Kind.TRUNCATE, Kind.UPDATE, Kind.DELETE, Kind.INSERT})
        CompletableFuture<String> any(ChangeEvent<User> event) {
            seen.add(event.kind().name());
            return CompletableFuture.completedFuture("");
        }

        @OnChange(table = "users", kinds = Kind.INSERT)
        synchronized @Nullable CompletionStage<Void> nothing(RowEvent<Row> event) {
            if (failed) {
                seen.add("again");
                return CompletableFuture.completedFuture(null);
            }
            failed = true;
            return null;
        }
    }

    @Test
    void stages_ofAllKinds_andAStageThatIsMissing_isAFailure() throws Exception {
        try (ConfigurableApplicationContext context = run(List.of(), OfAllKinds.class)) {
            database.sql(
                    "INSERT INTO users VALUES (1)", "UPDATE users SET id = 2", "DELETE FROM users", "TRUNCATE users");
            assertThat(Application.walwire(context).awaitCurrent(Application.LONG))
                    .isTrue();
            assertThat(context.getBean(OfAllKinds.class).seen.all())
                    .containsExactlyInAnyOrder("INSERT", "again", "UPDATE", "DELETE", "TRUNCATE");
            assertThat(Application.walwire(context).status().retries()).isEqualTo(1);
        }
    }

    @EnableAsync(proxyTargetClass = true)
    static class Elsewhere {
        final Recorder<String> threads = new Recorder<>();

        @OnChange("users")
        @Async
        CompletableFuture<Void> work(User user) {
            recorder().add(Thread.currentThread().getName());
            return CompletableFuture.completedFuture(null);
        }

        Recorder<String> recorder() {
            return threads;
        }
    }

    @Test
    void asyncMethodThatReturnsAFuture_isConfirmedWhenItIsDone() throws Exception {
        try (ConfigurableApplicationContext context = run(List.of(), Elsewhere.class)) {
            database.sql("INSERT INTO users VALUES (1)");
            assertThat(Application.walwire(context).awaitCurrent(Application.LONG))
                    .isTrue();
            assertThat(context.getBean(Elsewhere.class).recorder().await(1))
                    .singleElement()
                    .asString()
                    .startsWith("task-");
        }
    }

    static class BadStages {
        @OnChange("users")
        CompletionStage<Void> lists(List<User> users) {
            return CompletableFuture.completedFuture(null);
        }

        @OnChange("users")
        @Transactional
        CompletionStage<Void> ends(User user) {
            return CompletableFuture.completedFuture(null);
        }

        @OnChange("users")
        @Async
        CompletionStage<Void> elsewhere(User user) {
            return CompletableFuture.completedFuture(null);
        }

        @OnChange("users")
        Future<String> future(User user) {
            return CompletableFuture.completedFuture("");
        }
    }

    @Test
    void stagesThatCannotBeAwaited_areAllNamed() {
        Throwable thrown =
                Assertions.catchThrowable(() -> run(List.of(), BadStages.class).close());
        assertThat(thrown)
                .rootCause()
                .hasMessageContaining("lists: it takes a list, so it must return void")
                .hasMessageContaining("ends: it must not be @Transactional")
                .hasMessageContaining("elsewhere: it is @Async, so it must return a CompletableFuture")
                .hasMessageContaining("future: it must return void");
    }

    @Transactional
    static class GoodStages {
        @OnChange("users")
        @Transactional(propagation = Propagation.NOT_SUPPORTED)
        public CompletionStage<Void> without(User user) {
            return CompletableFuture.completedFuture(null);
        }

        @OnChange("users")
        @Async
        public CompletableFuture<Void> within(User user) {
            return CompletableFuture.completedFuture(null);
        }
    }

    @Test
    void transactionThatDoesNotEndEarly_isAllowed() {
        run(List.of(), GoodStages.class).close();
    }

    static class Checkpointed {
        @Bean
        JdbcCheckpoint checkpoint() {
            return JdbcCheckpoint.of(new PGSimpleDataSource(), "users");
        }
    }

    @Test
    void checkpoint_cannotWaitForAStage() {
        Throwable thrown = Assertions.catchThrowable(
                () -> run(List.of(), Sending.class, Checkpointed.class).close());
        assertThat(thrown)
                .rootCause()
                .hasMessageContaining(
                        "Sending.send: it returns a CompletionStage, but the instance has a JdbcCheckpoint")
                .hasMessageContaining("return void");
    }
}
