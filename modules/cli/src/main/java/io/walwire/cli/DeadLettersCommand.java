package io.walwire.cli;

import io.walwire.DeadLetters;
import io.walwire.WalwireBuilder;
import io.walwire.cli.signal.Signals;
import io.walwire.deadletter.Replay;
import io.walwire.deadletter.StoredLetter;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.letter.LetterLine;
import io.walwire.internal.text.Printable;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code walwire dead-letters}. */
@Command(
        name = "dead-letters",
        description = {
            "Lists, replays or drops dead letters: calls of handlers that failed and are not retried.",
            "walwire.dead-letters says where they are: in the table walwire_dead_letter, or in a file."
        },
        synopsisSubcommandLabel = "COMMAND")
final class DeadLettersCommand implements Runnable {
    private static final int FAILED = 1;

    @Spec
    private @Nullable CommandSpec spec;

    private DeadLettersCommand() {}

    static CommandLine with(OutputStream out, PrintStream err, Map<String, String> environment, Signals signals) {
        return new CommandLine(new DeadLettersCommand())
                .addSubcommand(new ListLetters(out, environment))
                .addSubcommand(new ReplayLetters(err, environment, signals))
                .addSubcommand(new DropLetters(err, environment));
    }

    @Override
    public void run() {
        if (spec != null) {
            throw Main.which(spec);
        }
    }

    /** {@code walwire dead-letters list}. */
    @Command(
            name = "list",
            description = {
                "Prints each letter as one line of JSON, the oldest first. The lines show the values of rows.",
                "Needs no handlers; with --file no database either."
            })
    private static final class ListLetters implements Callable<Integer> {
        private final OutputStream out;
        private final Map<String, String> environment;

        @Mixin
        private ConnectionOptions connection = new ConnectionOptions();

        @Mixin
        private LetterOptions wanted = new LetterOptions();

        ListLetters(OutputStream out, Map<String, String> environment) {
            this.out = out;
            this.environment = environment;
        }

        @Override
        public Integer call() {
            DeadLetters letters = wanted.letters(connection, environment);
            try (Stream<StoredLetter> all = letters.list();
                    BufferedWriter lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8))) {
                for (Iterator<StoredLetter> i = all.filter(wanted.which()).iterator(); i.hasNext(); ) {
                    lines.write(Printable.of(LetterLine.of(i.next())));
                    lines.write('\n');
                }
            } catch (IOException e) {
                throw new WalwireException(
                        ErrorCode.DEAD_LETTER, "Cannot write to standard output (" + e.getMessage() + ").", e);
            }
            return 0;
        }
    }

    /** {@code walwire dead-letters replay}. */
    @Command(
            name = "replay",
            description = {
                "Makes failed calls again, the oldest first, and removes the letters of those that succeed.",
                "Handlers come from --classpath, as for run. It does not stream, so it may run beside walwire run."
            })
    private static final class ReplayLetters implements Callable<Integer> {
        private final PrintStream err;
        private final Map<String, String> environment;
        private final Signals signals;

        @Mixin
        private ConnectionOptions connection = new ConnectionOptions();

        @Mixin
        private HandlerPath handlers = new HandlerPath();

        @Mixin
        private LetterOptions wanted = new LetterOptions();

        ReplayLetters(PrintStream err, Map<String, String> environment, Signals signals) {
            this.err = err;
            this.environment = environment;
            this.signals = signals;
        }

        @Override
        public Integer call() throws Exception {
            wanted.requireAny();
            AtomicBoolean stopping = new AtomicBoolean();
            signals.onSignal(() -> stopping.set(true));
            return handlers.with(() -> {
                WalwireBuilder builder = connection.builder(environment);
                Replay replay = builder.replay(
                        wanted.letters(builder),
                        letter -> !stopping.get() && wanted.which().test(letter));
                replay.reasons()
                        .forEach(
                                kept -> err.println(TerminalText.line("kept " + kept.letter() + ": " + kept.reason())));
                err.println("replayed " + replay.replayed() + ", kept " + replay.kept());
                return replay.kept() == 0 ? 0 : FAILED;
            });
        }
    }

    /** {@code walwire dead-letters drop}. */
    @Command(name = "drop", description = "Removes letters permanently. Their calls are not made again.")
    private static final class DropLetters implements Callable<Integer> {
        private final PrintStream err;
        private final Map<String, String> environment;

        @Mixin
        private ConnectionOptions connection = new ConnectionOptions();

        @Mixin
        private LetterOptions wanted = new LetterOptions();

        DropLetters(PrintStream err, Map<String, String> environment) {
            this.err = err;
            this.environment = environment;
        }

        @Override
        public Integer call() {
            wanted.requireAny();
            DeadLetters letters = wanted.letters(connection, environment);
            List<String> ids = new ArrayList<>();
            try (Stream<StoredLetter> all = letters.list()) {
                all.filter(wanted.which()).map(StoredLetter::id).forEach(ids::add);
            }
            int dropped = letters.remove(ids.toArray(String[]::new));
            err.println("dropped " + dropped);
            List<String> missing =
                    wanted.ids().stream().filter(id -> !ids.contains(id)).toList();
            if (!missing.isEmpty()) {
                throw new WalwireException(
                        ErrorCode.DEAD_LETTER, "There is no such dead letter: " + String.join(", ", missing) + ".");
            }
            return 0;
        }
    }
}
