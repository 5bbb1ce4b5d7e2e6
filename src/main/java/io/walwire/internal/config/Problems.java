package io.walwire.internal.config;

import io.walwire.error.ConfigurationException;
import io.walwire.internal.text.Nearest;
import io.walwire.internal.text.Printable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Everything found wrong so far, one line each. */
final class Problems {
    private final List<String> lines;

    Problems() {
        this(List.of());
    }

    Problems(List<String> earlier) {
        this.lines = new ArrayList<>(earlier);
    }

    void add(String line) {
        lines.add(line);
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    int count() {
        return lines.size();
    }

    void throwIfAny() {
        if (!lines.isEmpty()) {
            throw new ConfigurationException(lines);
        }
    }

    /** A value as messages show it: in quotes, on one line. */
    static String quoted(String value) {
        return '"' + printable(value) + '"';
    }

    /** The text on one line, whatever it holds. */
    static String printable(String text) {
        return Printable.of(text);
    }

    /** The nearest choice as a sentence with a leading blank, or nothing. */
    static String didYouMean(String given, Collection<String> choices) {
        return didYouMean("", given, choices);
    }

    /** As {@link #didYouMean(String, Collection)}, each choice shown with a prefix that was not part of the comparison. */
    static String didYouMean(String prefix, String given, Collection<String> choices) {
        return Nearest.of(given, choices)
                .map(nearest -> " Did you mean " + prefix + nearest + "?")
                .orElse("");
    }
}
