package io.walwire.internal.dispatch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The calls whose stages have not completed, a bounded number. A thread of its own goes on when a stage has completed, and keeps the
 * waits before retries; it starts when first needed, and ends when long idle. Safe for several threads.
 */
final class AsyncCalls implements AutoCloseable {
    private static final int IDLE_SECONDS = 30;

    /** How often calls in flight are looked at, to end those that nobody is to wait for any longer. */
    private static final long LOOK_MILLIS = 100;

    private final LifecycleView lifecycle;
    private final FunctionThreads functions;
    private final int most;
    private final Duration patience;
    private final Semaphore room;
    private final Set<AsyncCall<?>> inFlight = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor own;

    /** Whether a look is due. One is while anything is in flight. */
    private final AtomicBoolean looks = new AtomicBoolean();

    /** When a look found that the instance is to end, by {@link System#nanoTime}; null before. Used by {@link #own} alone. */
    private @Nullable Long stoppingSince;

    private final ThreadLocal<AtomicBoolean> calling = ThreadLocal.withInitial(AtomicBoolean::new);

    /** Whether no call may begin from now on. */
    private volatile boolean broken;

    /** What {@link #own} runs on; it may have ended. */
    private volatile @Nullable Thread thread;

    /**
     * Nothing in flight.
     *
     * @param threads the instance's
     * @param limits how many calls may be in flight, and how long they are waited for at the end
     * @param lifecycle whether the instance is to end
     * @param functions where failures are settled and calls are made again
     */
    AsyncCalls(ThreadGroup threads, Dispatcher.Limits limits, LifecycleView lifecycle, FunctionThreads functions) {
        this.lifecycle = lifecycle;
        this.functions = functions;
        this.most = limits.asyncCalls();
        this.patience = limits.patience();
        this.room = new Semaphore(most);
        this.own = new ScheduledThreadPoolExecutor(1, task -> {
            Thread started = new Thread(threads, task, threads.getName() + "-async");
            started.setDaemon(true);
            thread = started;
            return started;
        });
        own.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        own.allowCoreThreadTimeOut(true);
    }

    /**
     * Waits for room for a call, which has to {@link #makeRoom} or {@link #add} itself then.
     *
     * @throws WalwireException if no call may begin any more
     */
    void awaitRoom(UserCall<?> call) throws InterruptedException {
        if (!acquire(1)) {
            throw new WalwireException(
                    ErrorCode.CLOSED,
                    "The instance was closed before handler " + call.owner().name() + " was called on " + call.kind()
                            + " (" + call.what() + ").");
        }
    }

    /**
     * Waits until none is in flight.
     *
     * @throws WalwireException if one has failed or was given up, so that nothing may follow it
     */
    void awaitQuiet() throws InterruptedException {
        if (!acquire(most)) {
            throw new WalwireException(ErrorCode.CLOSED, "The instance was closed before all stages had completed.");
        }
        room.release(most);
    }

    /** Waits for so many places. False if no call may begin any more, or none ends while the instance does. */
    private boolean acquire(int places) throws InterruptedException {
        boolean has = room.tryAcquire(places);
        while (!has && !lifecycle.isStopping()) {
            has = room.tryAcquire(places, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
        if (!has) {
            has = room.tryAcquire(places, patience.toMillis(), TimeUnit.MILLISECONDS);
        }
        if (has && broken) {
            room.release(places);
        }
        return has && !broken;
    }

    void makeRoom() {
        room.release();
    }

    /** A call is in flight, until it has {@link #ended}. */
    void add(AsyncCall<?> call) {
        inFlight.add(call);
        if (broken) {
            call.giveUp(); // who gave up the others may not have seen this one
        } else {
            hand(call, this::lookLater);
        }
    }

    /**
     * A call has succeeded, was set aside, has failed or was given up.
     *
     * @param goesOn false if no other call may begin from now on
     */
    void ended(AsyncCall<?> call, boolean goesOn) {
        if (!goesOn) {
            broken = true; // never back to false, as a volatile |= of several threads might
        }
        inFlight.remove(call);
        makeRoom();
    }

    /** Goes on with a call on the thread that is always there for it. */
    void onOwnThread(AsyncCall<?> call, Runnable step) {
        hand(call, () -> own.execute(step));
    }

    /** Goes on with a call where the user's code may run. */
    void onFunctionThread(AsyncCall<?> call, Runnable step) {
        hand(call, () -> functions.execute(step));
    }

    /** Goes on with a call that waits, after a while; or ends it before, when the instance is asked to end. */
    void later(AsyncCall<?> call, Duration wait) {
        hand(call, () -> {
            ScheduledFuture<?> unused =
                    own.schedule(call::goOn, TimeUnit.NANOSECONDS.convert(wait), TimeUnit.NANOSECONDS);
        });
    }

    private static void hand(AsyncCall<?> call, Runnable to) {
        try {
            to.run();
        } catch (RejectedExecutionException closed) {
            call.giveUp();
        } catch (Throwable noThread) {
            // an OutOfMemoryError above all; the call would be waited for for ever
            call.cannotGoOn(noThread);
        }
    }

    private void lookLater() {
        if (!looks.get() && looks.compareAndSet(false, true)) {
            try {
                ScheduledFuture<?> unused = own.schedule(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (Throwable e) {
                looks.set(false);
                throw e;
            }
        }
    }

    private void look() {
        looks.set(false);
        try {
            endOverdue();
        } finally {
            inFlight.stream().findAny().ifPresent(call -> hand(call, this::lookLater));
        }
    }

    /** Ends what nobody is to wait for. A thread may wait for its end alone, without a time of its own. */
    private void endOverdue() {
        long nanos = TimeUnit.NANOSECONDS.convert(patience);
        if (lifecycle.isStopping()) {
            inFlight.forEach(AsyncCall::endWait);
            Long since = stoppingSince;
            if (since == null) {
                stoppingSince = System.nanoTime();
            } else if (System.nanoTime() - since >= nanos) {
                giveUp();
            }
        }
        inFlight.stream().filter(call -> call.isOverdue(nanos)).forEach(AsyncCall::giveUp);
    }

    /** Waits until none is in flight, and gives up what is left when that takes too long. */
    void awaitIdle() throws InterruptedException {
        if (room.tryAcquire(most, patience.toMillis(), TimeUnit.MILLISECONDS)) {
            room.release(most);
        } else {
            giveUp();
        }
    }

    private void giveUp() {
        broken = true;
        inFlight.forEach(AsyncCall::giveUp);
    }

    /** Called by a thread that calls an asynchronous callback: true before the call, false after it. */
    void setCalling(boolean calls) {
        calling.get().set(calls);
    }

    /** Whether an asynchronous callback runs on this very thread. */
    boolean isCalling() {
        return calling.get().get();
    }

    /** Whether this very thread goes on with calls. */
    boolean isOwnThread() {
        return Thread.currentThread() == thread;
    }

    /** The thread that goes on with calls, if there is one. */
    Stream<Thread> running() {
        return Stream.ofNullable(thread);
    }

    /** Gives up what is in flight. Nothing is called any more. */
    @Override
    public void close() {
        giveUp();
        own.shutdownNow();
    }
}
