package io.walwire.cli;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.cli.signal.Signals;
import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code walwire run}. */
@Command(
        name = "run",
        description = {
            "Runs handlers, or a sink, until it is interrupted.",
            "Their classes are named by walwire.handlers (or walwire.handlers.package) and come from --classpath.",
            "walwire.kafka.bootstrap sets the Kafka sink, which needs no handlers."
        })
final class RunCommand implements Callable<Integer> {
    private static final long LOOK_MILLIS = 200;

    private final PrintStream err;
    private final Map<String, String> environment;
    private final Signals signals;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Mixin
    private BackfillOption backfill = new BackfillOption();

    @Mixin
    private HandlerPath handlers = new HandlerPath();

    RunCommand(PrintStream err, Map<String, String> environment, Signals signals) {
        this.err = err;
        this.environment = environment;
        this.signals = signals;
    }

    @Override
    public Integer call() throws Exception {
        return handlers.with(() -> {
            connection.requireHandlers(environment);
            BackfillLines reads = new BackfillLines(err, connection.isDurable(environment));
            WalwireBuilder builder = backfill.in(connection.builder(environment), connection, environment)
                    .handler(reads);
            try (Walwire walwire = signals.start(builder::start)) {
                signals.onSignal(walwire::close);
                reads.of(walwire);
                watch(walwire);
            } finally {
                reads.end();
            }
            return 0;
        });
    }

    private void watch(Walwire walwire) throws Exception {
        StateLines states = new StateLines(err);
        CompletableFuture<Void> completion = walwire.completion().toCompletableFuture();
        while (!completion.isDone()) {
            states.look(walwire);
            Waiting.on(completion, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
        states.look(walwire);
        Waiting.rethrow(completion);
    }
}
