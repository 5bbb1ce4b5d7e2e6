package io.walwire.cli;

import io.walwire.Walwire;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.lifecycle.State;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Decides how long a command prints events. */
final class Printing {
    private static final long LOOK_MILLIS = 50;

    @Option(
            names = "--max-events",
            paramLabel = "N",
            order = 10,
            description =
                    "End after N events. A transaction that is cut off by this is not confirmed, and is sent again.")
    private long maxEvents = Long.MAX_VALUE;

    @Option(
            names = "--idle-timeout",
            paramLabel = "SECONDS",
            order = 11,
            description = "End when no event has come for this many seconds, and no existing rows are being read.")
    private double idleSeconds = Double.POSITIVE_INFINITY;

    /** Refuses what makes no sense. */
    void check(CommandSpec command) {
        requirePositive(command, "--max-events", maxEvents > 0);
        requirePositive(command, "--idle-timeout", idleSeconds > 0);
    }

    private static void requirePositive(CommandSpec command, String option, boolean positive) {
        if (!positive) {
            throw new ParameterException(command.commandLine(), option + " must be greater than 0");
        }
    }

    long maxEvents() {
        return maxEvents;
    }

    /**
     * Returns when the command has nothing more to do; throws what the instance failed of.
     *
     * @param isReading whether existing rows are still to come, so that the command is not idle
     */
    void await(Walwire walwire, JsonLines lines, BooleanSupplier isReading, PrintStream err) throws Exception {
        StateLines states = new StateLines(err);
        CompletableFuture<Void> completion = walwire.completion().toCompletableFuture();
        CompletableFuture<?> over = CompletableFuture.anyOf(completion.exceptionally(failed -> null), lines.end());
        boolean streamed = false;
        while (!over.isDone() && !(streamed && lines.idleNanos() >= idleSeconds * 1e9)) {
            if (states.look(walwire) == State.STREAMING && !streamed) {
                streamed = true;
                lines.touch();
            } else if (idleSeconds < Double.POSITIVE_INFINITY && isReading.getAsBoolean()) {
                lines.touch();
            }
            Waiting.on(over, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
        if (!lines.end().isDone()) {
            states.look(walwire);
            Waiting.rethrow(completion);
        }
    }

    /**
     * Throws if standard output failed. Where nothing waits in a slot, a reader that has seen enough, such as {@code head}, is
     * no failure.
     */
    static void requirePrinted(JsonLines lines, boolean durable) {
        IOException failure = lines.failure();
        boolean isEnough = !durable && Boolean.getBoolean("walwire.cli.pipe");
        if (failure != null && !isEnough) {
            throw new WalwireException(
                    ErrorCode.HANDLER,
                    "Cannot write to standard output (" + failure.getMessage()
                            + "). Transactions that were not printed completely are not confirmed.",
                    failure);
        }
    }
}
