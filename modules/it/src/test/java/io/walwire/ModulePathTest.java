package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.File;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** An application of modules: what {@code module-info} exports and requires is what it needs. */
class ModulePathTest {
    private static final Pattern LIBRARY =
            Pattern.compile("(postgresql-\\d|slf4j-(api|simple)-|jackson-(core|databind|annotations)-|jspecify-).*");
    private static final Pattern INTERNAL = Pattern.compile("\\b(io\\.walwire\\.internal(?:\\.[a-z]+)+)\\.[A-Z]");
    private static final Map<String, String> MODULES = Map.of(
            "cli", "io.walwire.cli",
            "kafka", "io.walwire.kafka",
            "test", "io.walwire.testkit",
            "triggers", "io.walwire.triggers");

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private static Path jar() throws Exception {
        return Path.of(Walwire.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }

    private static ModuleDescriptor module() throws Exception {
        return ModuleFinder.of(jar())
                .find("io.walwire")
                .map(ModuleReference::descriptor)
                .orElseThrow();
    }

    private static String modulePath() throws Exception {
        String own = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Stream.concat(
                        Stream.of(jar().toString()),
                        Arrays.stream(own.split(Pattern.quote(File.pathSeparator), -1))
                                .filter(entry -> LIBRARY.matcher(
                                                String.valueOf(Path.of(entry).getFileName()))
                                        .matches()))
                .collect(Collectors.joining(File.pathSeparator));
    }

    @Test
    void publicPackages_areExportedToEverybody_internalOnesToTheModulesThatUseThem() throws Exception {
        ModuleDescriptor module = module();
        assertThat(module.isAutomatic()).isFalse();
        assertThat(module.exports().stream()
                        .filter(exports -> !exports.isQualified())
                        .map(Exports::source))
                .containsExactlyInAnyOrderElementsOf(module.packages().stream()
                        .filter(name -> !name.startsWith("io.walwire.internal."))
                        .toList());
        Map<String, Set<String>> exported = new TreeMap<>();
        for (Exports exports : module.exports()) {
            if (exports.isQualified()) {
                exported.put(exports.source(), new TreeSet<>(exports.targets()));
            }
        }
        Map<String, Set<String>> used = used(module.packages());
        for (String factories : List.of("io.walwire.internal.socket", "io.walwire.internal.replication")) {
            used.computeIfAbsent(factories, any -> new TreeSet<>())
                    .add("org.postgresql.jdbc"); // the driver makes the factories of its sockets
        }
        assertThat(exported).isEqualTo(used);
    }

    /** The core's packages that other modules of this checkout name in their code. */
    private static Map<String, Set<String>> used(Set<String> packages) throws Exception {
        Map<String, Set<String>> used = new TreeMap<>();
        for (Map.Entry<String, String> module : MODULES.entrySet()) {
            try (Stream<Path> files = Files.walk(Path.of("modules", module.getKey(), "src/main/java"))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Matcher names = INTERNAL.matcher(Files.readString(file));
                    while (names.find()) {
                        if (packages.contains(names.group(1))) {
                            used.computeIfAbsent(names.group(1), any -> new TreeSet<>())
                                    .add(module.getValue());
                        }
                    }
                }
            }
        }
        return used;
    }

    @Test
    void applicationOfModules_receivesRecords(@TempDir Path folder) throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, price float8, weight float4)",
                "CREATE PUBLICATION events FOR TABLE item");
        Path sources = Path.of("modules/it/src/test/resources/module-path");
        List<String> compile = new ArrayList<>(List.of(
                "--release",
                "17",
                "-d",
                folder.toString(),
                "-p",
                modulePath(),
                "-Xlint:all,-requires-automatic,-path",
                "-Werror"));
        try (Stream<Path> files = Files.walk(sources)) {
            files.filter(Files::isRegularFile).map(Path::toString).forEach(compile::add);
        }
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, compile.toArray(String[]::new)))
                .isZero();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-p",
                        modulePath() + File.pathSeparator + folder,
                        "-m",
                        "shop/shop.Main",
                        database.url())
                .redirectErrorStream(true)
                .start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
                if (line.equals("streaming")) {
                    database.sql("INSERT INTO item VALUES (1, 0.1, 2.5)");
                }
            }
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String printed = String.join("\n", lines);
        assertThat(process.exitValue()).as(printed).isZero();
        assertThat(printed)
                .contains("module io.walwire", "Item[id=1, price=0.1, weight=2.5]", "\"price\":0.1,\"weight\":2.5");
    }
}
