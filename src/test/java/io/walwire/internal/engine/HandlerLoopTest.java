package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.event.Gap;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.dispatch.CallBoundary;
import io.walwire.internal.dispatch.CallContext;
import io.walwire.internal.dispatch.Declarations;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.listener.Listeners;
import io.walwire.internal.transaction.LostContinuity;
import io.walwire.internal.watch.Watches;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The end of the handler thread when a piece of work is not done. */
class HandlerLoopTest {
    private final WorkQueue queue = new WorkQueue(1024);
    private final Lifecycle lifecycle = new Lifecycle("test", Listeners.none());
    private final Dispatcher dispatcher = new Dispatcher(
            "test",
            new ThreadGroup("test"),
            new Dispatcher.Limits(1, 256, Duration.ofSeconds(30)),
            new CallContext(lifecycle, CallBoundary.NONE, Listeners.none()));

    private final Watches watches = new Watches("test", new ThreadGroup("test"), new NoTables());

    @AfterEach
    void endThreads() {
        dispatcher.close();
        watches.end(null);
    }

    /** One piece of work, which is not done. */
    private void handleOne(Admission admission) throws InterruptedException {
        queue.offer(new Work.Single(new LostContinuity("0", "db", new Gap(null, null, "test"))), 0);
        HandlerStages stages = new HandlerStages(
                admission,
                WorkBoundary.NONE,
                (transaction, next) -> next.proceed(transaction),
                dispatcher,
                watches,
                new Handled(new Positions(), lsn -> {}, Listeners.none()));
        new HandlerLoop(queue, lifecycle, stages).run();
        assertThat(queue.isFinished())
                .as("work that is not done counts as handled")
                .isFalse();
        assertThat(queue.awaitFinished(0)).as("closing waits for no more").isTrue();
    }

    private void runWith(Exception thrown) throws InterruptedException {
        dispatcher.add(Declarations.of(
                on -> on.onGap(gap -> {
                    // what the reader thread could get from now on, at any moment
                    assertThat(queue.isFinished()).isFalse();
                    throw thrown;
                }),
                FailurePolicy.stop()));
        handleOne((work, beforeWait) -> true);
        assertThat(lifecycle.isStopping()).isTrue();
        assertThat(Objects.requireNonNull(lifecycle.failure()).code()).isEqualTo(ErrorCode.HANDLER);
    }

    @Test
    void run_workIsNotAdmitted_noHandlerIsCalled_andItIsNotHandled() throws InterruptedException {
        dispatcher.add(Declarations.of(
                on -> on.onGap(gap -> {
                    throw new AssertionError("called");
                }),
                FailurePolicy.stop()));
        handleOne((work, beforeWait) -> false);
        assertThat(lifecycle.failure()).isNull();
    }

    @Test
    void run_whatIsNoUsersCodeThrows_noInterceptorIsBlamed() throws InterruptedException {
        handleOne((work, beforeWait) -> {
            throw new IllegalStateException("no");
        });
        assertThat(lifecycle.failure())
                .hasMessageContainingAll("The handling of changes failed", "no", "Please report this")
                .hasMessageNotContaining("interceptor");
    }

    @Test
    void run_handlerThrows_failsBeforeTheWorkIsFinished() throws InterruptedException {
        runWith(new IllegalStateException("no"));
    }

    @Test
    void run_handlerThrowsInterruptedException_fails() throws InterruptedException {
        runWith(new InterruptedException("nobody closes"));
    }
}
