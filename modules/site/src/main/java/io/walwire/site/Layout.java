package io.walwire.site;

import io.walwire.site.Page.Section;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is around the content of each page.
 *
 * @param template HTML with names in two braces
 * @param version of the documents
 * @param menu of all pages
 */
record Layout(String template, String version, Menu menu) {
    private static final List<String> RESOURCES = List.of("site.css", "site.js");
    private static final Pattern NAME = Pattern.compile("\\{\\{(\\w+)}}");
    private static final int FEW = 3;

    static Layout of(String version, Menu menu) {
        return new Layout(resource("page.html"), version, menu);
    }

    String page(Page page) {
        Map<String, String> values = Map.of(
                "title", Code.escaped(page.title().equals("Walwire") ? "Walwire" : page.title() + " · Walwire"),
                "top", Links.toTop(page.output()),
                "version", Code.escaped(version),
                "menu", menu.html(page),
                "parts", parts(page),
                "content", page.html());
        return NAME.matcher(template)
                .replaceAll(name -> Matcher.quoteReplacement(Objects.requireNonNull(values.get(name.group(1)))));
    }

    private static String parts(Page page) {
        List<Section> parts =
                page.sections().stream().filter(section -> section.level() == 2).toList();
        if (parts.size() < FEW) {
            return "";
        }
        StringBuilder html = new StringBuilder("<h2>On this page</h2>\n<ul>\n");
        parts.forEach(part -> html.append("<li><a href=\"#")
                .append(part.anchor())
                .append("\">")
                .append(Code.escaped(part.heading()))
                .append("</a></li>\n"));
        return html.append("</ul>\n").toString();
    }

    void resources(Path target) throws IOException {
        for (String name : RESOURCES) {
            Site.write(target.resolve(name), resource(name));
        }
    }

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(Layout.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
