package io.walwire.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** All pages: the documents, and each file of code or picture that one of them links to. */
final class Site {
    private static final List<String> DOCUMENTS = List.of(
            "README.md",
            "CHANGELOG.md",
            "CONTRIBUTING.md",
            "SECURITY.md",
            "examples/README.md",
            "examples/spring/README.md");

    private final Path top;
    private final Map<Path, Page> pages = new LinkedHashMap<>();
    private final Deque<Path> linked = new ArrayDeque<>();

    private Site(Path top) {
        this.top = top;
    }

    /**
     * Reads the documents, and writes the site.
     *
     * @param top the top of the checkout
     * @param folder gets a folder for the version
     * @param version names that folder, and is on each page
     * @return the links that lead nowhere, each with its page; empty if all is well
     */
    static List<String> build(Path top, Path folder, String version) throws IOException {
        Site site = new Site(top);
        site.read();
        site.pages.replaceAll((source, page) -> site.withTitles(page));
        List<String> dead = site.dead();
        if (dead.isEmpty()) {
            Layout layout = Layout.of(version, Menu.of(site.pages));
            Files.createDirectories(folder);
            Versions versions = new Versions(folder);
            Path target = versions.empty(version);
            for (Page page : site.pages.values()) {
                write(target.resolve(page.output().toString()), layout.page(page));
            }
            for (Path picture : site.pictures()) {
                Path copy = target.resolve(picture.toString());
                Files.createDirectories(copy.getParent());
                Files.copy(top.resolve(picture), copy);
            }
            layout.resources(target);
            write(target.resolve("search-index.js"), SearchIndex.of(site.pages.values()));
            versions.publish();
        }
        return dead;
    }

    static void write(Path file, String text) throws IOException {
        Path parent = file.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.writeString(file, text);
    }

    private void read() throws IOException {
        for (Path document : documents()) {
            add(Markdown.page(document, Files.readString(top.resolve(document))));
        }
        for (Path file = linked.poll(); file != null; file = linked.poll()) {
            if (!pages.containsKey(file) && !Links.isDocument(file) && !Links.isPicture(file)) {
                if (Files.isDirectory(top.resolve(file))) {
                    add(folder(file));
                } else if (Files.isRegularFile(top.resolve(file))) {
                    add(code(file));
                }
            }
        }
    }

    /** A link that shows a document's file has the title of its page. */
    private Page withTitles(Page page) {
        String html = page.html();
        for (Target link : page.links()) {
            Page to = pages.get(link.file());
            if (to != null && Links.isDocument(link.file())) {
                String tag = "<a href=\"" + Links.rewritten(page.source(), link) + "\">";
                String titled = tag + Code.escaped(to.title()) + "</a>";
                html = html.replace(tag + link.file().getFileName() + "</a>", titled)
                        .replace(tag + Links.url(link.file()) + "</a>", titled);
            }
        }
        return new Page(page.source(), page.title(), html, page.sections(), page.anchors(), page.links());
    }

    private void add(Page page) {
        pages.put(page.source(), page);
        page.links().forEach(link -> linked.add(link.file()));
    }

    private List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>();
        DOCUMENTS.stream()
                .map(Path::of)
                .filter(document -> Files.exists(top.resolve(document)))
                .forEach(documents::add);
        documents.addAll(
                files(Path.of("docs")).stream().filter(Links::isDocument).toList());
        return documents;
    }

    /** Below a folder, from the top of the checkout. */
    private List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(top.resolve(folder))) {
            return files.filter(Files::isRegularFile)
                    .map(top::relativize)
                    .sorted()
                    .toList();
        }
    }

    private Page code(Path file) throws IOException {
        String name = String.valueOf(file.getFileName());
        String language = name.substring(name.lastIndexOf('.') + 1);
        String title = Links.url(file);
        String html = heading(title) + Code.block(language, Files.readString(top.resolve(file)));
        return new Page(file, title, html, List.of(), Set.of(), List.of());
    }

    private Page folder(Path folder) throws IOException {
        StringBuilder html = new StringBuilder(heading(Links.url(folder))).append("<ul>\n");
        List<Target> links = new ArrayList<>();
        for (Path file : files(folder)) {
            Target target = new Target(file, "");
            links.add(target);
            html.append("<li><a href=\"")
                    .append(Links.rewritten(folder, target))
                    .append("\">")
                    .append(Code.escaped(Links.url(folder, file)))
                    .append("</a></li>\n");
        }
        return new Page(folder, Links.url(folder), html.append("</ul>\n").toString(), List.of(), Set.of(), links);
    }

    private static String heading(String title) {
        return "<h1 class=\"file\">" + Code.escaped(title) + "</h1>\n";
    }

    private List<Path> pictures() {
        return pages.values().stream()
                .flatMap(page -> page.links().stream())
                .map(Target::file)
                .filter(Links::isPicture)
                .distinct()
                .toList();
    }

    private List<String> dead() {
        List<String> dead = new ArrayList<>();
        for (Page page : pages.values()) {
            for (Target link : page.links()) {
                if (!leadsSomewhere(link)) {
                    dead.add(page.source() + ": " + link);
                }
            }
        }
        return dead;
    }

    private boolean leadsSomewhere(Target link) {
        if (Links.isPicture(link.file())) {
            return Files.isRegularFile(top.resolve(link.file()));
        }
        Page page = pages.get(link.file());
        return page != null && (link.anchor().isEmpty() || page.anchors().contains(link.anchor()));
    }
}
