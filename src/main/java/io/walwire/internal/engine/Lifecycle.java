package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.internal.concurrent.TimedWait;
import io.walwire.internal.dispatch.LifecycleView;
import io.walwire.internal.listener.Listeners;
import io.walwire.internal.log.Logs;
import io.walwire.internal.source.SourceLifecycle;
import io.walwire.internal.text.Printable;
import io.walwire.lifecycle.State;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The state of an instance, the threads that wait for it, and how it ended. Written under its own lock, read without. */
final class Lifecycle implements LifecycleView, SourceLifecycle {
    private static final Logger LOG = Logs.of(Lifecycle.class);

    private final String instance;
    private final Listeners listeners;
    private final CompletableFuture<Void> completion = new CompletableFuture<>();
    private volatile State state = State.STARTING;
    private volatile boolean started;
    private volatile boolean stopping;
    private volatile boolean draining;
    private volatile boolean held;
    private volatile boolean givenUp;
    private volatile long since = System.nanoTime();
    private volatile @Nullable WalwireException failure;
    private volatile @Nullable WalwireException foreseen;
    private volatile @Nullable String lastError;

    Lifecycle(String instance, Listeners listeners) {
        this.instance = instance;
        this.listeners = listeners;
    }

    State state() {
        return state;
    }

    /** Moves on, unless the instance has ended. */
    void enter(State next) {
        synchronized (this) {
            if (state.isFinal() || state == next) {
                return;
            }
            LOG.debug("{}: {} -> {}", instance, state, next);
            listeners.changed(state, next);
            state = next;
            since = System.nanoTime();
            started |= next == State.STREAMING || next == State.STANDBY;
            notifyAll();
        }
        listeners.report();
    }

    /** Whether the instance has ever streamed or stood by. */
    boolean hasStarted() {
        return started;
    }

    /** Waits until the instance has started, or ended. */
    void awaitStarted() throws InterruptedException {
        await(() -> started || state.isFinal(), Long.MAX_VALUE);
    }

    /** The time since the last change of the state. */
    Duration inState() {
        return Duration.ofNanos(System.nanoTime() - since);
    }

    /** From now on no call of user code begins, until {@link #release}. */
    synchronized void hold() {
        held = true;
    }

    synchronized void release() {
        held = false;
        notifyAll();
    }

    @Override
    public boolean isHeld() {
        return held;
    }

    /** Waits while calls are held back; true if the instance is to end instead. */
    @Override
    public boolean awaitReleased() throws InterruptedException {
        return awaitReleased(() -> {});
    }

    /** As {@link #awaitReleased()}, and does something first if it has to wait. */
    boolean awaitReleased(ThrowingRunnable<InterruptedException> beforeWait) throws InterruptedException {
        if (held) {
            beforeWait.run();
            await(() -> stopping || !held, Long.MAX_VALUE);
            return held;
        }
        return false;
    }

    /** Asks the instance to take nothing more from the server, and to end when everything it has is handled. */
    void drain() {
        draining = true;
    }

    boolean isDraining() {
        return draining;
    }

    @Override
    public boolean wantsMore() {
        return !stopping && !draining;
    }

    @Override
    public boolean isStopping() {
        return stopping;
    }

    /**
     * Asks the instance to end.
     *
     * @return false if somebody asked before
     */
    synchronized boolean stop() {
        boolean first = !stopping;
        if (first && failure == null) {
            failure = foreseen;
        }
        stopping = true;
        notifyAll();
        return first;
    }

    /**
     * Asks the instance to end because of an error; the first one counts.
     *
     * @return false if the instance was ending already
     */
    synchronized boolean fail(WalwireException e) {
        boolean counts = failure == null && !stopping;
        if (failure == null && (counts || e.code() != ErrorCode.CLOSED)) {
            lastError = e.getMessage();
        }
        if (counts) {
            failure = e;
            WalwireException before = foreseen;
            if (before != null && before != e && e.getCause() != before.getCause()) {
                e.addSuppressed(before);
            }
        }
        stop();
        return counts;
    }

    /** The instance will fail of this once what it has received is handled, unless something else ends it as failed before. */
    synchronized void foresee(WalwireException e) {
        if (!stopping) {
            foreseen = e;
            lastError = e.getMessage();
        }
    }

    /** What the instance will fail of; null if nothing is known. */
    @Nullable
    WalwireException foreseen() {
        return foreseen;
    }

    /** From now on nobody waits for user code that still runs. */
    void giveUp() {
        listeners.giveUp();
        givenUp = true;
    }

    @Override
    public boolean isGivenUp() {
        return givenUp;
    }

    /**
     * The instance has ended: nothing of it runs any more, or what runs was given up.
     *
     * @param beforeKnown is given the failure of an instance that had started, once, before those who wait for the end go on
     */
    void end(Consumer<WalwireException> beforeKnown) {
        synchronized (this) {
            if (state.isFinal()) {
                return;
            }
            State last = failure == null ? State.STOPPED : State.FAILED;
            listeners.changed(state, last);
            state = last;
            stop();
        }
        try {
            complete(beforeKnown);
        } finally {
            listeners.report(); // last, because threads that wait for the end must not wait for a listener
        }
    }

    private void complete(Consumer<WalwireException> beforeKnown) {
        WalwireException how = failure;
        if (how == null) {
            completion.complete(null);
            return;
        }
        try {
            if (started) {
                beforeKnown.accept(how);
            }
        } finally {
            completion.completeExceptionally(how);
        }
    }

    @Override
    public void standBy(String why) {
        note(why);
        enter(State.STANDBY);
    }

    @Override
    public void note(String error) {
        lastError = Printable.of(error);
    }

    @Override
    public void noteCause(String cause) {
        String error = lastError;
        note(error == null ? cause : error + " " + cause);
    }

    @Nullable
    String lastError() {
        return lastError;
    }

    @Nullable
    WalwireException failure() {
        return failure;
    }

    /** Throws what the instance has failed of, if it has. */
    void throwFailure() {
        WalwireException how = failure;
        if (how != null) {
            throw how;
        }
    }

    CompletableFuture<Void> completion() {
        return completion;
    }

    /** Waits until the state is one of these, or final and the completion with it; false if the time passed. */
    boolean awaitAny(Set<State> wanted, Duration atMost) throws InterruptedException {
        Set<State> enough = EnumSet.of(State.STOPPED, State.FAILED);
        enough.addAll(wanted);
        if (!await(() -> enough.contains(state), nanos(atMost))) {
            return false;
        }
        if (state.isFinal()) {
            awaitCompletion();
        }
        return true;
    }

    /**
     * Waits until a stream runs; that may have ended again when this returns.
     *
     * @return false if the time passed, or the instance was closed
     */
    boolean awaitStreaming(Duration atMost) throws InterruptedException {
        boolean in = awaitAny(EnumSet.of(State.STREAMING), atMost);
        throwFailure();
        return in && !state.isFinal();
    }

    /** The state is final a moment before the completion is: a thread that waited for the end sees both. */
    private void awaitCompletion() throws InterruptedException {
        try {
            completion.get();
        } catch (ExecutionException e) {
            LOG.trace("{} has failed, which is reported elsewhere", instance);
        }
    }

    /** Waits for a while, or until the instance is asked to end; true if it is. */
    @Override
    public boolean pause(Duration atMost) throws InterruptedException {
        return await(() -> stopping, nanos(atMost));
    }

    private synchronized boolean await(BooleanSupplier condition, long atMostNanos) throws InterruptedException {
        return TimedWait.until(this, condition, atMostNanos);
    }

    /** Durations beyond the range of nanoseconds are for ever. */
    static long nanos(Duration duration) {
        return TimeUnit.NANOSECONDS.convert(duration);
    }
}
