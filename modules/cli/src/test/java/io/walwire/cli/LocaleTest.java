package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The command line in processes whose locale is not in UTF-8. They begin from a script in UTF-8: the locale of the tests may not
 * have the characters either.
 */
@EnabledOnOs(OS.LINUX)
class LocaleTest {
    private static final String SECRET = "pässwörd €";
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final String CLASS_PATH =
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @TempDir
    Path folder = Path.of("");

    private String url = "";

    private record Result(int code, String out, String err) {}

    @BeforeEach
    void createRole() throws Exception {
        String role = database.role("LOGIN REPLICATION PASSWORD '" + SECRET + "'");
        database.server().requirePassword(role);
        url = "postgresql://" + role + "@" + database.server().host() + ":"
                + database.server().port() + "/" + database.name();
    }

    private Path script(String name, String... lines) throws Exception {
        Path script = folder.resolve(name);
        Files.createDirectories(script.getParent());
        Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        return script;
    }

    private Result run(String... lines) throws Exception {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(script("run", lines).toString())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Result(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    /** A checkout that is built, whose JVM has the class path of the tests. */
    private String checkout() throws Exception {
        Path target = folder.resolve("modules/cli/target");
        Files.createDirectories(folder.resolve("src/main"));
        Files.createDirectories(folder.resolve("modules/triggers/src/main"));
        Files.createDirectories(folder.resolve("modules/cli/src/main"));
        Files.createDirectories(target.resolve("lib"));
        Files.createDirectories(target.resolve("classes/io/walwire/cli"));
        for (String pom : List.of("pom.xml", "modules/pom.xml", "modules/triggers/pom.xml", "modules/cli/pom.xml")) {
            Files.createFile(folder.resolve(pom));
        }
        Files.createFile(target.resolve("classes/io/walwire/cli/Main.class"));
        Files.createFile(target.resolve("walwire.built"));
        script(
                "java/bin/java",
                "[ \"$1\" != -version ] || exec '" + JAVA + "' -version",
                "while [ \"$1\" != io.walwire.cli.Main ]; do shift; done",
                "exec '" + JAVA + "' -cp '" + CLASS_PATH + "' \"$@\"");
        Path command = script("bin/walwire");
        Files.copy(Path.of("bin/walwire"), command, StandardCopyOption.REPLACE_EXISTING);
        assertThat(command.toFile().setExecutable(true)).isTrue();
        return "JAVA_HOME='" + folder.resolve("java") + "' '" + command + "'";
    }

    @Test
    void command_underLocalesWithoutUtf8_readsArgumentsAndPassword() throws Exception {
        String locales = run("locale -a").out();
        Assumptions.assumeTrue(locales.toLowerCase(Locale.ROOT).contains("utf"), "a UTF-8 locale");
        String command = checkout();
        for (String locale : List.of("LC_ALL=C", "LC_ALL=POSIX", "LC_ALL= LANG= LC_CTYPE=")) {
            Result result = run("PGPASSWORD='" + SECRET + "' " + locale + " " + command + " doctor --url '" + url
                    + "' --publication été");
            assertThat(result.out()).as(result.err()).contains("publication \"été\"", "It does not exist.");
            assertThat(result.code()).isEqualTo(1);
        }
    }

    /** Without the script, as from a container's entry point. */
    @Test
    void jvm_underC_saysWhatCannotBeRead() throws Exception {
        String java = "LC_ALL=C '" + JAVA + "' -cp '" + CLASS_PATH + "' io.walwire.cli.Main";
        String doctor = java + " doctor --url '" + url + "' --publication ";
        assertLost(run(doctor + "été"), "walwire: An argument has characters");
        assertLost(
                run("PGPASSWORD='" + SECRET + "' " + doctor + "events"),
                "walwire: The environment variable PGPASSWORD has characters");
        assertLost(
                run("SHOP='" + SECRET + "' " + doctor + "events --set 'walwire.password=${SHOP}'"),
                "walwire: walwire.password: the environment variable SHOP has characters");
        Result ascii = run(doctor + "events --set walwire.password=wrong");
        assertThat(ascii.out()).contains("password authentication failed");
    }

    private static void assertLost(Result result, String message) {
        assertThat(result.err())
                .startsWith(message)
                .contains("set LC_ALL=C.UTF-8, or another locale in UTF-8")
                .doesNotContain("w\uFFFD", "rd \uFFFD");
        assertThat(result.code()).isEqualTo(2);
    }
}
