package io.walwire.internal.dispatch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.handler.AsyncCallback;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.connection.server.ExceptionText;
import io.walwire.internal.listener.Listeners;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One call that is done when its stage completes. Its first attempt begins on the thread that calls handlers, each further one on a
 * function thread. One attempt follows the other. The thread that completes a stage only hands over to {@link AsyncCalls}.
 */
final class AsyncCall<E extends Event> {
    private final AsyncCallback<E> callback;
    private final UserCall<E> call;
    private final Attempts attempts;
    private final AsyncCalls calls;
    private final PendingPart part;
    private final AtomicBoolean ended = new AtomicBoolean();

    /** Why the last attempt failed, while the call waits for the next one. */
    private final AtomicReference<@Nullable Throwable> waitsAfter = new AtomicReference<>();

    /** The current attempt. This field and the next ones pass from the thread of one attempt to that of the next. */
    private int attempt = 1;

    private long began;
    private Listeners.@Nullable Traced traced;
    private @Nullable CompletionStage<?> stage;

    /**
     * A call that has not begun.
     *
     * @param route what is called; its target has an asynchronous callback
     * @param kind what it is called for, for messages
     * @param event what it is called with
     * @param callers makes the call
     * @param part held while the stage has not completed
     */
    AsyncCall(Route<E> route, String kind, E event, Callers callers, PendingPart part) {
        this.callback = Objects.requireNonNull(route.target().async());
        this.call = UserCall.ofEvent(
                route.owner(), new DeclaredCallback<>(route.declaration(), this::callUser), kind, event);
        this.attempts = callers.attempts();
        this.calls = callers.async();
        this.part = part;
    }

    private void callUser(E event) throws Exception {
        stage = null;
        CompletionStage<?> begun;
        calls.setCalling(true);
        try {
            begun = callback.on(event);
        } finally {
            calls.setCalling(false);
        }
        if (begun == null) {
            throw new NullPointerException(
                    "The callback returned null; return a CompletionStage that completes when the work is done");
        }
        stage = begun;
    }

    /** Makes the first attempt, on this thread. Waits while too many stages are in flight. */
    void begin() throws InterruptedException {
        calls.awaitRoom(call);
        boolean pending = false;
        try {
            Throwable failure = attempt();
            if (failure == null && hasSucceeded(stage)) {
                attempts.succeeded(call, attempt, Attempts.since(began), traced);
                return;
            }
            attempts.returned(traced);
            part.hold();
            pending = true;
            calls.add(this);
            if (failure == null) {
                follow();
            } else {
                completed(failure);
            }
        } finally {
            if (!pending) {
                calls.makeRoom();
            }
        }
    }

    private @Nullable Throwable attempt() throws InterruptedException {
        attempts.awaitReleased(call);
        traced = attempts.started(call, attempt);
        began = attempts.now();
        return attempts.failureOf(call, attempt, began, traced);
    }

    /** What has completed when the callback returns takes no way over another thread. Subclasses may refuse to say. */
    private static boolean hasSucceeded(@Nullable CompletionStage<?> begun) {
        return begun != null
                && begun.getClass() == CompletableFuture.class
                && begun instanceof CompletableFuture<?> future
                && future.isDone()
                && !future.isCompletedExceptionally();
    }

    private void follow() {
        AtomicBoolean completed = new AtomicBoolean(); // a stage may be of any class, and call twice
        try {
            Objects.requireNonNull(stage).whenComplete((value, failure) -> {
                if (completed.compareAndSet(false, true)) {
                    completed(failure);
                }
            });
        } catch (Throwable e) {
            if (completed.compareAndSet(false, true)) {
                completed(e);
            }
        }
    }

    /** Called by the thread that completes the stage. */
    private void completed(@Nullable Throwable failure) {
        long took = Attempts.since(began);
        if (failure == null) {
            calls.onOwnThread(this, () -> succeeded(took));
        } else {
            calls.onFunctionThread(this, () -> failed(cause(failure), took));
        }
    }

    /** What the user's code threw, without what {@link CompletableFuture} wraps around it. */
    private static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private void succeeded(long took) {
        try {
            attempts.succeeded(call, attempt, took, traced);
            end(null);
        } catch (Throwable e) {
            end(e); // a call that never ends would hold up the instance's end
        }
    }

    /** Called by a function thread, because storing a dead letter takes time. */
    private void failed(Throwable failure, long took) {
        try {
            FailurePolicy.Retry again = attempts.afterFailure(call, attempt, failure, took, traced);
            if (again == null) {
                end(null);
            } else {
                Duration wait = attempts.announced(again, call, failure, attempt);
                waitsAfter.set(failure);
                calls.later(this, wait);
            }
        } catch (Throwable e) {
            end(e);
        }
    }

    /** Whether its stage is to be given up, since its part has failed and the rest takes too long. */
    boolean isOverdue(long patienceNanos) {
        return part.isOverdue(patienceNanos);
    }

    /** The wait is over. */
    void goOn() {
        if (waitsAfter.getAndSet(null) != null) {
            calls.onFunctionThread(this, this::again);
        }
    }

    /** The instance is to end: there is no next attempt. */
    void endWait() {
        Throwable failure = waitsAfter.getAndSet(null);
        if (failure != null) {
            end(Attempts.closedBeforeNext(call, failure));
        }
    }

    private void again() {
        if (ended.get()) {
            return;
        }
        attempt++;
        attempts.countRetry();
        try {
            Throwable failure = attempt();
            if (failure == null) {
                attempts.returned(traced);
                follow();
            } else {
                failed(failure, Attempts.since(began));
            }
        } catch (Throwable e) {
            end(e);
        }
    }

    /** Nobody waits for the stage any longer. */
    void giveUp() {
        end(new WalwireException(
                ErrorCode.CLOSED,
                "The instance was closed before the stage of handler "
                        + call.owner().name() + " on " + call.kind() + " (" + call.what() + ") had completed."));
    }

    /** There is no thread that could go on. */
    void cannotGoOn(Throwable why) {
        end(new WalwireException(
                ErrorCode.HANDLER,
                "No thread could be started to go on after a stage had completed: " + ExceptionText.of(why)
                        + ". Nothing of its transaction is confirmed; it comes again after a restart.",
                "Allow the process more threads (ulimit -u, pids.max of its cgroup) and more memory.",
                why));
    }

    private void end(@Nullable Throwable failure) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        boolean goesOn = false;
        try {
            goesOn = failure != null ? part.fail(failure) : released();
        } finally {
            calls.ended(this, goesOn); // last: a thread that waits for all calls then finds their parts settled
        }
    }

    private boolean released() {
        part.release();
        return true;
    }
}
