package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.EventId;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Handlers;
import io.walwire.lifecycle.State;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** User code that throws, where the policy is to stop. */
class HandlerFailureTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private String slot = "";

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
        slot = database.unique("failing");
    }

    /** Works off what it can, and throws at one id. */
    private static final class Failing implements EventHandler {
        private final Recorder<EventId> seen = new Recorder<>();
        private final long at;

        Failing(long at) {
            this.at = at;
        }

        @Override
        public void define(Handlers on) {
            on.table("item").onInsert(event -> {
                seen.add(event.id());
                if (Items.id(event) == at) {
                    throw new IllegalStateException("the mail server is away");
                }
            });
        }
    }

    private WalwireBuilder stopping() {
        return Items.reader(database).failurePolicy(FailurePolicy.stop());
    }

    private static WalwireException failure(Walwire walwire) {
        Throwable[] caught = new Throwable[1];
        assertThatThrownBy(() -> walwire.completion().toCompletableFuture().get(180, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(WalwireException.class)
                .satisfies(failure -> caught[0] = failure);
        return (WalwireException) caught[0];
    }

    @Test
    void handlerThatThrows_failsTheInstance_nothingConfirmed_sameIdAgain() throws Exception {
        Failing failing = new Failing(2);
        EventId failed;
        try (Walwire walwire = stopping().slotName(slot).handler(failing).start()) {
            Items.insert(database, 1, 2, 3);
            WalwireException failure = failure(walwire);
            assertThat(failure.code()).isEqualTo(ErrorCode.HANDLER);
            assertThat(failure)
                    .hasMessageContainingAll(Failing.class.getName(), "public.item", "the mail server is away")
                    .hasRootCauseInstanceOf(IllegalStateException.class);
            assertThat(walwire.state()).isEqualTo(State.FAILED);
            failed = failing.seen.all().get(1);
        }
        assertThat(Items.confirmed(database, slot)).isLessThan(failed.position());
        Failing again = new Failing(0);
        try (Walwire walwire =
                Items.reader(database).slotName(slot).handler(again).start()) {
            assertThat(again.seen.await(2).get(0)).isEqualTo(failed);
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
        assertThat(failing.seen.all()).hasSize(2);
        assertThat(again.seen.all()).hasSize(2);
    }

    /** The stream is quiet when the handler throws, so that the reader would confirm all it has if it could. */
    @Test
    void handlerThatThrows_inAQuietStream_nothingConfirmed_everyTime() throws Exception {
        for (int i = 1; i <= 20; i++) {
            Failing failing = new Failing(1);
            // what was sent before comes again at once: start() itself would throw the failure, now and then
            CountDownLatch started = new CountDownLatch(1);
            try (Walwire walwire = stopping()
                    .slotName(slot)
                    .handler(failing)
                    .interceptor((transaction, next) -> {
                        started.await();
                        next.proceed(transaction);
                    })
                    .start()) {
                started.countDown();
                if (i == 1) {
                    Items.insert(database, 1);
                }
                assertThat(failure(walwire).code()).isEqualTo(ErrorCode.HANDLER);
            }
            assertThat(Items.confirmed(database, slot))
                    .as("round %d", i)
                    .isLessThan(failing.seen.all().get(0).position());
        }
    }

    @Test
    void functionThatThrows_failsTheInstance_nothingConfirmed() throws Exception {
        Recorder<EventId> seen = new Recorder<>();
        try (Walwire walwire = stopping()
                .slotName(slot)
                .handler(on -> on.table("item").parallel(event -> {
                    seen.add(event.id());
                    throw new IllegalStateException("no");
                }))
                .start()) {
            Items.insert(database, 1);
            assertThat(failure(walwire).code()).isEqualTo(ErrorCode.HANDLER);
        }
        assertThat(Items.confirmed(database, slot)).isLessThan(seen.all().get(0).position());
    }

    @Test
    void interceptorThatThrows_failsTheInstance_namesIt() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .handler(Items.ids(ids))
                .interceptor((transaction, next) -> {
                    throw new java.io.IOException("disk full");
                })
                .start()) {
            Items.insert(database, 1);
            WalwireException failure = failure(walwire);
            assertThat(failure.code()).isEqualTo(ErrorCode.HANDLER);
            assertThat(failure).hasMessageContainingAll("interceptor", "HandlerFailureTest", "disk full");
        }
        try (Walwire walwire =
                Items.reader(database).slotName(slot).handler(Items.ids(ids)).start()) {
            assertThat(ids.await(1)).containsExactly(1L);
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
    }

    /** Nobody has closed it: an InterruptedException of the handler's own doing is a failure like any other. */
    @Test
    void handlerThatThrowsInterruptedException_failsTheInstance() throws Exception {
        Recorder<EventId> seen = new Recorder<>();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .handler(on -> on.table("item").onInsert(event -> {
                    seen.add(event.id());
                    throw new InterruptedException("a pool of the user's was shut down");
                }))
                .start()) {
            Items.insert(database, 1);
            assertThat(failure(walwire).code()).isEqualTo(ErrorCode.HANDLER);
        }
        assertThat(Items.confirmed(database, slot)).isLessThan(seen.all().get(0).position());
    }
}
