package io.walwire.site;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Browser;
import io.walwire.testing.Browser.Page;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The site of the documents as they are, in a real browser: skipped where there is none, see {@link Browser}. Screenshots are in
 * {@code modules/site/target/screenshots}, to be looked at.
 */
class SiteInBrowserTest {
    private static final Path SCREENSHOTS = Path.of("modules/site/target/screenshots");
    private static final String OVERFLOWING =
            "document.documentElement.scrollWidth - document.documentElement.clientWidth";

    private static final Pattern DOCUMENT = Pattern.compile("[^.]*0\\.1\\.0[^.]*\\.html");
    private static final String FRAME = """
            new Promise(resolve => {
              const f = document.createElement('iframe');
              f.id = 'f';
              f.style.cssText = 'width:360px;height:700px;border:0';
              f.onload = resolve;
              f.src = '%s';
              document.body.replaceChildren(f);
            })""";

    @TempDir
    static Path folder = Path.of("");

    @TempDir
    static Path profile = Path.of("");

    private static @Nullable Browser browser;
    private static @Nullable SiteServer server;

    @BeforeAll
    static void start() throws IOException {
        browser = Browser.start(profile);
        assertThat(Site.build(Path.of(""), folder, "0.1.0")).isEmpty();
        server = SiteServer.start(folder);
        Files.createDirectories(SCREENSHOTS);
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private static URI uri(Path file) {
        return Objects.requireNonNull(server).uri(Links.url(folder.relativize(file)));
    }

    private static Page open(String file) {
        return Objects.requireNonNull(browser).open(uri(folder.resolve("0.1.0").resolve(file)));
    }

    /** Of the documents; in frames, since a tab for each would take long. */
    @Test
    void everyPage_fitsIntoANarrowWindow() throws IOException {
        Page page = open("index.html");
        page.resize(360, 740, false);
        try (Stream<Path> files = Files.walk(folder.resolve("0.1.0"))) {
            List<Path> pages = files.filter(
                            file -> DOCUMENT.matcher(file.toString()).matches())
                    .toList();
            assertThat(pages).hasSizeGreaterThan(40);
            for (Path each : pages) {
                page.evaluate(FRAME.formatted(uri(each)));
                assertThat(page.evaluate(OVERFLOWING.replace("document.", "f.contentDocument.")))
                        .as(each.toString())
                        .isEqualTo("0");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "index.html",
                "docs/index.html",
                "docs/tasks/mail.html",
                "docs/tasks/search.html",
                "docs/symptoms/disk-fills.html",
                "docs/symptoms/stopped.html",
                "docs/errors.html"
            })
    void page_lightDarkAndNarrow(String file) throws IOException {
        Page page = open(file);
        String name = file.replace('/', '-').replace(".html", "");
        page.resize(1440, 1000, false);
        String light = page.evaluate("getComputedStyle(document.body).backgroundColor");
        Files.write(SCREENSHOTS.resolve(name + "-light.png"), page.screenshot());
        page.resize(1440, 1000, true);
        assertThat(page.evaluate("getComputedStyle(document.body).backgroundColor"))
                .isNotEqualTo(light);
        Files.write(SCREENSHOTS.resolve(name + "-dark.png"), page.screenshot());
        page.resize(360, 740, false);
        assertThat(page.evaluate(OVERFLOWING)).isEqualTo("0");
        Files.write(SCREENSHOTS.resolve(name + "-narrow.png"), page.screenshot());
    }

    /** What a reader does who has seen a code in a log. */
    @Test
    void search_leadsToTheErrorCode() throws IOException {
        Page page = open("index.html");
        page.resize(1440, 1000, false);
        page.evaluate("document.getElementById('search').focus();"
                + "document.getElementById('search').value = 'DEAD_LETTER';"
                + "document.getElementById('search').dispatchEvent(new Event('input'))");
        page.await("document.querySelector('#found a') !== null");
        Files.write(SCREENSHOTS.resolve("search.png"), page.screenshot());
        assertThat(page.evaluate(
                        "new URL(document.querySelector('#found a').href).pathname.split('/').slice(-2).join('/')"
                                + " + new URL(document.querySelector('#found a').href).hash"))
                .isEqualTo("docs/errors.html#dead_letter");

        page.evaluate("document.getElementById('search').value = 'no such word anywhere';"
                + "document.getElementById('search').dispatchEvent(new Event('input'))");
        page.await("document.getElementById('found').textContent === 'Nothing found'");
    }

    @Test
    void menu_isOpenWhereThereIsRoom() {
        Page page = open("docs/watch.html");
        page.resize(360, 740, false);
        page.await("!document.getElementById('menu').open");
        page.resize(1440, 1000, false);
        assertThat(
                        page.evaluate(
                                "new Promise(r => { const look = () =>"
                                        + " document.getElementById('menu').open ? r('open') : requestAnimationFrame(look); look(); })"))
                .isEqualTo("open");
        assertThat(page.evaluate("document.querySelector('[aria-current]').textContent"))
                .isEqualTo("Watches");
    }

    @Test
    void versions_canBeChosen() {
        Page page = open("docs/watch.html");
        assertThat(page.evaluate("[...document.getElementById('version').options].map(o => o.value).join()"))
                .isEqualTo("0.1.0");
        assertThat(URI.create(page.evaluate("document.querySelector('.brand').href")))
                .isEqualTo(uri(folder.resolve("0.1.0/index.html")));
    }
}
