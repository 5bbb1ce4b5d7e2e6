package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.PgBouncer;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.SpringBootVersion;

/** What a user's terminal shows of an application with a mistake: one answer, and no stack trace. All of them run in one JVM of their own. */
class BadStartsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @Test
    void mistakes_haveAnAnswerEach_withoutAStackTrace() throws Exception {
        database.sql(
                "CREATE TABLE users (id bigint PRIMARY KEY, email text)", "CREATE PUBLICATION events FOR ALL TABLES");
        String role = database.role("LOGIN PASSWORD 'hunter2'");
        Map<String, String> shown;
        try (PgBouncer bouncer = PgBouncer.before(database.server(), "transaction", "extra_float_digits,options")) {
            shown = sections(output(
                    database.jdbcUrl(),
                    "jdbc:postgresql://localhost:" + bouncer.port() + "/" + database.name()
                            + credentials(database.user(), database.password()),
                    Application.plainUrl(database) + credentials(role, "hunter2")));
        }
        requireLibraries(shown);
        requireAnswers(shown);
        shown.forEach((name, section) -> {
            if (!name.equals("start")) {
                assertThat(section).as(name).doesNotContain("\tat ", "it started", "hunter2");
            }
        });
    }

    private static String credentials(String user, String password) {
        return "?user=" + user + "&password=" + password;
    }

    private static void requireLibraries(Map<String, String> shown) {
        if (SpringBootVersion.getVersion().startsWith("3.")) {
            assertThat(shown.get("start")).contains("libraries 42.7.8 2.19.");
        } else {
            assertThat(shown.get("start")).contains("libraries 42.7.");
        }
    }

    private static void requireAnswers(Map<String, String> shown) {
        answer(
                shown,
                "wrong key",
                "Unknown property walwire.slot.nmae",
                "Did you mean walwire.slot.name?",
                "walwire.buffer");
        answer(shown, "pooler", "[CONNECTION]", "PgBouncer", "Action:");
        answer(shown, "role", "[PRIVILEGE]", "REPLICATION", "set walwire.user and walwire.password");
        answer(shown, "publication", "evnts", "[PUBLICATION]", "CREATE PUBLICATION");
        answer(shown, "handlers of one name", "another handler has the name mails", "give each its own handlerName()");
        answer(shown, "beans of one name", "mails", "could not be registered", "Action:");
        answer(shown, "method", "StaticMethod.hidden: it must be neither private nor static");
        answer(shown, "handler that throws", "handler broken has thrown in define()", "no template of the mails");
        assertThat(shown.get("record")).contains("Person does not fit table", "name", "state=FAILED");
    }

    private static void answer(Map<String, String> shown, String name, String... texts) {
        assertThat(shown.get(name))
                .as(name)
                .contains("APPLICATION FAILED TO START", "Description:", "it did not start")
                .contains(texts);
    }

    private static Map<String, String> sections(String output) {
        Map<String, String> sections = new LinkedHashMap<>();
        String[] parts = ("start\n" + output).split("(?m)^=== ", -1);
        for (String part : parts) {
            int line = part.indexOf('\n');
            sections.put(part.substring(0, line), part.substring(line + 1));
        }
        return sections;
    }

    private static String output(String... urls) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dorg.springframework.boot.logging.LoggingSystem=none",
                "-Dwalwire.test.log=ERROR",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                BadStarts.class.getName()));
        command.addAll(List.of(urls));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            process.destroyForcibly();
        }
    }
}
