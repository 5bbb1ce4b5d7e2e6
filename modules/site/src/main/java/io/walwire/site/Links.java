package io.walwire.site;

import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Paths of documents, and of the pages that are made of them. */
final class Links {
    private static final Pattern EXTERNAL = Pattern.compile("[a-z]+:.*", Pattern.CASE_INSENSITIVE);

    private Links() {}

    static boolean isExternal(String destination) {
        return EXTERNAL.matcher(destination).matches();
    }

    /** Where a document, a file of code or a picture is in the site. */
    static Path output(Path source) {
        String name = String.valueOf(source.getFileName());
        if (name.equals("README.md")) {
            return source.resolveSibling("index.html");
        } else if (name.endsWith(".md")) {
            return source.resolveSibling(name.substring(0, name.length() - 2) + "html");
        }
        return isPicture(source) ? source : source.resolveSibling(name + ".html");
    }

    static boolean isDocument(Path source) {
        return source.toString().endsWith(".md");
    }

    static boolean isPicture(Path source) {
        return source.toString().toLowerCase(Locale.ROOT).endsWith(".svg");
    }

    /** What a destination in a document means. */
    static Target target(Path document, String destination) {
        int hash = destination.indexOf('#');
        String path = hash < 0 ? destination : destination.substring(0, hash);
        Path file = path.isEmpty() ? document : folder(document).resolve(path).normalize();
        return new Target(file, hash < 0 ? "" : destination.substring(hash + 1));
    }

    /** The same link in the site, from the page that is made of the document. */
    static String rewritten(Path document, Target target) {
        String path = target.file().equals(document) ? "" : url(folder(output(document)), output(target.file()));
        return target.anchor().isEmpty() ? path : path + "#" + target.anchor();
    }

    /** What leads from a page to the top of the site: empty, or {@code ../} and so on. */
    static String toTop(Path output) {
        return "../".repeat(output.getNameCount() - 1);
    }

    static String url(Path folder, Path output) {
        return url(folder.relativize(output));
    }

    /** With slashes on every system. */
    static String url(Path path) {
        return StreamSupport.stream(path.spliterator(), false)
                .map(Path::toString)
                .collect(Collectors.joining("/"));
    }

    private static Path folder(Path file) {
        Path parent = file.getParent();
        return parent == null ? Path.of("") : parent;
    }
}
