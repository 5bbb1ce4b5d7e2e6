package io.walwire.outside;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.TestDatabase.Slot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A project that knows coordinates alone: the README's program as it is there, and the Kafka sink. */
class PlainApplicationTest {
    private static final Path PLAIN = Path.of("modules/outside/src/test/resources/plain");
    private static final String SHOP = "src/main/java/com/example/shop/Shop.java";
    private static final List<String> PLUGINS = List.of("RESOURCES", "COMPILER", "SUREFIRE", "JAR", "DEPENDENCY");
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @Test
    void readmesProgram_runs_andTheSinkIsThere(@TempDir Path folder) throws Exception {
        database.sql(
                "CREATE TABLE users (id bigint PRIMARY KEY, email text)",
                "CREATE TABLE orders (id bigint PRIMARY KEY)",
                "CREATE PUBLICATION events FOR TABLE users, orders");
        MavenProject project = MavenProject.copy(PLAIN, folder.resolve("plain"));
        String[] versions = MavenProject.property("plugins").split(" ", -1);
        for (int i = 0; i < versions.length; i++) {
            project.replace("pom.xml", PLUGINS.get(i), versions[i]);
        }
        Files.writeString(project.folder().resolve("walwire.properties"), properties());
        Path jar = project.build();

        try (StartedJar shop = StartedJar.startIn(project.folder(), "-jar", jar.toString())) {
            Eventually.until(LONG, () -> database.slot(database.unique("shop_app"))
                    .map(Slot::active)
                    .orElse(false));
            database.sql("INSERT INTO users VALUES (1, 'ada@example.org')");
            shop.await("^Welcome, ada@example.org$");
            database.sql("UPDATE users SET email = 'ada@example.com'");
            shop.await("^Please confirm, ada@example.com$");
            database.sql("DELETE FROM users");
            shop.await("^Dropped 1$");
        }
        try (StartedJar feed = StartedJar.startIn(project.folder(), "-cp", jar.toString(), "com.example.shop.Feed")) {
            feed.await("^Made KafkaSink$");
        }
    }

    /** Those of the README, for this database. */
    private String properties() throws IOException {
        return blocks("properties")
                .get(0)
                .replace(
                        "postgresql://localhost:5432/shop",
                        "postgresql://localhost:" + database.server().port() + "/" + database.name())
                .replace("= walwire\n", "= " + database.user() + "\n")
                .replace("${WALWIRE_PASSWORD}", database.password())
                .replace("shop_app", database.unique("shop_app"));
    }

    @Test
    void program_isThatOfTheReadme() throws IOException {
        String program = withoutIndents(Files.readString(PLAIN.resolve(SHOP)));
        assertThat(blocks("java").subList(0, 2)).allSatisfy(block -> assertThat(program)
                .contains(withoutIndents(block).strip()));
    }

    private static String withoutIndents(String code) {
        return code.replaceAll("(?m)^ +", "");
    }

    private static List<String> blocks(String language) throws IOException {
        return Pattern.compile("(?ms)^```" + language + "\\n(.*?)^```$")
                .matcher(Files.readString(Path.of("README.md")))
                .results()
                .map(block -> block.group(1))
                .toList();
    }
}
