package io.walwire.site;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is beside each page: the links of {@code docs/README.md} in their order, by its headings.
 *
 * @param groups pages, by the name of their group
 */
record Menu(Map<String, List<Page>> groups) {
    private static final Path CONTENTS = Path.of("docs/README.md");
    private static final List<Path> FIRST = List.of(Path.of("README.md"), CONTENTS);

    static Menu of(Map<Path, Page> pages) {
        Map<String, List<Page>> groups = new LinkedHashMap<>();
        groups.put("Start", present(FIRST, pages));
        Set<Path> listed = new LinkedHashSet<>(FIRST);
        Page contents = pages.get(CONTENTS);
        if (contents != null) {
            contents.sections().stream()
                    .filter(section -> section.level() == 2)
                    .forEach(section ->
                            groups.put(section.heading(), present(links(contents, section.anchor()), pages)));
        }
        groups.values().forEach(each -> each.forEach(page -> listed.add(page.source())));
        groups.put(
                "Project",
                pages.values().stream()
                        .filter(page -> Links.isDocument(page.source()) && !listed.contains(page.source()))
                        .toList());
        return new Menu(groups);
    }

    private static List<Page> present(List<Path> sources, Map<Path, Page> pages) {
        return sources.stream()
                .distinct()
                .map(pages::get)
                .filter(Objects::nonNull)
                .toList();
    }

    /** The documents that are linked between a heading and the next. */
    private static List<Path> links(Page page, String anchor) {
        List<Path> links = new ArrayList<>();
        String html = page.html();
        int begin = html.indexOf("id=\"" + anchor + "\"");
        int end = html.indexOf("<h2", begin);
        String part = html.substring(begin, end < 0 ? html.length() : end);
        for (Target link : page.links()) {
            if (part.contains("href=\"" + Links.rewritten(page.source(), link) + "\"")) {
                links.add(link.file());
            }
        }
        return links;
    }

    /** The menu on a page. */
    String html(Page on) {
        StringBuilder html = new StringBuilder();
        groups.forEach((name, pages) -> {
            html.append("<h2>").append(Code.escaped(name)).append("</h2>\n<ul>\n");
            pages.forEach(page -> item(page, on, html));
            html.append("</ul>\n");
        });
        return html.toString();
    }

    private static void item(Page page, Page on, StringBuilder html) {
        @Nullable String current = page.equals(on) ? " aria-current=\"page\"" : null;
        String url = Links.rewritten(on.source(), new Target(page.source(), ""));
        html.append("<li><a href=\"")
                .append(url)
                .append('"')
                .append(current == null ? "" : current)
                .append('>')
                .append(Code.escaped(page.title()))
                .append("</a></li>\n");
    }
}
