package io.walwire.cli;

import io.walwire.Walwire;
import io.walwire.cli.signal.Signals;
import java.io.File;
import java.io.PrintStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

/** {@code walwire run}. */
@Command(
        name = "run",
        description = {
            "Runs handlers until it is interrupted.",
            "Their classes are named by walwire.handlers (or walwire.handlers.package) and come from --classpath."
        })
final class RunCommand implements Callable<Integer> {
    private static final long LOOK_MILLIS = 200;

    private final PrintStream err;
    private final Map<String, String> environment;
    private final Signals signals;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"--classpath", "-cp"},
            paramLabel = "PATHS",
            order = 10,
            description =
                    "Jars and folders of the handlers' classes, apart by the system's path separator; may be repeated.")
    private List<String> classpath = new ArrayList<>();

    RunCommand(PrintStream err, Map<String, String> environment, Signals signals) {
        this.err = err;
        this.environment = environment;
        this.signals = signals;
    }

    @Override
    public Integer call() throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader("walwire-handlers", urls(), Main.class.getClassLoader())) {
            thread.setContextClassLoader(loader);
            try (Walwire walwire = connection.builder(environment).start()) {
                signals.onSignal(walwire::close);
                watch(walwire);
            }
            return 0;
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private void watch(Walwire walwire) throws Exception {
        StateLines states = new StateLines(err);
        CompletableFuture<Void> completion = walwire.completion().toCompletableFuture();
        while (!completion.isDone()) {
            states.look(walwire);
            Waiting.on(completion, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
        Waiting.rethrow(completion);
    }

    private URL[] urls() {
        List<URL> urls = new ArrayList<>();
        for (String paths : classpath) {
            for (String path : paths.split(File.pathSeparator, -1)) {
                if (!path.isEmpty()) {
                    urls.add(url(path));
                }
            }
        }
        return urls.toArray(URL[]::new);
    }

    private URL url(String text) {
        try {
            Path path = Path.of(text);
            if (Files.isReadable(path)) {
                return path.toUri().toURL();
            }
        } catch (InvalidPathException | MalformedURLException e) {
            throw unusable(text);
        }
        throw unusable(text);
    }

    private RuntimeException unusable(String path) {
        CommandSpec command = spec;
        String message = "--classpath: there is no readable jar or folder " + path;
        return command == null
                ? new IllegalStateException(message)
                : new ParameterException(command.commandLine(), message);
    }
}
