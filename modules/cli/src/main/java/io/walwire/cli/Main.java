package io.walwire.cli;

import io.walwire.cli.demo.DemoCommand;
import io.walwire.cli.signal.Signals;
import io.walwire.internal.config.LocaleEncoding;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command line. Exit codes: 0 done, 1 failed while running, 2 bad usage or configuration, 128 and a signal's number where the
 * signal cut it off. Standard output is for results alone; everything else goes to standard error.
 */
@Command(
        name = "walwire",
        description = "Let your database update you: PostgreSQL's committed changes, as they happen.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Version.class,
        usageHelpAutoWidth = true,
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {
    private static final int USAGE = 2;
    private static final String PASSWORD = "PGPASSWORD";

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            order = 90,
            description = "Log at level DEBUG, and show a failure's stack trace.")
    private boolean verbose;

    private Main() {}

    /**
     * Runs a command and ends the process with its exit code.
     *
     * @param arguments the command and its options
     */
    public static void main(String[] arguments) {
        Signals signals = new Signals();
        // Not System.out: it swallows the errors that have to stop tail.
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        String password = System.getenv().getOrDefault(PASSWORD, "");
        String lost = LocaleEncoding.problem(List.of(arguments), Map.of(PASSWORD, password));
        if (lost != null) {
            err.println("walwire: " + lost);
            System.exit(USAGE);
        }
        CommandLine commandLine = commandLine(out, err, System.getenv(), signals, Logging::configure);
        System.exit(signals.guard(() -> commandLine.execute(arguments)));
    }

    /** All commands, on the given streams. */
    static CommandLine commandLine(
            OutputStream out,
            PrintStream err,
            Map<String, String> environment,
            Signals signals,
            Consumer<Boolean> logging) {
        Main main = new Main();
        Failures failures = new Failures(() -> main.verbose, signals::isSignalled);
        PrintStream text = new PrintStream(out, true, StandardCharsets.UTF_8);
        return new CommandLine(main)
                .addSubcommand(new DemoCommand(text, signals))
                .addSubcommand(new TailCommand(out, err, environment, signals))
                .addSubcommand(new WatchCommand(out, err, environment, signals))
                .addSubcommand(new RunCommand(err, environment, signals))
                .addSubcommand(new DoctorCommand(text, environment))
                .addSubcommand(TriggersCommand.with(text, err, environment))
                .addSubcommand(BackfillCommand.with(text, err, environment, signals))
                .addSubcommand(DeadLettersCommand.with(out, err, environment, signals))
                .setOut(new PrintWriter(text, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
                .setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(failures)
                .setExecutionExceptionHandler(failures)
                .setExecutionStrategy(arguments -> {
                    logging.accept(main.verbose);
                    return new RunLast().execute(arguments);
                });
    }

    @Override
    public void run() {
        CommandSpec command = spec;
        if (command != null) {
            throw which(command);
        }
    }

    /** What to say of a command that needs one of its own. */
    static ParameterException which(CommandSpec command) {
        return new ParameterException(
                command.commandLine(),
                "A command is missing; use one of: "
                        + String.join(", ", command.subcommands().keySet()));
    }
}
