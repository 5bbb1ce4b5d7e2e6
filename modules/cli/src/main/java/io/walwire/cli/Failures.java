package io.walwire.cli;

import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.log.PrintableTrace;
import io.walwire.internal.text.Nearest;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a failed command says, and its exit code. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    private final BooleanSupplier verbose;
    private final BooleanSupplier signalled;

    /**
     * For all commands.
     *
     * @param signalled whether a signal ended the command; then an early end is no failure
     */
    Failures(BooleanSupplier verbose, BooleanSupplier signalled) {
        this.verbose = verbose;
        this.signalled = signalled;
    }

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        // picocli names the kind of a parameter twice
        say(err, String.valueOf(failure.getMessage()).replace("option option ", "option ") + didYouMean(failure));
        err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
        return USAGE;
    }

    private static String didYouMean(ParameterException failure) {
        if (!(failure instanceof UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) {
            return "";
        }
        String wrong = unmatched.getUnmatched().get(0);
        CommandSpec command = failure.getCommandLine().getCommandSpec();
        List<String> known = new ArrayList<>();
        if (wrong.startsWith("-")) {
            command.options().stream()
                    .filter(option -> !option.hidden())
                    .forEach(option -> known.addAll(List.of(option.names())));
        } else {
            known.addAll(command.subcommands().keySet());
        }
        return Nearest.of(wrong, known)
                .map(name -> ". Did you mean " + name + "?")
                .orElse("");
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult arguments) {
        if (signalled.getAsBoolean() && isCutShort(failure)) {
            return DONE;
        }
        PrintWriter err = command.getErr();
        if (verbose.getAsBoolean()) {
            PrintableTrace.of(failure).printStackTrace(err);
        }
        if (failure instanceof ConfigurationException configuration) {
            configuration.problems().forEach(problem -> say(err, problem));
            return USAGE;
        }
        if (failure instanceof WalwireException explained) {
            explain(err, explained);
        } else {
            say(err, "Unexpected error: " + failure + ". Run it with --verbose for the stack trace");
        }
        return FAILED;
    }

    /** The SQL comes on lines of its own, to be copied. */
    private static void explain(PrintWriter err, WalwireException failure) {
        String sql = failure.sql();
        if (sql == null) {
            say(err, String.valueOf(failure.getMessage()));
            return;
        }
        String advice = failure.advice() == null ? "" : " " + failure.advice();
        String state = failure.sqlState() == null ? "" : " " + failure.sqlState();
        say(err, failure.what() + advice + " [" + failure.code() + state + "]");
        sql.lines().forEach(line -> err.println("  " + TerminalText.line(line)));
    }

    private static boolean isCutShort(Exception failure) {
        return failure instanceof InterruptedException
                || (failure instanceof WalwireException explained && explained.code() == ErrorCode.CLOSED);
    }

    /** One line, whatever the message's own line breaks: PostgreSQL's have some. */
    private static void say(PrintWriter err, String message) {
        err.println("walwire: " + TerminalText.line(message));
    }
}
