package io.walwire.outside;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.maven.model.Model;
import org.apache.maven.model.Repository;
import org.apache.maven.model.RepositoryPolicy;
import org.apache.maven.model.io.xpp3.MavenXpp3Reader;
import org.apache.maven.model.io.xpp3.MavenXpp3Writer;
import org.codehaus.plexus.util.xml.pull.XmlPullParserException;
import org.junit.jupiter.api.Assumptions;

/**
 * A project in a folder of its own, which knows Walwire by its coordinates alone. Maven builds it with a local repository of its own. It
 * gets Walwire from the folder where it is {@link Staged}, and what this build has downloaded already from its local repository, both as
 * from a server.
 */
record MavenProject(Path folder) {
    private static final String STAGED = "staged";

    /** A copy. */
    static MavenProject copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path relative = from.relativize(file);
                if (!relative.startsWith("target") && Files.isRegularFile(file)) {
                    Path copy = to.resolve(relative.toString());
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy);
                }
            }
        }
        return new MavenProject(to);
    }

    void replace(String file, String text, String by) throws IOException {
        Path changed = folder.resolve(file);
        assertThat(changed).content().contains(text);
        Files.writeString(changed, Files.readString(changed).replace(text, by));
    }

    /** With another version of Spring Boot. */
    void useSpringBoot(String version) throws IOException {
        replace("pom.xml", "<version>" + property("boot3") + "</version>", "<version>" + version + "</version>");
    }

    /** Builds the jar; its path. */
    Path build() throws IOException, InterruptedException {
        Path repository = Path.of(property("repository"));
        Staged staged = Staged.folder(Path.of(property("staged")), property("version"));
        Staged.forget(repository);
        resolveFrom(staged.folder(), Path.of(property("downloaded")));
        ProcessBuilder maven = new ProcessBuilder(command()).directory(folder.toFile());
        // after what is set already, such as a proxy
        String given = maven.environment().getOrDefault("MAVEN_OPTS", "");
        maven.environment().put("MAVEN_OPTS", given + " -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Path log = folder.resolve("maven.log");
        int exit = maven.redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        assertThat(exit).as(Files.readString(log)).isZero();
        Staged.requireServed(repository, STAGED);
        try (Stream<Path> built = Files.list(folder.resolve("target"))) {
            return built.filter(file -> file.toString().endsWith(".jar"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void resolveFrom(Path staged, Path downloaded) throws IOException {
        Path pom = folder.resolve("pom.xml");
        try {
            Model project = new MavenXpp3Reader().read(new StringReader(Files.readString(pom)));
            project.addRepository(repository(STAGED, staged, true));
            project.addRepository(repository("downloaded", downloaded, false));
            project.addPluginRepository(repository("downloaded", downloaded, false));
            StringWriter text = new StringWriter();
            new MavenXpp3Writer().write(text, project);
            Files.writeString(pom, text.toString());
        } catch (XmlPullParserException e) {
            throw new IOException(e);
        }
    }

    private static Repository repository(String id, Path folder, boolean isStaged) {
        RepositoryPolicy policy = new RepositoryPolicy();
        policy.setEnabled(isStaged);
        policy.setUpdatePolicy("always");
        policy.setChecksumPolicy("fail");
        Repository repository = new Repository();
        repository.setId(id);
        repository.setUrl(folder.toUri().toString());
        repository.setSnapshots(policy);
        if (isStaged) {
            repository.setReleases(policy);
        }
        return repository;
    }

    private static List<String> command() {
        boolean isWindows = System.getProperty("os.name").startsWith("Windows");
        List<String> command = new ArrayList<>(List.of(
                Path.of(property("maven"), "bin", isWindows ? "mvn.cmd" : "mvn").toString(),
                "-B",
                "-q",
                "-Dmaven.repo.local=" + property("repository"),
                "-Dmaven.test.skip=true",
                "package"));
        if (property("mode").equals("offline=true")) {
            command.addAll(List.of("-o", "-Daether.offline.protocols=file"));
        }
        return command;
    }

    /** What the module's {@code pom.xml} says; the test is skipped without. */
    static String property(String name) {
        String value = System.getProperty("walwire.outside." + name);
        return value != null ? value : Assumptions.abort("run by Maven alone, which has made the jars before");
    }
}
