package io.walwire.internal.watch;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that run subscribers without an executor of their own. Not those of functions, which handlers wait for; and many, so
 * that a few subscribers that block do not hold up the others. Started when needed, ended when idle.
 */
final class SubscriberThreads implements Executor {
    private static final int MAX_THREADS = 64;
    private static final int IDLE_SECONDS = 5;
    private static final int LAST_SECONDS = 2;

    private final ThreadPoolExecutor threads;

    /** One of these threads. A thread that a subscriber makes is none, whatever its group. */
    private static final class SubscriberThread extends Thread {
        private final SubscriberThreads owner;

        SubscriberThread(SubscriberThreads owner, ThreadGroup group, Runnable task, String name) {
            super(group, task, name);
            this.owner = owner;
            setDaemon(true);
        }
    }

    SubscriberThreads(ThreadGroup instance) {
        AtomicInteger count = new AtomicInteger();
        String prefix = instance.getName() + "-subscriber-";
        threads = new ThreadPoolExecutor(
                MAX_THREADS,
                MAX_THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> new SubscriberThread(this, instance, task, prefix + count.incrementAndGet()));
        threads.allowCoreThreadTimeOut(true);
    }

    /** After the end, on the calling thread: that of a subscriber that still takes what waits. */
    @Override
    public void execute(Runnable task) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException ended) {
            task.run();
        }
    }

    /**
     * Whether the calling thread is one of these. Nothing that the instance waits for runs on them, so that they may wait for the
     * instance.
     */
    boolean isOneOfThese() {
        return Thread.currentThread() instanceof SubscriberThread thread && thread.owner == this;
    }

    /** Whether the instance ends, so that it may be the one that interrupts. */
    boolean isEnding() {
        return threads.isShutdown();
    }

    /** Lets what was handed over run to its end for a moment, and then interrupts it. */
    void end() {
        threads.shutdown();
        try {
            if (threads.awaitTermination(LAST_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Runnable waiting : threads.shutdownNow()) {
            if (waiting instanceof SubscriberDelivery delivery) {
                delivery.abandon();
            }
        }
    }
}
