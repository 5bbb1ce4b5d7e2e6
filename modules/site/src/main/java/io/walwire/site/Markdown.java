package io.walwire.site;

import io.walwire.site.Page.Section;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.NodeRenderer;
import org.commonmark.renderer.html.HtmlNodeRendererContext;
import org.commonmark.renderer.html.HtmlRenderer;

/** Makes pages of documents. */
final class Markdown {
    private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());
    private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();

    private Markdown() {}

    /**
     * A page.
     *
     * @param source the document, from the top of the checkout
     * @param text its Markdown
     */
    static Page page(Path source, String text) {
        Node document = PARSER.parse(text);
        Anchors anchors = new Anchors();
        Map<Node, String> ids = new HashMap<>();
        List<Target> links = new ArrayList<>();
        document.accept(new Rewriting(source, anchors, ids, links));
        List<Section> sections = sections(document, ids);
        String title = sections.isEmpty() ? source.toString() : sections.get(0).heading();
        return new Page(source, title, html(document, ids), sections, anchors.all(), links);
    }

    private static String html(Node document, Map<Node, String> ids) {
        String html = HtmlRenderer.builder()
                .extensions(EXTENSIONS)
                .attributeProviderFactory(context -> (node, tag, attributes) -> {
                    String id = ids.get(node);
                    if (id != null) {
                        attributes.put("id", id);
                    }
                })
                .nodeRendererFactory(CodeBlocks::new)
                .build()
                .render(document);
        // a wide table scrolls by itself, and the page does not
        return html.replace("<table>", "<div class=\"table\" tabindex=\"0\"><table>")
                .replace("</table>", "</table></div>");
    }

    private static List<Section> sections(Node document, Map<Node, String> ids) {
        List<Section> sections = new ArrayList<>();
        Heading heading = null;
        StringBuilder text = new StringBuilder();
        for (Node node = document.getFirstChild(); node != null; node = node.getNext()) {
            if (node instanceof Heading next) {
                if (heading != null) {
                    sections.add(section(heading, ids, text));
                }
                heading = next;
                text.setLength(0);
            } else {
                text.append(PlainText.of(node)).append(' ');
            }
        }
        if (heading != null) {
            sections.add(section(heading, ids, text));
        }
        return sections;
    }

    private static Section section(Heading heading, Map<Node, String> ids, CharSequence text) {
        return new Section(
                heading.getLevel(),
                ids.getOrDefault(heading, ""),
                PlainText.of(heading),
                text.toString().replaceAll("\\s+", " ").strip());
    }

    /** Gives headings their names, and links their places in the site. */
    private static final class Rewriting extends AbstractVisitor {
        private final Path source;
        private final Anchors anchors;
        private final Map<Node, String> ids;
        private final List<Target> links;

        Rewriting(Path source, Anchors anchors, Map<Node, String> ids, List<Target> links) {
            this.source = source;
            this.anchors = anchors;
            this.ids = ids;
            this.links = links;
        }

        @Override
        public void visit(Heading heading) {
            ids.put(heading, anchors.next(PlainText.of(heading)));
            visitChildren(heading);
        }

        @Override
        public void visit(Link link) {
            link.setDestination(rewritten(link.getDestination()));
            visitChildren(link);
        }

        @Override
        public void visit(Image image) {
            image.setDestination(rewritten(image.getDestination()));
            visitChildren(image);
        }

        private String rewritten(String destination) {
            if (Links.isExternal(destination)) {
                return destination;
            }
            Target target = Links.target(source, destination);
            links.add(target);
            return Links.rewritten(source, target);
        }
    }

    /** With colors. */
    private static final class CodeBlocks implements NodeRenderer {
        private final HtmlNodeRendererContext context;

        CodeBlocks(HtmlNodeRendererContext context) {
            this.context = context;
        }

        @Override
        public Set<Class<? extends Node>> getNodeTypes() {
            return Set.of(FencedCodeBlock.class);
        }

        @Override
        public void render(Node node) {
            FencedCodeBlock block = (FencedCodeBlock) node;
            context.getWriter().line();
            context.getWriter().raw(Code.block(block.getInfo(), block.getLiteral()));
            context.getWriter().line();
        }
    }
}
