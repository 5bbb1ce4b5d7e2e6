package io.walwire.cli.signal;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns SIGTERM and SIGINT into an orderly end: the command is asked to stop, drains in its own thread, and the process ends
 * with the command's exit code instead of the signal's. A command that cannot be asked is cut off, and the exit code says so.
 */
public final class Signals {
    /** How long a start that is aborted may take to leave nothing at the server. */
    private static final int ABORT_SECONDS = 10;

    private final AtomicReference<@Nullable Runnable> stop = new AtomicReference<>();
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile int code = 1;
    private volatile boolean signalled;
    private volatile boolean starting;

    /**
     * Says how to ask the command to end. Until this is called there is nothing to drain: a signal ends the process at once,
     * with the signal's exit code.
     *
     * @param action makes the command return soon; called at most once, in another thread
     */
    public void onSignal(Runnable action) {
        stop.set(action);
    }

    /**
     * Starts what a signal may abort: then this thread is interrupted, and the process ends with 0.
     *
     * @param starter starts it, and ends soon with an exception when its thread is interrupted
     * @return what it has started; to be given to {@link #onSignal} next
     * @param <T> what is started
     */
    public <T> T start(Supplier<T> starter) {
        Thread thread = Thread.currentThread();
        starting = true;
        onSignal(thread::interrupt);
        T started = starter.get();
        starting = false;
        return started;
    }

    /**
     * Whether a signal has asked the command to end.
     *
     * @return true from the signal on
     */
    public boolean isSignalled() {
        return signalled;
    }

    /**
     * Runs the command in this thread.
     *
     * @param command gives the exit code
     * @return the exit code
     */
    public int guard(IntSupplier command) {
        Thread hook = new Thread(this::end, "walwire-signal");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            code = command.getAsInt();
        } finally {
            finished.countDown();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException signalled) {
            // The hook is running: it ends the process, with the same code.
            return code;
        }
        return code;
    }

    private void end() {
        Runnable action = stop.get();
        if (action != null) {
            signalled = true;
            action.run();
            awaitCommand();
        } else if (finished.getCount() > 0) {
            // The command is cut off. The JVM ends with 128 and the signal's number, which a command that ended must
            // not report.
            return;
        }
        Runtime.getRuntime().halt(code);
    }

    private void awaitCommand() {
        try {
            boolean ended = finished.await(starting ? ABORT_SECONDS : Long.MAX_VALUE, TimeUnit.SECONDS);
            code = ended ? code : 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
