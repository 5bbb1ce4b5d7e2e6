package io.walwire.internal.dispatch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
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
                FunctionThreads::rejected);
        executor.allowCoreThreadTimeOut(true);
    }

    Batch newBatch() {
        return new Batch();
    }

    /** A full queue is worked off by the handler thread itself. */
    private static void rejected(Runnable task, ThreadPoolExecutor executor) {
        if (executor.isShutdown()) {
            cancel(task);
        } else {
            task.run();
        }
    }

    /** Whoever waits for it would wait for ever. */
    private static void cancel(Runnable task) {
        if (task instanceof Future<?> future) {
            future.cancel(false);
        }
    }

    @Override
    public void close() {
        executor.shutdownNow().forEach(FunctionThreads::cancel);
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
                    first = merge(first, failure(e));
                } catch (CancellationException e) {
                    first = merge(first, closed(e));
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

        private RuntimeException failure(ExecutionException e) {
            if (e.getCause() instanceof RuntimeException unchecked) {
                return unchecked;
            }
            return executor.isShutdown()
                    ? closed(e)
                    : new WalwireException(
                            ErrorCode.HANDLER,
                            "A function gave up with an InterruptedException, although nobody closes the instance. Nothing"
                                    + " of this transaction is confirmed; it comes again after a restart. [HANDLER]",
                            e);
        }

        private static WalwireException closed(Exception cause) {
            return new WalwireException(
                    ErrorCode.CLOSED,
                    "The instance was closed before all functions had run; their transaction is not handled. [CLOSED]",
                    cause);
        }

        private static RuntimeException merge(@Nullable RuntimeException first, RuntimeException next) {
            if (first == null) {
                return next;
            }
            first.addSuppressed(next);
            return first;
        }
    }
}
