package io.walwire.internal.lanes;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Runs steps side by side, a bounded number at once, and the steps of each key one after another in the order in which they
 * were submitted. A step of several keys waits for those before it of each, and those after it of any wait for it. A step may end
 * later than its task returns. One thread submits at a time.
 */
public final class Lanes implements AutoCloseable {
    private static final int IDLE_SECONDS = 30;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition fewer = lock.newCondition();
    private final ThreadPoolExecutor executor;
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();
    private final BooleanSupplier ending;
    private final int most;

    /** The last step of each key that is not finished. */
    private final Map<Object, Step> last = new HashMap<>();

    private int unfinished;
    private volatile boolean broken;

    /** What is done. */
    @FunctionalInterface
    public interface Task {
        /**
         * Does it, or begins it.
         *
         * @param step to be ended by any thread, once; ended again it does nothing
         */
        void run(Running step);

        /**
         * Says that it could not be run, and never will be.
         *
         * @param why there is no thread for it
         * @return false if no other step may begin from now on
         */
        default boolean cannotRun(Throwable why) {
            return false;
        }
    }

    /** A step whose task was begun. The steps of its keys wait until it has ended. */
    @FunctionalInterface
    public interface Running {
        /**
         * The step has ended.
         *
         * @param goesOn false if no other step may begin from now on
         */
        void end(boolean goesOn);
    }

    /**
     * Lanes with nothing to do.
     *
     * @param group the instance's threads
     * @param concurrency how many steps run at once
     * @param most how many steps may be unfinished
     * @param ending whether steps that have not begun are to be dropped
     */
    public Lanes(ThreadGroup group, int concurrency, int most, BooleanSupplier ending) {
        this(LaneThreads.of(group), concurrency, most, ending);
    }

    Lanes(ThreadFactory threads, int concurrency, int most, BooleanSupplier ending) {
        this.ending = ending;
        this.most = Math.max(most, 2 * concurrency);
        executor = new ThreadPoolExecutor(
                concurrency, concurrency, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
        executor.allowCoreThreadTimeOut(true);
    }

    /** A task, and what it waits for. */
    private final class Step implements Runnable, Running {
        private final Collection<?> keys;
        private final Task task;
        private final List<Step> followers = new ArrayList<>(1);
        private int awaited;
        private boolean ended;

        Step(Collection<?> keys, Task task) {
            this.keys = keys;
            this.task = task;
        }

        @Override
        public void run() {
            boolean begun = false;
            running.add(Thread.currentThread());
            try {
                if (!broken && !ending.getAsBoolean()) {
                    task.run(this);
                    begun = true;
                }
            } finally {
                running.remove(Thread.currentThread());
                if (!begun) {
                    end(false);
                }
            }
        }

        @Override
        public void end(boolean goesOn) {
            start(Lanes.this.end(this, goesOn));
        }
    }

    /**
     * Has a task run when everything before it of its keys has ended. Waits while too many are unfinished.
     *
     * @param keys at least one
     * @param task throws nothing
     * @throws InterruptedException if the thread is interrupted; the task is not run then
     */
    public void submit(Collection<?> keys, Task task) throws InterruptedException {
        Step step = new Step(keys, task);
        lock.lockInterruptibly();
        try {
            while (unfinished >= most) {
                fewer.await();
            }
            unfinished++;
            for (Object key : keys) {
                Step before = last.put(key, step);
                if (before != null && before != step) {
                    before.followers.add(step);
                    step.awaited++;
                }
            }
            if (step.awaited > 0) {
                return;
            }
        } finally {
            lock.unlock();
        }
        start(List.of(step));
    }

    private void start(Collection<Step> steps) {
        Deque<Step> ready = new ArrayDeque<>(steps);
        for (Step step = ready.poll(); step != null; step = ready.poll()) {
            try {
                executor.execute(step);
            } catch (RejectedExecutionException closed) {
                ready.addAll(end(step, false));
            } catch (Throwable noThread) {
                // an OutOfMemoryError above all; left unfinished it would be waited for for ever
                ready.addAll(end(step, step.task.cannotRun(noThread)));
            }
        }
    }

    /** Returns those that waited for nothing else. */
    private List<Step> end(Step step, boolean goesOn) {
        List<Step> ready = new ArrayList<>(step.followers.size());
        lock.lock();
        try {
            broken |= !goesOn;
            if (step.ended) {
                return List.of();
            }
            step.ended = true;
            unfinished--;
            for (Object key : step.keys) {
                last.remove(key, step);
            }
            for (Step follower : step.followers) {
                follower.awaited--;
                if (follower.awaited == 0) {
                    ready.add(follower);
                }
            }
            fewer.signalAll();
            return ready;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until nothing is left to do.
     *
     * @return false if not all of it was done: a task said so, or the instance ends
     * @throws InterruptedException if the thread is interrupted
     */
    public boolean awaitQuiet() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (unfinished > 0) {
                fewer.await();
            }
            return !broken;
        } finally {
            lock.unlock();
        }
    }

    /** Whether this very thread runs a task. */
    public boolean isLane() {
        return running.contains(Thread.currentThread());
    }

    /** The threads that run tasks at this moment. */
    public Stream<Thread> running() {
        return running.stream();
    }

    /** Interrupts what runs, and drops what waits. A step that ends later is still to be ended. */
    @Override
    public void close() {
        lock.lock();
        try {
            broken = true;
        } finally {
            lock.unlock();
        }
        for (Runnable waiting : executor.shutdownNow()) {
            ((Step) waiting).end(false);
        }
    }
}
