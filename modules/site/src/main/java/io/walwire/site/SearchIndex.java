package io.walwire.site;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.walwire.site.Page.Section;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What the search looks through: JSON in a script, which a browser also reads where pages come from files. */
final class SearchIndex {
    private SearchIndex() {}

    /**
     * One part of a page.
     *
     * @param url from the top of the site
     * @param page the page's title
     * @param heading the part's
     * @param text its text
     */
    record Entry(String url, String page, String heading, String text) {}

    static String of(Collection<Page> pages) throws JsonProcessingException {
        List<Entry> entries = new ArrayList<>();
        for (Page page : pages) {
            for (Section section : page.sections()) {
                entries.add(new Entry(
                        Links.url(page.output()) + "#" + section.anchor(),
                        page.title(),
                        section.heading(),
                        section.text()));
            }
        }
        return "window.walwireIndex = " + JsonMapper.builder().build().writeValueAsString(entries) + ";\n";
    }
}
