package io.walwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/** What Maven Central asks of each published pom is there; it refuses the whole release otherwise. */
class PublishedPomsTest {
    private static final Path PARENT = Path.of("modules/pom.xml");
    private static final Path BOM = Path.of("modules/bom/pom.xml");

    /** Of what is published: itself, or by its parent. */
    static Stream<Path> published() throws Exception {
        List<Path> published = new ArrayList<>(List.of(PARENT));
        for (Element module : children(child(project(PARENT), "modules"))) {
            Path pom = PARENT.resolveSibling(module.getTextContent())
                    .resolve("pom.xml")
                    .normalize();
            if (!Files.readString(pom).contains("<walwire.unpublished>true</walwire.unpublished>")
                    && !pom.startsWith("examples/spring")) {
                published.add(pom);
            }
        }
        return published.stream();
    }

    @Test
    void modules_arePublishedUnlessTheySayOtherwise() throws Exception {
        assertThat(published().map(Path::toString).toList())
                .containsExactlyInAnyOrder(
                        "pom.xml",
                        "modules/pom.xml",
                        "modules/bom/pom.xml",
                        "modules/triggers/pom.xml",
                        "modules/test/pom.xml",
                        "modules/kafka/pom.xml",
                        "modules/spring-boot-starter/pom.xml",
                        "modules/spring-boot-test/pom.xml",
                        "modules/cli/pom.xml",
                        "modules/micrometer/pom.xml");
    }

    @ParameterizedTest
    @MethodSource("published")
    void pom_hasWhatCentralAsks(Path pom) throws Exception {
        Element project = project(pom);
        assertThat(text(project, "name")).isNotBlank();
        assertThat(text(project, "description")).isNotBlank();
        Element from = pom.equals(BOM) ? project : project(PARENT);
        assertThat(pom.equals(PARENT)
                        || pom.equals(BOM)
                        || text(project, "parent", "artifactId").equals("walwire-parent"))
                .isTrue();
        assertThat(text(from, "url")).startsWith("https://");
        assertThat(text(from, "licenses", "license", "name")).isEqualTo("Apache-2.0");
        assertThat(text(from, "licenses", "license", "url")).startsWith("https://");
        assertThat(text(from, "developers", "developer", "name")).isNotBlank();
        assertThat(text(from, "scm", "url")).startsWith("https://");
        assertThat(text(from, "scm", "connection")).startsWith("scm:git:");
        assertThat(text(from, "scm", "developerConnection")).startsWith("scm:git:");
    }

    /** The bom has no parent, and repeats what it cannot inherit. */
    @Test
    void bom_saysWhatTheParentSays() throws Exception {
        Element parent = project(PARENT);
        Element bom = project(BOM);
        for (String name : List.of("version", "url", "licenses", "developers", "scm")) {
            assertThat(text(bom, name)).isEqualTo(text(parent, name));
        }
        assertThat(Files.readString(BOM))
                .contains("<version>" + text(parent, "properties", "gpg-plugin.version") + "</version>")
                .contains("<version>" + text(parent, "properties", "central-plugin.version") + "</version>")
                .contains("<version>" + text(parent, "properties", "spotless-plugin.version") + "</version>");
    }

    private static Element project(Path pom) throws IOException, ParserConfigurationException, SAXException {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(pom.toFile())
                .getDocumentElement();
    }

    private static String text(Element from, String... path) {
        Element found = from;
        for (String name : path) {
            found = child(found, name);
        }
        return found.getTextContent().replaceAll("\\s+", " ").strip();
    }

    private static Element child(Element of, String name) {
        return children(of).stream()
                .filter(each -> each.getTagName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(of.getTagName() + " has no " + name));
    }

    private static List<Element> children(Element of) {
        List<Element> children = new ArrayList<>();
        for (Node each = of.getFirstChild(); each != null; each = each.getNextSibling()) {
            if (each instanceof Element element) {
                children.add(element);
            }
        }
        return children;
    }
}
