package io.walwire.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** PostgreSQL's own client; not among the embedded binaries, so it is used where the machine has it. */
final class PgRecvlogical {
    private static final String NAME = "pg_recvlogical";

    /** Where Debian and Ubuntu keep each version's programs, by its number. */
    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

    private PgRecvlogical() {}

    static Optional<Path> path() {
        return Stream.concat(onPath(), ofDebian()).filter(Files::isExecutable).findFirst();
    }

    private static Stream<Path> onPath() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, NAME));
    }

    private static Stream<Path> ofDebian() {
        List<Path> versions = new ArrayList<>();
        if (Files.isDirectory(DEBIAN)) {
            try (Stream<Path> folders = Files.list(DEBIAN)) {
                folders.filter(folder -> folder.getFileName().toString().matches("\\d+"))
                        .forEach(versions::add);
            } catch (IOException e) {
                System.err.println(DEBIAN + " cannot be read: " + e);
            }
        }
        versions.sort(Comparator.comparing(
                        (Path folder) -> Integer.valueOf(folder.getFileName().toString()))
                .reversed());
        return versions.stream().map(folder -> folder.resolve("bin").resolve(NAME));
    }

    /** As it says itself, or that there is none. */
    static String version() throws IOException {
        Optional<Path> path = path();
        if (path.isEmpty()) {
            return "no pg_recvlogical (postgresql-client has it)";
        }
        Process process = new ProcessBuilder(path.get().toString(), "--version").start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }
}
