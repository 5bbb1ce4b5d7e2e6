package io.walwire.cli;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.cli.pretty.Palette;
import io.walwire.cli.pretty.PrettyLines;
import io.walwire.cli.signal.Signals;
import io.walwire.handler.FailurePolicy;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code walwire tail}. */
@Command(
        name = "tail",
        description = {
            "Prints each change: as one line of JSON, or on a terminal for people.",
            "Confirms a transaction after its lines are flushed. With --slot nothing is lost, however the command ends.",
            "With --backfill existing rows come too, as lines of type read, and one of type backfilled when a table is read."
        })
final class TailCommand implements Callable<Integer> {
    private final OutputStream out;
    private final PrintStream err;
    private final Map<String, String> environment;
    private final Signals signals;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            order = 12,
            description =
                    "json: one object per line. pretty: for people, with long values shortened; the default on a terminal.")
    private @Nullable Format format;

    @Mixin
    private BackfillOption backfill = new BackfillOption();

    @Mixin
    private Printing printing = new Printing();

    @Spec
    private @Nullable CommandSpec spec;

    /** How events are printed. */
    enum Format {
        JSON,
        PRETTY
    }

    TailCommand(OutputStream out, PrintStream err, Map<String, String> environment, Signals signals) {
        this.out = out;
        this.err = err;
        this.environment = environment;
        this.signals = signals;
    }

    @Override
    public Integer call() throws Exception {
        printing.check(Objects.requireNonNull(spec, "spec"));
        JsonLines lines = new JsonLines(out, printing.maxEvents(), true, line());
        BackfillLines reads = new BackfillLines(err, connection.isDurable(environment));
        // a line that standard output did not take is never printed again
        WalwireBuilder builder = backfill.in(connection.builderWithoutHandlers(environment), connection, environment)
                .handler(lines, FailurePolicy.stop())
                .handler(reads);
        try (Walwire walwire = signals.start(builder::start)) {
            signals.onSignal(walwire::close);
            reads.of(walwire);
            printing.await(walwire, lines, reads::isReading, err);
        } finally {
            reads.end();
        }
        Printing.requirePrinted(lines, connection.isDurable(environment));
        return 0;
    }

    /** Null for JSON. */
    private JsonLines.@Nullable Line line() {
        boolean isPretty = format == null ? Palette.isTerminal() : format == Format.PRETTY;
        return isPretty ? new PrettyLines(Palette.ofTerminal())::of : null;
    }
}
