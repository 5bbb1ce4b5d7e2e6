package io.walwire.outside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * What this build has made, in a local repository of Maven, where the goal {@code install} would put it. Copied here, since the goal
 * that takes another repository stops all other modules of a parallel build, and may take their dependencies from them.
 */
final class Installed {
    /** A {@code pom.xml}, and the jar beside it. */
    private record Artifact(String id, String folder, boolean hasJar) {
        void copyTo(Path repository, String version) throws IOException {
            Path to = repository.resolve(Path.of("io", "walwire", id, version));
            String name = id + '-' + version;
            Files.createDirectories(to);
            copy(Path.of(folder, "pom.xml"), to.resolve(name + ".pom"));
            if (hasJar) {
                copy(Path.of(folder, "target", name + ".jar"), to.resolve(name + ".jar"));
            }
        }

        private static void copy(Path from, Path to) throws IOException {
            Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static final List<Artifact> ARTIFACTS = List.of(
            new Artifact("walwire-parent", "modules", false),
            new Artifact("walwire-bom", "modules/bom", false),
            new Artifact("walwire", "", true),
            new Artifact("walwire-spring-boot-starter", "modules/spring-boot-starter", true),
            new Artifact("walwire-micrometer", "modules/micrometer", true),
            new Artifact("walwire-kafka", "modules/kafka", true));

    private Installed() {}

    /**
     * Puts all of it there, in place of what was there before.
     *
     * @param repository the folder of a local repository
     * @param version of this build
     */
    static void into(Path repository, String version) throws IOException {
        for (Artifact each : ARTIFACTS) {
            each.copyTo(repository, version);
        }
    }
}
