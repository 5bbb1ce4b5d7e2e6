package io.walwire.benchmarks;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A program of the benchmarks' in a JVM of its own, so that no program runs in code that another has warmed up. */
final class ChildJvm {
    private ChildJvm() {}

    /** The JVM's options stand between blanks. */
    static Process start(String options, Class<?> main, List<String> arguments) throws IOException {
        return start(options, System.getProperty("java.class.path"), main, arguments);
    }

    /** The class path of another checkout, in which {@code benchmarks/run} was run. */
    static String classPath(Path checkout) {
        return Stream.of(
                        "target/classes",
                        "modules/triggers/target/classes",
                        "benchmarks/target/classes",
                        "benchmarks/target/lib/*")
                .map(each -> checkout.resolve(each).toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    static Process start(String options, String classPath, Class<?> main, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options.split(" ", -1)));
        command.addAll(List.of("-cp", classPath, main.getName()));
        command.addAll(arguments);
        if (Boolean.getBoolean(Samples.WANTED)) {
            command.add(1, "-D" + Samples.WANTED + "=true");
        }
        return new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    }

    /** Runs it to its end; the numbers on the last line that it printed. */
    static double[] figures(String heap, Class<?> main, List<String> arguments)
            throws IOException, InterruptedException {
        return figures(heap, System.getProperty("java.class.path"), main, arguments);
    }

    static double[] figures(String heap, String classPath, Class<?> main, List<String> arguments)
            throws IOException, InterruptedException {
        String[] lines = output(heap, classPath, main, arguments).strip().split("\n", -1);
        return Arrays.stream(lines[lines.length - 1].split(" ", -1))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    /** Runs it to its end; all that it printed. */
    static String output(String heap, String classPath, Class<?> main, List<String> arguments)
            throws IOException, InterruptedException {
        Process process = start(heap, classPath, main, arguments);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(main.getSimpleName() + " " + arguments + " failed: " + output);
        }
        return output;
    }
}
