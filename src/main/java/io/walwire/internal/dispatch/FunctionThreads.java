package io.walwire.internal.dispatch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The bounded threads on which functions run, and retries of asynchronous calls. They are started when first needed, and end when long idle. */
final class FunctionThreads implements AutoCloseable {
    private static final int QUEUED_PER_THREAD = 64;
    private static final int IDLE_SECONDS = 30;

    /** A transaction of many events may fail as often; a few reports are enough. */
    private static final int MAX_SUPPRESSED = 10;

    private final ThreadPoolExecutor executor;

    /** A thread that a function makes is none of these, although it is of the same group. */
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();

    /** Limits running and waiting functions. Without room the submitting thread waits, so that a large transaction takes little memory. */
    private final Semaphore room;

    FunctionThreads(ThreadGroup group, int threads) {
        AtomicInteger count = new AtomicInteger();
        room = new Semaphore(threads * (1 + QUEUED_PER_THREAD));
        executor = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(group, task, group.getName() + "-function-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
    }

    /** Whether this very thread runs a function. */
    boolean isFunction() {
        return running.contains(Thread.currentThread());
    }

    /** The threads that run functions at this moment. */
    Stream<Thread> running() {
        return running.stream();
    }

    Batch newBatch() {
        return new Batch();
    }

    /**
     * Runs code without waiting for it. It does not count against the limit of functions: the caller has to bound it.
     *
     * @throws RejectedExecutionException if the threads have ended
     */
    void execute(Runnable code) {
        executor.execute(() -> {
            running.add(Thread.currentThread());
            try {
                code.run();
            } finally {
                running.remove(Thread.currentThread());
            }
        });
    }

    /** Interrupts what runs and gives up what waits, so that nobody waits for it any longer. */
    @Override
    public void close() {
        for (Runnable waiting : executor.shutdownNow()) {
            if (waiting instanceof Batch.Task task) {
                task.cancel(false);
            }
        }
    }

    /** The functions of one transaction, awaited together. */
    final class Batch {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition ended = lock.newCondition();
        private final Set<Task> unfinished = ConcurrentHashMap.newKeySet();
        private @Nullable RuntimeException failure;

        /**
         * Has a function applied, waiting for room.
         *
         * @param application throws only what ends the transaction
         */
        void submit(Runnable application) throws InterruptedException {
            room.acquire();
            Task task = new Task(application);
            unfinished.add(task);
            try {
                executor.execute(task);
            } catch (RejectedExecutionException closed) {
                task.cancel(false);
            }
        }

        /** Waits for all, also where one failed: nothing may still run when the transaction is given up. */
        void await() throws InterruptedException {
            try {
                awaitUnfinished();
            } catch (InterruptedException e) {
                cancel();
                throw e;
            }
            if (failure != null) {
                throw failure;
            }
        }

        private void awaitUnfinished() throws InterruptedException {
            lock.lockInterruptibly();
            try {
                while (!unfinished.isEmpty()) {
                    ended.await();
                }
            } finally {
                lock.unlock();
            }
        }

        /** Waits for all after a callback failed, and keeps what else failed with it. */
        void awaitAfter(RuntimeException thrown) throws InterruptedException {
            try {
                await();
            } catch (RuntimeException e) {
                thrown.addSuppressed(e);
            }
        }

        void cancel() {
            unfinished.forEach(task -> task.cancel(true));
        }

        private void finished(Task task, @Nullable RuntimeException thrown) {
            room.release();
            lock.lock();
            try {
                unfinished.remove(task);
                if (failure == null) {
                    failure = thrown;
                } else if (thrown != null && failure.getSuppressed().length < MAX_SUPPRESSED) {
                    failure.addSuppressed(thrown);
                }
                ended.signalAll();
            } finally {
                lock.unlock();
            }
        }

        /** A function applied to one event. */
        private final class Task extends FutureTask<Boolean> {
            Task(Runnable application) {
                super(application, true);
            }

            @Override
            public void run() {
                running.add(Thread.currentThread());
                try {
                    super.run();
                } finally {
                    running.remove(Thread.currentThread());
                }
            }

            @Override
            protected void done() {
                finished(this, thrown());
            }

            private @Nullable RuntimeException thrown() {
                if (isCancelled()) {
                    return new WalwireException(
                            ErrorCode.CLOSED, "The instance was closed before all functions had run.");
                }
                try {
                    get();
                    return null;
                } catch (ExecutionException e) {
                    return e.getCause() instanceof RuntimeException unchecked
                            ? unchecked
                            : new IllegalStateException("A function ended in an unusual way", e);
                } catch (InterruptedException e) {
                    throw new IllegalStateException("What has ended is not waited for", e);
                }
            }
        }
    }
}
