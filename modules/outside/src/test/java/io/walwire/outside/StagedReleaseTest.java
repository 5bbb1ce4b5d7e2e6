package io.walwire.outside;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code bin/stage FOLDER} has put into a repository, which takes minutes: skipped without
 * {@code -Dwalwire.outside.staging=FOLDER}. With {@code -Dwalwire.outside.staging.unsigned=true} signatures may be missing.
 */
class StagedReleaseTest {
    private Path staging = Path.of("");

    @BeforeEach
    void find() {
        String folder = System.getProperty("walwire.outside.staging", "");
        Assumptions.assumeFalse(folder.isEmpty(), "run with -Dwalwire.outside.staging=FOLDER, after bin/stage FOLDER");
        staging = Path.of(folder, "io", "walwire");
    }

    @Test
    void modules_thatArePublished_andNoOther() throws IOException {
        assertThat(names(staging))
                .containsExactlyInAnyOrder(
                        "walwire",
                        "walwire-bom",
                        "walwire-cli",
                        "walwire-kafka",
                        "walwire-micrometer",
                        "walwire-parent",
                        "walwire-spring-boot-starter",
                        "walwire-spring-boot-test",
                        "walwire-test",
                        "walwire-triggers");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "walwire",
                "walwire-cli",
                "walwire-kafka",
                "walwire-micrometer",
                "walwire-spring-boot-starter",
                "walwire-spring-boot-test",
                "walwire-test",
                "walwire-triggers"
            })
    void module_hasAllThatCentralAsks(String module) throws IOException {
        for (String part :
                List.of(".pom", ".jar", "-sources.jar", "-javadoc.jar", "-cyclonedx.json", "-cyclonedx.xml")) {
            requireSigned(module, part);
        }
        assertThat(files(module)).noneMatch(file -> file.contains("-tests.jar"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"walwire-bom", "walwire-parent"})
    void pomAlone_isSignedToo(String module) throws IOException {
        requireSigned(module, ".pom");
    }

    private void requireSigned(String module, String part) throws IOException {
        List<String> wanted = new ArrayList<>(List.of(part, part + ".sha1", part + ".md5"));
        if (!Boolean.getBoolean("walwire.outside.staging.unsigned")) {
            wanted.add(part + ".asc");
        }
        for (String suffix : wanted) {
            assertThat(files(module))
                    .as(suffix)
                    .anyMatch(file -> file.matches(
                            module + "-\\d[\\d.]*(?:-SNAPSHOT|-\\d{8}\\.\\d{6}-\\d+)?" + suffix.replace(".", "\\.")));
        }
    }

    /** Of its only version. */
    private List<String> files(String module) throws IOException {
        Path versions = staging.resolve(module);
        List<String> all = names(versions).stream()
                .filter(name -> Files.isDirectory(versions.resolve(name)))
                .toList();
        assertThat(all).hasSize(1);
        return names(versions.resolve(all.get(0)));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
