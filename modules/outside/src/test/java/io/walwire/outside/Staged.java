package io.walwire.outside;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder from which projects get Walwire, a Maven repository as on a server: what {@code bin/stage FOLDER} has made, with
 * {@code -Dwalwire.outside.staging=FOLDER}; else what this build has made so far, in the same places. It is copied here, since the goal
 * that publishes refuses to work offline.
 */
record Staged(Path folder) {
    private static final Path GROUP = Path.of("io", "walwire");

    /** A {@code pom.xml}, and the jar beside it. */
    private record Artifact(String id, String folder, boolean hasJar) {
        void copyTo(Path repository, String version) throws IOException {
            Path to = repository.resolve(GROUP).resolve(Path.of(id, version));
            String name = id + '-' + version;
            Files.createDirectories(to);
            copy(Path.of(folder, "pom.xml"), to.resolve(name + ".pom"));
            if (hasJar) {
                copy(Path.of(folder, "target", name + ".jar"), to.resolve(name + ".jar"));
            }
        }

        private static void copy(Path from, Path to) throws IOException {
            Files.copy(from, to);
            Files.writeString(to.resolveSibling(to.getFileName() + ".sha1"), sha1(to));
        }

        private static String sha1(Path file) throws IOException {
            try {
                MessageDigest digest = MessageDigest.getInstance("SHA-1");
                return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e); // each Java has it
            }
        }
    }

    private static final List<Artifact> ARTIFACTS = List.of(
            new Artifact("walwire-parent", "modules", false),
            new Artifact("walwire-bom", "modules/bom", false),
            new Artifact("walwire", "", true),
            new Artifact("walwire-spring-boot-starter", "modules/spring-boot-starter", true),
            new Artifact("walwire-micrometer", "modules/micrometer", true),
            new Artifact("walwire-kafka", "modules/kafka", true));

    /**
     * The folder, with what was staged.
     *
     * @param made where to put what this build has made, in place of what was there before
     * @param version of this build
     */
    static Staged folder(Path made, String version) throws IOException {
        String staging = System.getProperty("walwire.outside.staging", "");
        if (!staging.isEmpty()) {
            return new Staged(Path.of(staging));
        }
        delete(made);
        for (Artifact each : ARTIFACTS) {
            each.copyTo(made, version);
        }
        return new Staged(made);
    }

    /** Takes Walwire from a local repository, so that the next build gets it from the folder. */
    static void forget(Path repository) throws IOException {
        delete(repository.resolve(GROUP));
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** Makes sure that a local repository has Walwire, and all of it from a remote repository of this name. */
    static void requireServed(Path repository, String name) throws IOException {
        try (Stream<Path> files = Files.walk(repository.resolve(GROUP))) {
            List<Path> origins =
                    files.filter(file -> file.endsWith("_remote.repositories")).toList();
            assertThat(origins).hasSizeGreaterThan(2);
            for (Path origin : origins) {
                assertThat(Files.readAllLines(origin).stream().filter(line -> !line.startsWith("#")))
                        .as(origin.toString())
                        .isNotEmpty()
                        .allMatch(line -> line.endsWith(">" + name + "="));
            }
        }
    }
}
