package io.walwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code .ci/publish-site}, with a remote repository in a folder. */
class PublishSiteTest {
    /** Writes a version. Once, another job pushes between what was fetched and what is pushed. */
    private static final String BUILD = """
            #!/usr/bin/env bash
            set -euo pipefail
            folder=${2#-Dwalwire.site=}
            if [ -e ../race ]; then
                rm ../race
                .ci/publish-site other ./build other
            fi
            mkdir -p "$folder/$1"
            echo "$1" > "$folder/$1/index.html"
            """;

    @TempDir
    Path top;

    private String output = "";

    @BeforeEach
    void prepare() throws Exception {
        Assumptions.assumeTrue(run(top, "git", "--version") == 0, "git");
        git(top, "init", "-q", "--bare", "origin");
        git(top, "init", "-q", "checkout");
        Path checkout = checkout();
        Files.createDirectories(checkout.resolve(".ci"));
        Files.copy(Path.of(".ci/publish-site"), checkout.resolve(".ci/publish-site"));
        Files.writeString(checkout.resolve("build"), BUILD);
        Files.setPosixFilePermissions(checkout.resolve("build"), PosixFilePermissions.fromString("rwxr-xr-x"));
        git(checkout, "add", "-A");
        git(checkout, "commit", "-qm", "first");
        git(checkout, "remote", "add", "origin", top.resolve("origin").toUri().toString());
    }

    private Path checkout() {
        return top.resolve("checkout");
    }

    private void git(Path folder, String... arguments) throws Exception {
        String[] command = new String[arguments.length + 1];
        command[0] = "git";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        assertThat(run(folder, command)).as(output).isZero();
    }

    private int run(Path folder, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "HOME", top.toString(),
                        "GIT_CONFIG_NOSYSTEM", "1",
                        "GIT_AUTHOR_NAME", "test",
                        "GIT_AUTHOR_EMAIL", "test@example.org",
                        "GIT_COMMITTER_NAME", "test",
                        "GIT_COMMITTER_EMAIL", "test@example.org"));
        Process process = builder.start();
        output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor();
    }

    private int publish(String version) throws Exception {
        return run(checkout(), ".ci/publish-site", version, "./build", version);
    }

    private String published() throws Exception {
        git(top.resolve("origin"), "ls-tree", "-r", "--name-only", "gh-pages");
        return output;
    }

    @Test
    void versions_standSideBySide() throws Exception {
        assertThat(publish("one")).as(output).isZero();
        assertThat(publish("two")).as(output).isZero();

        assertThat(published()).isEqualTo("one/index.html\ntwo/index.html\n");
        assertThat(publish("two")).as(output).isZero();
        assertThat(output).contains("nothing has changed");
    }

    @Test
    void jobThatPushedMeanwhile_isNotLost() throws Exception {
        assertThat(publish("one")).as(output).isZero();
        Files.createFile(top.resolve("race"));
        assertThat(publish("two")).as(output).isZero();

        assertThat(output).contains("attempt 1 was refused");
        assertThat(published()).isEqualTo("one/index.html\nother/index.html\ntwo/index.html\n");
    }

    /** Both make the branch. */
    @Test
    void firstJobs_atTheSameTime_areBothThere() throws Exception {
        Files.createFile(top.resolve("race"));
        assertThat(publish("one")).as(output).isZero();

        assertThat(published()).isEqualTo("one/index.html\nother/index.html\n");
    }

    @Test
    void failures_areNotHidden() throws Exception {
        assertThat(run(checkout(), ".ci/publish-site", "message", "false")).isEqualTo(1);
        git(
                checkout(),
                "remote",
                "set-url",
                "origin",
                top.resolve("gone").toUri().toString());
        assertThat(publish("one")).isEqualTo(1);
        assertThat(output).contains("origin cannot be read");
    }
}
