package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.connection.server.ExceptionText;
import io.walwire.internal.log.Logs;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Makes it known that a running instance has failed, also to an application that never asks: one line in the log, and a callback. */
final class FailureNotice {
    private static final Logger LOG = Logs.of(FailureNotice.class);

    /** Errors of the user's making. The message explains them; a stack trace inside of Walwire would not help. */
    private static final Set<ErrorCode> MISTAKES = EnumSet.of(
            ErrorCode.CONFIGURATION,
            ErrorCode.MAPPING,
            ErrorCode.PUBLICATION,
            ErrorCode.PRIVILEGE,
            ErrorCode.AUTHENTICATION);

    private final String instance;
    private final Consumer<WalwireException> callback;
    private final Supplier<String> wayOn;

    /**
     * Of one instance.
     *
     * @param callback the user's
     * @param wayOn where the source stands, and how to go on from there
     */
    FailureNotice(String instance, Consumer<WalwireException> callback, Supplier<String> wayOn) {
        this.instance = instance;
        this.callback = callback;
        this.wayOn = wayOn;
    }

    void log(WalwireException failure) {
        boolean explained =
                isExplained(failure, MISTAKES) || isExplained(failure.getCause(), Set.of(ErrorCode.MAPPING));
        String line = instance + " has failed and reads nothing any more: "
                + ExceptionText.oneLine(String.valueOf(failure.getMessage())) + ' ' + wayOn.get();
        if (explained) {
            LOG.error("{}", line);
        } else {
            LOG.error("{}", line, ExceptionText.trace(failure));
        }
    }

    private static boolean isExplained(@Nullable Throwable failure, Set<ErrorCode> codes) {
        return failure instanceof WalwireException explained
                && explained.getCause() == null
                && codes.contains(explained.code());
    }

    /**
     * On a thread of its own, for which only the end of the JVM waits: the callback may close the instance, start another, or end the
     * JVM. The thread is there before the failure is known: main may return as soon as it knows, and the JVM ends with the last
     * thread that is no daemon.
     *
     * @param known completes when those who wait for the end go on; the callback is not called before
     */
    void call(WalwireException failure, CompletableFuture<?> known) {
        Runnable call = () -> {
            known.exceptionally(ended -> null).join();
            run(failure);
        };
        try {
            Thread thread = new Thread(call, "walwire-" + instance + "-failure");
            thread.setDaemon(false);
            thread.start();
        } catch (OutOfMemoryError noThread) {
            CompletableFuture<?> unused = known.whenComplete((ended, failed) -> run(failure));
        }
    }

    private void run(WalwireException failure) {
        try {
            callback.accept(failure);
        } catch (Throwable e) {
            LOG.error("onFailure of {} threw {}", instance, ExceptionText.of(e), ExceptionText.trace(e));
        }
    }
}
