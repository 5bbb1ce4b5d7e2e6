package io.walwire.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteTest {
    @TempDir
    Path top = Path.of("");

    @TempDir
    Path folder = Path.of("");

    @BeforeEach
    void documents() throws IOException {
        write("README.md", "# Walwire\n\nSee [the contents](docs/README.md).\n");
        write("docs/README.md", "# Contents\n\n## Tasks\n\n| | |\n| --- | --- |\n| mail | [mail](tasks/mail.md) |\n");
        write("docs/tasks/mail.md", "# Send `mail`\n\n## Once & again\n\n```java\nString s = \"<b>\"; // why\n```\n");
    }

    private void write(String file, String text) throws IOException {
        Site.write(top.resolve(file), text);
    }

    private String page(String version, String file) throws IOException {
        assertThat(Site.build(top, folder, version)).isEmpty();
        return Files.readString(folder.resolve(version).resolve(file));
    }

    @Test
    void links_leadToPages_upAndDown() throws IOException {
        write(
                "docs/tasks/mail.md",
                "# Mail\n\n[up](../../README.md) [here](#mail) [code](../../sql/a.sql) [out](https://x.example/y.md)\n");
        write("sql/a.sql", "SELECT 1; -- one\n");

        assertThat(page("1", "docs/tasks/mail.html"))
                .contains("href=\"../../index.html\"", "href=\"#mail\"", "href=\"../../sql/a.sql.html\"")
                .contains("href=\"https://x.example/y.md\"");
        assertThat(page("1", "sql/a.sql.html"))
                .contains("<span class=\"keyword\">SELECT</span> ", "<span class=\"comment\">-- one</span>");
    }

    @Test
    void linkThatShowsAFile_hasTheTitleOfItsPage() throws IOException {
        write(
                "README.md",
                "# Walwire\n\n[mail.md](docs/tasks/mail.md#once--again) [docs/README.md](docs/README.md) [see](docs/tasks/mail.md)\n");

        assertThat(page("1", "index.html"))
                .contains("<a href=\"docs/tasks/mail.html#once--again\">Send mail</a>")
                .contains("<a href=\"docs/index.html\">Contents</a>")
                .contains("<a href=\"docs/tasks/mail.html\">see</a>");
    }

    @Test
    void deadLinks_areNamed_andNothingIsWritten() throws IOException {
        write(
                "docs/tasks/mail.md",
                "# Mail\n\n[a](gone.md) [b](../README.md#gone) [c](../../gone.sql) ![d](gone.svg)\n");

        assertThat(Site.build(top, folder, "1"))
                .containsExactly(
                        "docs/tasks/mail.md: docs/tasks/gone.md",
                        "docs/tasks/mail.md: docs/README.md#gone",
                        "docs/tasks/mail.md: gone.sql",
                        "docs/tasks/mail.md: docs/tasks/gone.svg");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void code_isMarkedUp_andEscaped() throws IOException {
        assertThat(page("1", "docs/tasks/mail.html"))
                .contains(
                        "<pre tabindex=\"0\"><code class=\"language-java\">String s = <span class=\"string\">&quot;&lt;b&gt;&quot;</span>; "
                                + "<span class=\"comment\">// why</span>");
    }

    @Test
    void headings_haveTheNamesThatGitHubGives() throws IOException {
        assertThat(page("1", "docs/tasks/mail.html"))
                .contains("<h1 id=\"send-mail\">Send <code>mail</code></h1>", "<h2 id=\"once--again\">");
    }

    @Test
    void menu_hasTheContents_andTheRest() throws IOException {
        write("CHANGELOG.md", "# Changelog\n");

        assertThat(page("1", "docs/tasks/mail.html"))
                .containsSubsequence(
                        "<h2>Start</h2>",
                        "<a href=\"../../index.html\">Walwire</a>",
                        "<h2>Tasks</h2>",
                        "<a href=\"\" aria-current=\"page\">Send mail</a>",
                        "<h2>Project</h2>",
                        "<a href=\"../../CHANGELOG.html\">Changelog</a>");
    }

    @Test
    void folder_listsItsFiles() throws IOException {
        write("docs/tasks/mail.md", "# Mail\n\n[tests](../../src)\n");
        write("src/a/B.java", "class B {}\n");

        assertThat(page("1", "src.html")).contains("<a href=\"src/a/B.java.html\">a/B.java</a>");
    }

    @Test
    void searchIndex_hasEachPart() throws IOException {
        assertThat(page("1", "search-index.js"))
                .startsWith("window.walwireIndex = [")
                .contains(
                        "{\"url\":\"docs/tasks/mail.html#once--again\",\"page\":\"Send mail\",\"heading\":\"Once & again\",\"text\":");
    }

    @Test
    void versions_standSideBySide_andASnapshotDoesNotReplaceARelease() throws IOException {
        build("0.1.0-SNAPSHOT", "0.1.0", "0.2.0-SNAPSHOT");

        assertThat(folder.resolve("versions.js"))
                .content()
                .contains("\"0.2.0-SNAPSHOT\", \"0.1.0\", \"0.1.0-SNAPSHOT\"");
        assertThat(folder.resolve("latest/index.html")).content().contains("Walwire 0.1.0</h1>");
        assertThat(folder.resolve("index.html")).content().contains("url=latest/index.html");
        try (Stream<Path> folders = Files.list(folder).filter(Files::isDirectory)) {
            assertThat(folders.map(each -> each.getFileName().toString()))
                    .containsExactlyInAnyOrder("0.1.0-SNAPSHOT", "0.1.0", "0.2.0-SNAPSHOT", "latest");
        }
    }

    private void build(String... versions) throws IOException {
        for (String version : versions) {
            write("README.md", "# Walwire " + version + "\n");
            assertThat(Site.build(top, folder, version)).isEmpty();
        }
    }

    private void requireLatest(String version) {
        assertThat(folder.resolve("latest/index.html")).content().contains("Walwire " + version + "</h1>");
    }

    @Test
    void versions_areOrderedByTheirNumbers() throws IOException {
        build("0.9.0", "0.10.0", "0.10.0-SNAPSHOT", "0.2.0", "1.0.0-RC1");

        assertThat(folder.resolve("versions.js"))
                .content()
                .contains("\"1.0.0-RC1\", \"0.10.0\", \"0.10.0-SNAPSHOT\", \"0.9.0\", \"0.2.0\"");
        requireLatest("0.10.0");
    }

    @Test
    void correctionOfAnOlderRelease_isNotTheLatest() throws IOException {
        build("0.9.0", "0.10.0", "0.9.1");
        requireLatest("0.10.0");
        build("0.10.0-SNAPSHOT", "0.11.0-SNAPSHOT");
        requireLatest("0.10.0");
    }

    @Test
    void withoutARelease_theHighestIsTheLatest() throws IOException {
        build("0.10.0-SNAPSHOT", "0.9.0-SNAPSHOT");
        requireLatest("0.10.0-SNAPSHOT");
    }

    /** A page that is no longer there goes. */
    @Test
    void version_isWrittenAgain_asAWhole() throws IOException {
        page("1", "docs/tasks/mail.html");
        Files.delete(top.resolve("docs/tasks/mail.md"));
        write("docs/README.md", "# Contents\n");

        page("1", "index.html");
        assertThat(folder.resolve("1/docs/tasks")).doesNotExist();
    }
}
