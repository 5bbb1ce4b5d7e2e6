package io.walwire.internal.dispatch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.handler.Callback;
import io.walwire.handler.DeadLetter;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.connection.server.ExceptionText;
import io.walwire.internal.listener.Listeners;
import io.walwire.internal.log.Logs;
import io.walwire.listener.HandlerCall.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The one place where users' code is called, under its failure policy. Safe for several threads. */
final class Attempts {
    private static final Logger LOG = Logs.of(Attempts.class);

    /** A run may have as many events as a transaction. */
    private static final int MAX_LOGGED = 100;

    private final String instance;
    private final CallContext context;
    private final Shared shared;
    private final boolean alwaysThrow;

    /** What all attempts of an instance share. */
    private record Shared(
            Interrupts interrupts, LongAdder retries, LongAdder setAside, ThreadLocal<CallReport> reports) {}

    Attempts(String instance, CallContext context) {
        this(
                instance,
                context,
                new Shared(
                        new Interrupts(context.lifecycle()),
                        new LongAdder(),
                        new LongAdder(),
                        ThreadLocal.withInitial(() -> new CallReport(context.listeners()))),
                false);
    }

    private Attempts(String instance, CallContext context, Shared shared, boolean alwaysThrow) {
        this.instance = instance;
        this.context = context;
        this.shared = shared;
        this.alwaysThrow = alwaysThrow;
    }

    /** The same, but that a call which its policy would skip or hand over throws: it is set aside already. */
    Attempts thatThrow() {
        return new Attempts(instance, context, shared, true);
    }

    Interrupts interrupts() {
        return shared.interrupts();
    }

    /**
     * Returns when the call has succeeded, or was set aside.
     *
     * @throws WalwireException if it has not, which stops the instance
     */
    void make(UserCall<?> call) throws InterruptedException {
        makeFrom(call, 1);
    }

    private void makeFrom(UserCall<?> call, int first) throws InterruptedException {
        int attempt = first;
        while (isToBeMadeAgain(call, attempt)) {
            countRetry();
            attempt++;
        }
    }

    /**
     * Begins a run whose calls may be timed together.
     *
     * @param pace how many of the route's calls are
     * @return to be closed after the run; null if listeners need each call, or there is none
     */
    @Nullable
    CallGroup group(RegisteredHandler owner, String kind, CallPace pace) {
        if (!context.listeners().areCounting()) {
            return null;
        }
        CallGroup group = shared.reports().get().group();
        if (group.isOpen()) {
            return null;
        }
        group.open(owner.name(), kind, pace);
        return group;
    }

    /** As {@link #make(UserCall)}; the first attempt is timed with others of its run. */
    void make(UserCall<?> call, CallGroup group) throws InterruptedException {
        if (context.lifecycle().isHeld()) {
            group.flush(); // the wait is no handler's time
        }
        awaitReleased(call);
        group.begin();
        Throwable failure;
        try {
            failure = failureOf(call);
        } catch (Throwable e) {
            report(call, 1, Outcome.STOPPED, group.failed(), e, null);
            throw e;
        }
        if (failure == null) {
            group.succeeded();
        } else if (isToBeMadeAgain(call, 1, failure, group.failed(), null)) {
            countRetry();
            makeFrom(call, 2);
        }
    }

    /** One attempt, and the wait for the next one if there is to be one. */
    private boolean isToBeMadeAgain(UserCall<?> call, int attempt) throws InterruptedException {
        awaitReleased(call);
        Listeners.Traced traced = started(call, attempt);
        long began = now();
        Throwable failure = failureOf(call, attempt, began, traced);
        long took = since(began); // without the time that a dead letter takes
        if (failure == null) {
            succeeded(call, attempt, took, traced);
            return false;
        }
        return isToBeMadeAgain(call, attempt, failure, took, traced);
    }

    private boolean isToBeMadeAgain(
            UserCall<?> call, int attempt, Throwable failure, long took, Listeners.@Nullable Traced traced)
            throws InterruptedException {
        FailurePolicy.Retry again = afterFailure(call, attempt, failure, took, traced);
        if (again == null) {
            return false;
        }
        await(announced(again, call, failure, attempt), call, failure);
        return true;
    }

    /**
     * Listeners hear that an attempt is about to be made, on this thread.
     *
     * @return what the methods below need when it ends; null if nobody stands around calls
     */
    Listeners.@Nullable Traced started(UserCall<?> call, int attempt) {
        CallReport report = report();
        return report == null ? null : report.started(call, attempt);
    }

    /** Listeners hear that the callback has returned, and that the call ends on another thread. On the thread that began it. */
    void returned(Listeners.@Nullable Traced traced) {
        context.listeners().returned(traced);
    }

    /** The time of {@link System#nanoTime}; 0 if there is no listener. */
    long now() {
        return context.listeners().isEmpty() ? 0 : System.nanoTime();
    }

    /** Nanoseconds since {@link #now}; 0 where nobody listens. */
    static long since(long began) {
        return began == 0 ? 0 : System.nanoTime() - began;
    }

    /**
     * Makes one attempt. Listeners hear of one that ends in an exception of this method; of any other they have yet to hear.
     *
     * @param began when, by {@link #now}
     * @return why it failed, null if it returned
     */
    @Nullable
    Throwable failureOf(UserCall<?> call, int attempt, long began, Listeners.@Nullable Traced traced)
            throws InterruptedException {
        try {
            return failureOf(call);
        } catch (Throwable e) {
            report(call, attempt, Outcome.STOPPED, since(began), e, traced);
            throw e;
        }
    }

    /** Listeners hear of an attempt that has succeeded. */
    void succeeded(UserCall<?> call, int attempt, long took, Listeners.@Nullable Traced traced) {
        report(call, attempt, Outcome.SUCCEEDED, took, null, traced);
    }

    /**
     * Does what the policy says about an attempt that has failed. Listeners hear of it however that ends.
     *
     * @return how the call is to be made again; null if it was set aside
     * @throws WalwireException if it was not, which stops the instance
     */
    FailurePolicy.@Nullable Retry afterFailure(
            UserCall<?> call, int attempt, Throwable failure, long took, Listeners.@Nullable Traced traced)
            throws InterruptedException {
        Outcome outcome = Outcome.STOPPED;
        try {
            FailurePolicy.Decision decision = call.owner().policy().after(failure, attempt);
            if (decision instanceof FailurePolicy.Retry retry) {
                outcome = Outcome.RETRIED;
                return retry;
            }
            outcome = settle(call, failure, attempt, decision);
            return null;
        } finally {
            report(call, attempt, outcome, took, failure, traced);
        }
    }

    /** A failed call is made again. */
    void countRetry() {
        shared.retries().increment();
    }

    private void report(
            UserCall<?> call,
            int attempt,
            Outcome outcome,
            long took,
            @Nullable Throwable failure,
            Listeners.@Nullable Traced traced) {
        CallReport report =
                traced == null ? report() : shared.reports().get(); // a listener that was removed ends its tracing
        if (report != null) {
            report.ended(call, attempt, outcome, took, failure, traced);
        }
    }

    /** This thread's; null where nobody listens. */
    private @Nullable CallReport report() {
        return context.listeners().isEmpty() ? null : shared.reports().get();
    }

    /** Waits until an attempt may begin. */
    void awaitReleased(UserCall<?> call) throws InterruptedException {
        if (context.lifecycle().awaitReleased()) {
            throw new WalwireException(
                    ErrorCode.CLOSED,
                    "The instance was closed while it was paused, before handler "
                            + call.owner().name() + " was called on " + call.kind() + " (" + call.what()
                            + ").");
        }
    }

    private <E> @Nullable Throwable failureOf(UserCall<E> call) throws InterruptedException {
        return failureOf(call, call.callback(), call.argument());
    }

    private <E> @Nullable Throwable failureOf(UserCall<?> call, Callback<E> callback, E argument)
            throws InterruptedException {
        CallBoundary.Mark mark = context.boundary().begin();
        try {
            callback.on(argument);
            clearInterrupt(call);
            mark.keep();
            return null;
        } catch (InterruptedException e) {
            throw e;
        } catch (Throwable e) {
            clearInterrupt(call);
            mark.undo();
            return e;
        }
    }

    private void clearInterrupt(UserCall<?> call) {
        if (Thread.currentThread().isInterrupted()) {
            shared.interrupts().clear("Handler " + call.owner().name(), call.kind() + " (" + call.what() + ")");
        }
    }

    /** How long to wait for the next attempt, which the log says too. */
    Duration announced(FailurePolicy.Retry again, UserCall<?> call, Throwable failure, int attempts) {
        Duration wait = Backoff.jittered(again.delay());
        LOG.warn(
                "Handler {} failed on {} ({}), attempt {}; the next one is in {} ms: {}",
                call.owner().name(),
                call.kind(),
                call.what(),
                attempts,
                wait.toMillis(),
                ExceptionText.of(failure));
        LOG.debug("The failure of attempt {}", attempts, ExceptionText.trace(failure));
        return wait;
    }

    private void await(Duration wait, UserCall<?> call, Throwable failure) throws InterruptedException {
        boolean closing;
        try {
            closing = context.lifecycle().pause(wait);
        } catch (InterruptedException e) {
            e.addSuppressed(failure);
            throw e;
        }
        if (closing) {
            throw closedBeforeNext(call, failure);
        }
    }

    static WalwireException closedBeforeNext(UserCall<?> call, Throwable failure) {
        return new WalwireException(
                ErrorCode.CLOSED,
                "The instance was closed before handler " + call.owner().name() + " was called again on " + call.kind()
                        + " (" + call.what() + "), which had failed: " + ExceptionText.of(failure) + ".",
                failure);
    }

    private Outcome settle(UserCall<?> call, Throwable failure, int attempts, FailurePolicy.Decision decision)
            throws InterruptedException {
        Outcome outcome;
        if (alwaysThrow) {
            throw call.owner().failedAgain(failure, call.kind(), what(call, attempts));
        } else if (decision instanceof FailurePolicy.HandOver handOver) {
            handOver(handOver, call, failure, attempts);
            outcome = Outcome.DEAD_LETTER;
        } else if (decision instanceof FailurePolicy.Skip) {
            outcome = Outcome.SKIPPED;
        } else {
            throw call.owner().failed(failure, call.kind(), what(call, attempts));
        }
        shared.setAside().increment();
        LOG.error(
                "Handler {} failed on {} ({}), which is {}: {}: {}",
                call.owner().name(),
                call.kind(),
                what(call, attempts),
                outcome == Outcome.SKIPPED ? "skipped" : "handed over as a dead letter",
                ExceptionText.of(failure),
                named(call.events()));
        LOG.debug("The failure of the last attempt", ExceptionText.trace(failure));
        return outcome;
    }

    private void handOver(FailurePolicy.HandOver handOver, UserCall<?> call, Throwable failure, int attempts)
            throws InterruptedException {
        Throwable e;
        try {
            e = failureOf(call, handOver.to(), letter(call, failure, attempts));
        } catch (InterruptedException interrupted) {
            interrupted.addSuppressed(failure);
            throw interrupted;
        }
        if (e != null) {
            WalwireException both = call.owner()
                    .failed(
                            failure,
                            call.kind(),
                            what(call, attempts) + ", and its dead letter failed too: " + ExceptionText.of(e));
            both.addSuppressed(e);
            throw both;
        }
    }

    private DeadLetter letter(UserCall<?> call, Throwable failure, int attempts) {
        return new DeadLetter(
                instance,
                call.owner().name(),
                call.declaration(),
                List.copyOf(call.events()),
                call.transaction(),
                failure,
                attempts);
    }

    private static String what(UserCall<?> call, int attempts) {
        return call.what() + (attempts == 1 ? "" : ", " + attempts + " attempts");
    }

    /** Each with its identity, and without any row's values. */
    private static String named(List<? extends Event> events) {
        String first = events.stream().limit(MAX_LOGGED).map(Event::toString).collect(Collectors.joining(", "));
        int more = events.size() - MAX_LOGGED;
        return more <= 0
                ? first
                : first + " and " + more + " more, the last of which is " + events.get(events.size() - 1);
    }

    /** How many failed calls were made again. */
    long retries() {
        return shared.retries().sum();
    }

    /** How many failed calls were skipped or handed over. */
    long setAside() {
        return shared.setAside().sum();
    }
}
