package io.walwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/release} on a small checkout of its own. */
class ReleaseScriptTest {
    private static final String POM = """
            <project>
              <version>0.1.0-SNAPSHOT</version>
              <project.build.outputTimestamp>2026-01-01T00:00:00Z</project.build.outputTimestamp>
            </project>
            """;
    private static final String README = """
            Java 17. The library is not published yet: `mvn -f modules install -DskipTests` installs it into your local Maven repository.
            [versions](docs/versions.md)
              <version>0.1.0-SNAPSHOT</version>
            """;

    @TempDir
    Path checkout;

    private String output = "";

    @BeforeEach
    void prepare() throws Exception {
        Assumptions.assumeTrue(run("git", "--version") == 0 && run("perl", "--version") == 0, "git and perl");
        write("modules/pom.xml", POM);
        write("modules/bom/pom.xml", POM);
        write("README.md", README);
        write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n- 0.1.0-SNAPSHOT was here\n");
        Files.createDirectories(checkout.resolve("bin"));
        Files.copy(Path.of("bin/release"), checkout.resolve("bin/release"));
        git("init", "-q");
        commit();
    }

    private void write(String file, String text) throws IOException {
        Path path = checkout.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private void commit() throws Exception {
        git("add", "-A");
        git("commit", "-qm", "before");
    }

    private void git(String... arguments) throws Exception {
        String[] command = new String[arguments.length + 1];
        command[0] = "git";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        assertThat(run(command)).as(output).isZero();
    }

    private int run(String... command) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(checkout.toFile()).redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "HOME", checkout.toString(),
                        "GIT_CONFIG_NOSYSTEM", "1",
                        "GIT_AUTHOR_NAME", "test",
                        "GIT_AUTHOR_EMAIL", "test@example.org",
                        "GIT_COMMITTER_NAME", "test",
                        "GIT_COMMITTER_EMAIL", "test@example.org"));
        Process process = builder.start();
        output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor();
    }

    private String at(String commit, String file) throws Exception {
        git("show", commit + ":" + file);
        return output;
    }

    @Test
    void tag_hasTheVersion_andTheNextCommitTheNext() throws Exception {
        assertThat(run("bin/release", "0.1.0", "0.2.0-SNAPSHOT")).as(output).isZero();
        assertThat(output).endsWith("git push origin HEAD v0.1.0\n");

        for (String pom : List.of("modules/pom.xml", "modules/bom/pom.xml")) {
            assertThat(at("v0.1.0", pom)).contains("<version>0.1.0</version>").doesNotContain("2026-01-01T00:00:00Z");
            assertThat(at("HEAD", pom)).contains("<version>0.2.0-SNAPSHOT</version>");
        }
        assertThat(at("HEAD", "README.md"))
                .startsWith("Java 17. [versions](docs/versions.md)")
                .contains("<version>0.1.0</version>");
        assertThat(at("v0.1.0", "CHANGELOG.md"))
                .containsPattern(
                        "## \\[Unreleased]\\n\\n## \\[0\\.1\\.0] - \\d{4}-\\d\\d-\\d\\d\\n\\n- 0.1.0-SNAPSHOT was here\\n");
    }

    /** Documents show what can be had; versions in code, and in what describes a release, are examples. */
    @Test
    void nextRelease_isInTheDocuments_andExamplesStay() throws Exception {
        write("src/Example.java", "0.1.0-SNAPSHOT");
        write("docs/releasing.md", "bin/release 0.1.0 0.2.0-SNAPSHOT");
        commit();
        assertThat(run("bin/release", "0.1.0", "0.2.0-SNAPSHOT")).as(output).isZero();
        assertThat(run("bin/release", "0.2.0", "0.3.0-SNAPSHOT")).as(output).isZero();

        assertThat(at("v0.2.0", "README.md")).contains("<version>0.2.0</version>");
        assertThat(at("HEAD", "README.md")).contains("<version>0.2.0</version>");
        assertThat(at("HEAD", "modules/pom.xml")).contains("<version>0.3.0-SNAPSHOT</version>");
        assertThat(at("v0.2.0", "src/Example.java")).isEqualTo("0.1.0-SNAPSHOT");
        assertThat(at("v0.2.0", "docs/releasing.md")).isEqualTo("bin/release 0.1.0 0.2.0-SNAPSHOT");
    }

    /** The release before is that of the branch, and not the highest. */
    @Test
    void correctionOfAnOlderRelease_isInItsDocuments() throws Exception {
        assertThat(run("bin/release", "0.1.0", "0.2.0-SNAPSHOT")).as(output).isZero();
        assertThat(run("bin/release", "0.2.0", "0.3.0-SNAPSHOT")).as(output).isZero();
        git("checkout", "-q", "-b", "older", "v0.1.0");
        for (String pom : List.of("modules/pom.xml", "modules/bom/pom.xml")) {
            write(pom, POM.replace("0.1.0", "0.1.1"));
        }
        commit();
        assertThat(run("bin/release", "0.1.1", "0.1.2-SNAPSHOT")).as(output).isZero();

        assertThat(at("v0.1.1", "README.md")).contains("<version>0.1.1</version>");
    }

    /** Before 1.0 the second number says that programs may break, from then on the first. */
    @Test
    void removedApi_needsAHigherVersion() throws Exception {
        String api = "modules/it/src/test/resources/public-api.txt";
        write(api, "class A\n    void one()\n    void two()\n");
        commit();
        assertThat(run("bin/release", "0.1.0", "0.2.0-SNAPSHOT")).as(output).isZero();
        write(api, "class A\n    void one()\n    void three()\n    void two()\n");
        commit();
        assertThat(run("bin/release", "0.1.1", "0.2.0-SNAPSHOT")).as(output).isZero();
        write(api, "class A\n    void one()\n    void two(int)\n");
        commit();

        assertThat(run("bin/release", "0.1.2", "0.2.0-SNAPSHOT")).isEqualTo(2);
        assertThat(output)
                .contains("of the API of v0.1.1 this is gone or changed:\n    void three()\n    void two()\n")
                .contains("0.1.2 is too low a version");
        assertThat(run("bin/release", "0.2.0", "1.0.0-SNAPSHOT")).as(output).isZero();
        assertThat(run("bin/release", "1.0.0", "1.1.0-SNAPSHOT")).as(output).isZero();
        write(api, "class A\n    void one()\n");
        commit();
        assertThat(run("bin/release", "1.1.0", "1.2.0-SNAPSHOT")).isEqualTo(2);
        assertThat(run("bin/release", "2.0.0", "2.1.0-SNAPSHOT")).as(output).isZero();
    }

    @Test
    void whatCannotBeReleased_isRefused_andNothingChanges() throws Exception {
        assertThat(run("bin/release", "0.1.0-SNAPSHOT", "0.2.0-SNAPSHOT")).isEqualTo(2);
        assertThat(run("bin/release", "0.1.0", "0.2.0")).isEqualTo(2);
        git("tag", "v0.1.0");
        assertThat(run("bin/release", "0.1.0", "0.2.0-SNAPSHOT")).isEqualTo(2);
        assertThat(output).contains("there is a tag v0.1.0 already");
        write("README.md", "changed");
        assertThat(run("bin/release", "0.3.0", "0.4.0-SNAPSHOT")).isEqualTo(2);
        assertThat(output).contains("not committed");
        git("log", "--oneline");
        assertThat(output.lines()).hasSize(1);
    }
}
