package io.walwire.internal.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The bounded threads on which functions run. They are started when first needed, and end when long idle. */
final class FunctionThreads implements AutoCloseable {
    private static final int QUEUED_PER_THREAD = 64;
    private static final int IDLE_SECONDS = 30;

    private final ThreadPoolExecutor executor;

    FunctionThreads(ThreadGroup group, int threads) {
        AtomicInteger count = new AtomicInteger();
        executor = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(threads * QUEUED_PER_THREAD),
                task -> {
                    Thread thread = new Thread(group, task, group.getName() + "-function-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                },
                // a full queue is worked off by the handler thread itself
                new ThreadPoolExecutor.CallerRunsPolicy());
        executor.allowCoreThreadTimeOut(true);
    }

    Batch newBatch() {
        return new Batch();
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }

    /** A function applied to one event. */
    interface Application {
        void run() throws InterruptedException;
    }

    /** The functions of one transaction, awaited together. */
    final class Batch {
        private final List<Future<?>> submitted = new ArrayList<>();

        void submit(Application application) {
            FutureTask<Boolean> task = new FutureTask<>((Callable<Boolean>) () -> {
                application.run();
                return true;
            });
            submitted.add(task);
            executor.execute(task);
        }

        /** Waits for all, also where one failed: nothing may still run when the transaction is given up. */
        void await() throws InterruptedException {
            RuntimeException first = null;
            for (Future<?> future : submitted) {
                try {
                    future.get();
                } catch (ExecutionException e) {
                    first = merge(first, e);
                } catch (InterruptedException e) {
                    cancel();
                    throw e;
                }
            }
            if (first != null) {
                throw first;
            }
        }

        /** Waits for all after a callback failed, and keeps what else failed with it. */
        void awaitAfter(RuntimeException failure) throws InterruptedException {
            try {
                await();
            } catch (RuntimeException e) {
                failure.addSuppressed(e);
            }
        }

        void cancel() {
            submitted.forEach(future -> future.cancel(true));
        }

        private static RuntimeException merge(@Nullable RuntimeException first, ExecutionException next) {
            RuntimeException failure = next.getCause() instanceof RuntimeException unchecked
                    ? unchecked
                    : new IllegalStateException("A function ended in an unusual way", next);
            if (first == null) {
                return failure;
            }
            first.addSuppressed(failure);
            return first;
        }
    }
}
