package io.walwire.outside;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** An empty Spring Boot project with the starter, one component and two keys: built outside of this build, and run. */
class FirstApplicationTest {
    private static final Path FIRST = Path.of("modules/outside/src/test/resources/first");
    private static final String KEYS = "src/main/resources/application.properties";
    private static final String URL = "postgresql://walwire:secret@localhost:5432/shop";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        database.sql(
                "CREATE TABLE users (id bigint PRIMARY KEY, email text)", "CREATE PUBLICATION events FOR TABLE users");
    }

    @Test
    void onSpringBoot3_callsItsHandler(@TempDir Path folder) throws Exception {
        callsItsHandler(folder, MavenProject.property("boot3"));
    }

    @Test
    void onSpringBoot4_callsItsHandler(@TempDir Path folder) throws Exception {
        callsItsHandler(folder, MavenProject.property("boot4"));
    }

    private void callsItsHandler(Path folder, String springBoot) throws Exception {
        MavenProject project = MavenProject.copy(FIRST, folder.resolve("first"));
        project.useSpringBoot(springBoot);
        project.replace(KEYS, URL, database.url());
        try (StartedJar application = StartedJar.start(project.build())) {
            application.await("Started ShopApplication");
            database.sql("INSERT INTO users VALUES (1, 'ada@example.org')");
            application.await("^Welcome, ada@example.org$");
        }
    }

    @Test
    void eightLinesAndTwoKeys() throws IOException {
        List<String> lines = lines("src/main/java/com/example/shop/Mails.java");
        assertThat(lines).hasSize(8).startsWith("@Component");
        assertThat(lines(KEYS)).hasSize(2);
    }

    /** Without those that an editor writes. */
    private static List<String> lines(String file) throws IOException {
        try (Stream<String> lines = Files.lines(FIRST.resolve(file))) {
            return lines.filter(line -> !line.isBlank() && !line.startsWith("package ") && !line.startsWith("import "))
                    .toList();
        }
    }
}
