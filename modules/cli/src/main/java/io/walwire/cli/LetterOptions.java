package io.walwire.cli;

import io.walwire.DeadLetters;
import io.walwire.WalwireBuilder;
import io.walwire.deadletter.StoredLetter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which dead letters, and where they are. */
final class LetterOptions {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            order = 20,
            description = "The file with the letters, instead of what walwire.dead-letters says.")
    private @Nullable Path file;

    @Option(names = "--id", paramLabel = "ID", order = 21, description = "Only this letter. May be repeated.")
    private List<String> ids = new ArrayList<>();

    @Option(names = "--handler", paramLabel = "NAME", order = 22, description = "Only letters of this handler.")
    private @Nullable String handler;

    @Option(names = "--all", order = 23, description = "All letters.")
    private boolean all;

    List<String> ids() {
        return ids;
    }

    Predicate<StoredLetter> which() {
        return letter ->
                (ids.isEmpty() || ids.contains(letter.id())) && (handler == null || handler.equals(letter.handler()));
    }

    /** Requires a selection, so that a command does not affect all letters by mistake. */
    void requireAny() {
        boolean some = !ids.isEmpty() || handler != null;
        if (all == some) {
            throw mistake(
                    all
                            ? "--all cannot be combined with --id or --handler"
                            : "Choose the letters with --id, --handler or --all");
        }
    }

    DeadLetters letters(ConnectionOptions connection, Map<String, String> environment) {
        return file != null
                ? ofFile(file)
                : connection.builderWithoutHandlers(environment).deadLetters();
    }

    DeadLetters letters(WalwireBuilder builder) {
        return file != null ? ofFile(file) : builder.deadLetters();
    }

    private DeadLetters ofFile(Path named) {
        if (!Files.isRegularFile(named)) {
            throw mistake("--file: there is no file " + named);
        }
        return DeadLetters.file(named);
    }

    private RuntimeException mistake(String message) {
        CommandSpec command = spec;
        return command == null
                ? new IllegalStateException(message)
                : new ParameterException(command.commandLine(), message);
    }
}
