package io.walwire.cli;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where handlers' classes are: the option of {@code run} and of {@code dead-letters replay}. */
final class HandlerPath {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(
            names = {"--classpath", "-cp"},
            paramLabel = "PATHS",
            order = 10,
            description =
                    "Jars and folders with the handlers' classes, separated as in Java's class path. May be repeated.")
    private List<String> classpath = new ArrayList<>();

    /** Does something while the thread finds classes there. */
    int with(Callable<Integer> work) throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader("walwire-handlers", urls(), Main.class.getClassLoader())) {
            thread.setContextClassLoader(loader);
            return work.call();
        } finally {
            thread.setContextClassLoader(before);
        }
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
