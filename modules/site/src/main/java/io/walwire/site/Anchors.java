package io.walwire.site;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Names of the headings of one document, as GitHub makes them, so that a link leads to the same place there and here. */
final class Anchors {
    private final Map<String, Integer> seen = new HashMap<>();
    private final Set<String> all = new LinkedHashSet<>();

    String next(String heading) {
        String name = heading.strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                .replace(' ', '-');
        int before = seen.merge(name, 1, Integer::sum) - 1;
        String anchor = before == 0 ? name : name + "-" + before;
        all.add(anchor);
        return anchor;
    }

    Set<String> all() {
        return all;
    }
}
