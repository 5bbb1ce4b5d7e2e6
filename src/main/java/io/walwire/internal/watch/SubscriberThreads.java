package io.walwire.internal.watch;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The threads that run subscribers without an executor of their own. Not those of functions, which handlers wait for; and many, so
 * that a few subscribers that block do not hold up the others. Started when needed, ended when idle.
 */
final class SubscriberThreads implements Executor {
    private static final int MAX_THREADS = 64;
    private static final int IDLE_SECONDS = 5;
    private static final int LAST_SECONDS = 2;

    private final ThreadPoolExecutor threads;

    /** Nothing that the instance waits for runs on these, so that they may wait for the instance. */
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();

    SubscriberThreads(ThreadGroup instance) {
        AtomicInteger count = new AtomicInteger();
        threads = new Threads(running, task -> {
            Thread thread = new Thread(instance, task, instance.getName() + "-subscriber-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
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

    /** Whether the calling thread is one of these. */
    boolean isOneOfThese() {
        return running.contains(Thread.currentThread());
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

    /** Knows which of its threads are at work: a thread that a subscriber makes is none of them. */
    private static final class Threads extends ThreadPoolExecutor {
        private final Set<Thread> running;

        Threads(Set<Thread> running, ThreadFactory factory) {
            super(MAX_THREADS, MAX_THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
            this.running = running;
        }

        @Override
        protected void beforeExecute(Thread thread, Runnable task) {
            running.add(thread);
            super.beforeExecute(thread, task);
        }

        @Override
        protected void afterExecute(Runnable task, @Nullable Throwable thrown) {
            super.afterExecute(task, thrown);
            running.remove(Thread.currentThread());
        }
    }
}
