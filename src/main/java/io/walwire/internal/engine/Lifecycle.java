package io.walwire.internal.engine;

import io.walwire.error.WalwireException;
import io.walwire.lifecycle.State;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The state of an instance, who waits for it, and how it ended. */
final class Lifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

    private final String instance;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final CompletableFuture<Void> completion = new CompletableFuture<>();
    private State state = State.STARTING;
    private boolean started;
    private boolean stopping;
    private @Nullable WalwireException failure;
    private @Nullable String lastError;

    Lifecycle(String instance) {
        this.instance = instance;
    }

    State state() {
        lock.lock();
        try {
            return state;
        } finally {
            lock.unlock();
        }
    }

    /** Moves on, unless the instance has ended. */
    void enter(State next) {
        lock.lock();
        try {
            if (!state.isFinal() && state != next) {
                LOG.debug("{}: {} -> {}", instance, state, next);
                state = next;
                started |= next == State.STREAMING || next == State.STANDBY;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether the instance has ever streamed or stood by. */
    boolean hasStarted() {
        lock.lock();
        try {
            return started;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the instance has started, or ended. */
    void awaitStarted() throws InterruptedException {
        lock.lock();
        try {
            while (!started && !state.isFinal()) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether the instance is to end, or has. */
    boolean isStopping() {
        lock.lock();
        try {
            return stopping;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Asks the instance to end.
     *
     * @return false if somebody asked before
     */
    boolean stop() {
        lock.lock();
        try {
            boolean first = !stopping;
            stopping = true;
            changed.signalAll();
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** Asks the instance to end because of an error; the first one counts. */
    void fail(WalwireException e) {
        lock.lock();
        try {
            if (failure == null && !stopping) {
                failure = e;
                lastError = e.getMessage();
            }
            stopping = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The instance has ended: nothing of it runs any more, or what runs was given up. */
    void end() {
        WalwireException how;
        lock.lock();
        try {
            if (state.isFinal()) {
                return;
            }
            stopping = true;
            how = failure;
            state = how == null ? State.STOPPED : State.FAILED;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (how == null) {
            completion.complete(null);
        } else {
            completion.completeExceptionally(how);
        }
    }

    void note(String error) {
        lock.lock();
        try {
            lastError = error;
        } finally {
            lock.unlock();
        }
    }

    @Nullable
    String lastError() {
        lock.lock();
        try {
            return lastError;
        } finally {
            lock.unlock();
        }
    }

    @Nullable
    WalwireException failure() {
        lock.lock();
        try {
            return failure;
        } finally {
            lock.unlock();
        }
    }

    CompletableFuture<Void> completion() {
        return completion;
    }

    /** Waits until the state is one of these or final; false if the time passed. */
    boolean awaitAny(Set<State> wanted, Duration atMost) throws InterruptedException {
        Set<State> enough = EnumSet.of(State.STOPPED, State.FAILED);
        enough.addAll(wanted);
        lock.lock();
        try {
            long left = nanos(atMost);
            while (!enough.contains(state)) {
                if (left <= 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a while, or until the instance is asked to end; true if it is. */
    boolean pause(Duration atMost) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos(atMost);
            while (!stopping && left > 0) {
                left = changed.awaitNanos(left);
            }
            return stopping;
        } finally {
            lock.unlock();
        }
    }

    /** Durations beyond the range of nanoseconds are for ever. */
    static long nanos(Duration duration) {
        return TimeUnit.NANOSECONDS.convert(duration);
    }
}
