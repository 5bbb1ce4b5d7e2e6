package io.walwire.site;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A page of the site.
 *
 * @param source the document, from the top of the checkout
 * @param title its first heading
 * @param html its content
 * @param sections its parts, for the search and the table of contents; none of a file of code
 * @param anchors where links may lead to
 * @param links where its links lead, resolved against the top of the checkout
 */
record Page(Path source, String title, String html, List<Section> sections, Set<String> anchors, List<Target> links) {
    /**
     * A part under one heading.
     *
     * @param level 1 to 6
     * @param anchor of the heading
     * @param heading its text
     * @param text what follows, up to the next heading
     */
    record Section(int level, String anchor, String heading, String text) {}

    /** Where the page is in the site. */
    Path output() {
        return Links.output(source);
    }
}
