package io.walwire.internal.watch;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads on which subscribers run that brought no executor. Not those of functions, which handlers wait for; and many,
 * so that a few subscribers that block do not hold up the others. Started when needed, ended when idle.
 */
final class SubscriberThreads implements Executor {
    private static final int MOST = 64;
    private static final int IDLE_SECONDS = 5;
    private static final int LAST_SECONDS = 2;

    private final ThreadPoolExecutor threads;

    /** Of its own: nothing that the instance waits for runs here, so that these threads may wait for the instance. */
    private final ThreadGroup group;

    SubscriberThreads(ThreadGroup instance) {
        AtomicInteger count = new AtomicInteger();
        group = new ThreadGroup(instance, instance.getName() + "-subscriber");
        threads = new ThreadPoolExecutor(
                MOST, MOST, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(group, task, group.getName() + "-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /** After the end, on the calling thread: that of a subscriber who still takes what waits. */
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
        return Thread.currentThread().getThreadGroup() == group;
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
            if (waiting instanceof Delivery delivery) {
                delivery.abandon();
            }
        }
    }
}
