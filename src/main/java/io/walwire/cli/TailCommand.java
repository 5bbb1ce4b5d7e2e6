package io.walwire.cli;

import io.walwire.Walwire;
import io.walwire.cli.signal.Signals;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code walwire tail}. */
@Command(
        name = "tail",
        description = {
            "Prints each change as one line of JSON.",
            "A transaction is confirmed only after its lines are flushed, so that with --slot nothing is lost"
                    + " however the command ends."
        })
final class TailCommand implements Callable<Integer> {
    private static final long LOOK_MILLIS = 50;

    private final OutputStream out;
    private final PrintStream err;
    private final Map<String, String> environment;
    private final Signals signals;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--max-events",
            paramLabel = "N",
            order = 10,
            description = "End after N events. A transaction that this cuts is not confirmed, and comes again.")
    private long maxEvents = Long.MAX_VALUE;

    @Option(
            names = "--idle-timeout",
            paramLabel = "SECONDS",
            order = 11,
            description = "End when no event came for so long.")
    private double idleSeconds = Double.POSITIVE_INFINITY;

    TailCommand(OutputStream out, PrintStream err, Map<String, String> environment, Signals signals) {
        this.out = out;
        this.err = err;
        this.environment = environment;
        this.signals = signals;
    }

    @Override
    public Integer call() throws Exception {
        requirePositive("--max-events", maxEvents > 0);
        requirePositive("--idle-timeout", idleSeconds > 0);
        JsonLines lines = new JsonLines(out, maxEvents);
        // a line that standard output did not take is never printed again
        try (Walwire walwire = connection
                .builderWithoutHandlers(environment)
                .handler(lines, FailurePolicy.stop())
                .start()) {
            signals.onSignal(walwire::close);
            watch(walwire, lines);
        }
        IOException failure = lines.failure();
        if (failure != null) {
            throw new WalwireException(
                    ErrorCode.HANDLER,
                    "Standard output failed (" + failure.getMessage() + "); what it did not take is not confirmed",
                    failure);
        }
        return 0;
    }

    /** Returns when the command has nothing more to do; throws what the instance failed of. */
    private void watch(Walwire walwire, JsonLines lines) throws Exception {
        StateLines states = new StateLines(err);
        CompletableFuture<Void> completion = walwire.completion().toCompletableFuture();
        CompletableFuture<?> over = CompletableFuture.anyOf(completion.exceptionally(failed -> null), lines.end());
        boolean streamed = false;
        while (!over.isDone() && !(streamed && lines.idleNanos() >= idleSeconds * 1e9)) {
            if (states.look(walwire) == State.STREAMING && !streamed) {
                streamed = true;
                lines.touch();
            }
            Waiting.on(over, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
        if (!lines.end().isDone()) {
            Waiting.rethrow(completion);
        }
    }

    private void requirePositive(String option, boolean positive) {
        CommandSpec command = spec;
        if (!positive && command != null) {
            throw new ParameterException(command.commandLine(), option + " must be above 0");
        }
    }
}
