package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.log.Logs;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.slf4j.Logger;

/** Closes an instance when the JVM shuts down. The hook is gone when the instance has ended, so that nothing keeps it. */
final class ShutdownHook {
    private static final Logger LOG = Logs.of(ShutdownHook.class);

    private ShutdownHook() {}

    /**
     * Adds the hook.
     *
     * @param engine an instance that has not started
     * @throws WalwireException if the JVM shuts down already
     */
    static void add(Engine engine, String name) {
        Thread hook = new Thread(engine::closeAtShutdown, "walwire-" + name + "-shutdown");
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            throw new WalwireException(ErrorCode.CLOSED, name + " cannot start, because the JVM is shutting down.", e);
        }
        CompletableFuture<Void> unused = engine.completion().whenComplete((ended, failure) -> remove(hook));
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            LOG.trace("The hook runs, or is about to", shuttingDown);
        }
    }

    /** Whether one of these has called {@code System.exit}, which returns to nobody: it waits for this hook. */
    static boolean isExiting(Stream<Thread> threads) {
        return threads.flatMap(thread -> Arrays.stream(thread.getStackTrace()))
                .anyMatch(frame -> frame.getClassName().equals("java.lang.Shutdown"));
    }
}
