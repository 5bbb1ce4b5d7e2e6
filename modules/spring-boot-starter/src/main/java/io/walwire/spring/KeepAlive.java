package io.walwire.spring;

import io.walwire.Walwire;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ApplicationContext;

/**
 * Keeps the application running while its instance does. An instance's threads are daemons. Without this thread an application without a
 * web server would end when it has started. If the instance has failed and nothing else keeps the application running, the application
 * ends with an exit code, so that its supervisor can start it again.
 */
final class KeepAlive {
    private static final Log LOG = LogFactory.getLog(KeepAlive.class);
    private static final int EXIT_CODE = 1;
    private static final long CHECK_SECONDS = 1;

    /** The thread that ends the JVM when all others that are no daemons have ended. */
    private static final String OF_JVM = "DestroyJavaVM";

    private final String instance;
    private final Walwire walwire;
    private final ApplicationContext context;
    private final CountDownLatch instanceEnded = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);

    /**
     * Not started yet.
     *
     * @param instance its name
     * @param walwire has started
     * @param context closed before the application ends
     */
    KeepAlive(String instance, Walwire walwire, ApplicationContext context) {
        this.instance = instance;
        this.walwire = walwire;
        this.context = context;
    }

    void start() {
        walwire.completion().whenComplete((done, failure) -> instanceEnded.countDown());
        new Waiting().start();
    }

    /** The application stops its instance. */
    void stop() {
        stopped.countDown();
        instanceEnded.countDown();
    }

    /** No daemon. */
    private final class Waiting extends Thread {
        /** Whether the instance has failed: the thread keeps no application running then. */
        private volatile boolean failed;

        Waiting() {
            super("walwire-" + instance + "-keep-alive");
            setDaemon(false);
        }

        @Override
        public void run() {
            try {
                instanceEnded.await();
                if (stopped.getCount() > 0 && hasFailed()) {
                    failed = true;
                    endAfterOthers();
                }
            } catch (InterruptedException e) {
                interrupt(); // it is to end
            }
        }
    }

    private boolean hasFailed() {
        return walwire.completion().toCompletableFuture().isCompletedExceptionally();
    }

    private void endAfterOthers() throws InterruptedException {
        if (othersRun()) {
            LOG.error("The application goes on without the Walwire instance " + instance
                    + ", which has failed. Remove the" + " cause and restart the application.");
        }
        while (othersRun()) {
            if (stopped.await(CHECK_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
        }
        LOG.error("The Walwire instance " + instance
                + " has failed, and nothing else keeps the application running. It ends" + " with exit code "
                + EXIT_CODE + ". With spring.main.keep-alive=true it would go on.");
        System.exit(SpringApplication.exit(context, () -> EXIT_CODE));
    }

    /** Whether the JVM would go on without this thread. */
    private static boolean othersRun() {
        ThreadGroup all = Thread.currentThread().getThreadGroup();
        for (ThreadGroup parent = all.getParent(); parent != null; parent = parent.getParent()) {
            all = parent;
        }
        Thread[] threads = new Thread[2 * all.activeCount() + 1];
        int count = all.enumerate(threads);
        return count == threads.length || Arrays.stream(threads, 0, count).anyMatch(KeepAlive::keepsRunning);
    }

    private static boolean keepsRunning(Thread thread) {
        return !thread.isDaemon()
                && !(thread instanceof Waiting waiting && waiting.failed)
                && !thread.getName().startsWith(OF_JVM);
    }
}
