package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PropertiesFileTest {
    private final Path folder;

    PropertiesFileTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void read_keepsOrderAndUtf8() throws IOException {
        PropertiesFile file = PropertiesFile.read(written("""
                # a comment
                walwire.url = postgresql://localhost/shop
                walwire.subscriptions = user, \\
                    billing."Größe"
                walwire.name: a\\u0062c
                """));
        assertThat(file.problems()).isEmpty();
        assertThat(file.values().keySet()).containsExactly("walwire.url", "walwire.subscriptions", "walwire.name");
        assertThat(file.values())
                .containsEntry("walwire.subscriptions", "user, billing.\"Größe\"")
                .containsEntry("walwire.name", "abc");
    }

    @Test
    void read_byteOrderMark() throws IOException {
        assertThat(PropertiesFile.read(written("\uFEFFwalwire.name=a")).values())
                .containsEntry("walwire.name", "a");
    }

    @Test
    void read_duplicates() throws IOException {
        Path path = written("walwire.a=1\nwalwire.b=2\nwalwire.a=1\nwalwire.a=3\n");
        assertThat(PropertiesFile.read(path).problems())
                .containsExactly(
                        "walwire.a is given more than once in " + path.toAbsolutePath() + "; keep one of them");
    }

    @Test
    void read_missing() {
        Path path = folder.resolve("none.properties");
        assertThat(PropertiesFile.read(path).problems())
                .containsExactly("Configuration file " + path.toAbsolutePath() + " does not exist");
        assertThat(PropertiesFile.read(path).values()).isEmpty();
    }

    @Test
    void read_directory() {
        assertThat(PropertiesFile.read(folder).problems())
                .containsExactly(
                        "Configuration file " + folder.toAbsolutePath() + " cannot be read: it is a directory");
    }

    @Test
    void read_notUtf8() throws IOException {
        Path path = folder.resolve("latin1.properties");
        Files.write(path, "walwire.name=ü".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(PropertiesFile.read(path).problems())
                .singleElement()
                .asString()
                .contains("is not in UTF-8");
    }

    @Test
    void read_brokenEscape() throws IOException {
        assertThat(PropertiesFile.read(written("walwire.password=hunter2\\u12")).problems())
                .singleElement()
                .asString()
                .contains("four hexadecimal digits")
                .doesNotContain("hunter2");
    }

    private Path written(String text) throws IOException {
        return Files.writeString(folder.resolve("walwire.properties"), text);
    }
}
