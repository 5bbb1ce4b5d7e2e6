package io.walwire.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Columns and values as options have them: {@code a=1,b=2}. What holds a comma, an equals sign or a quote at its beginning is put
 * in double quotes, and a quote inside is doubled, as in SQL's names and in CSV.
 */
final class ColumnValues {
    private static final char QUOTE = '"';

    private final String option;
    private final String text;
    private final boolean commasSeparate;
    private int at;

    private ColumnValues(String option, String text, boolean commasSeparate) {
        this.option = option;
        this.text = text;
        this.commasSeparate = commasSeparate;
    }

    /**
     * A column and its value.
     *
     * @param column the whole text if it has no equals sign
     * @param value null if there is none
     */
    record Pair(String column, @Nullable String value) {}

    /** Pairs with commas in between. */
    static List<Pair> pairs(String option, String text) {
        return new ColumnValues(option, text, true).pairs();
    }

    /** One pair, whose value may hold commas. */
    static Pair pair(String option, String text) {
        return new ColumnValues(option, text, false).pairs().get(0);
    }

    /** Names with commas in between. */
    static List<String> names(String option, String text) {
        ColumnValues reader = new ColumnValues(option, text, true);
        List<String> names = new ArrayList<>();
        do {
            names.add(reader.part(",", true));
        } while (reader.next(','));
        return names;
    }

    private List<Pair> pairs() {
        List<Pair> pairs = new ArrayList<>();
        String end = commasSeparate ? "," : "";
        do {
            String column = part("=" + end, true);
            pairs.add(new Pair(column, next('=') ? part(end, false) : null));
        } while (next(','));
        return pairs;
    }

    private boolean next(char expected) {
        boolean found = at < text.length() && text.charAt(at) == expected;
        at += found ? 1 : 0;
        return found;
    }

    /** What stands before one of the ends, or before the end of the text. */
    private String part(String ends, boolean isName) {
        if (at < text.length() && text.charAt(at) == QUOTE) {
            return quoted(ends);
        }
        int from = at;
        while (at < text.length() && ends.indexOf(text.charAt(at)) < 0) {
            at++;
        }
        if (isName && from == at) {
            throw new IllegalArgumentException(option + " has no column name in " + shown());
        }
        return text.substring(from, at);
    }

    private String quoted(String ends) {
        StringBuilder part = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            boolean doubled = c == QUOTE && at + 1 < text.length() && text.charAt(at + 1) == QUOTE;
            if (c == QUOTE && !doubled) {
                at++;
                if (at < text.length() && ends.indexOf(text.charAt(at)) < 0) {
                    throw new IllegalArgumentException(option + " has text after a closing quote in " + shown()
                            + "; write each quote inside the value twice");
                }
                return part.toString();
            }
            part.append(c);
            at += doubled ? 1 : 0;
        }
        throw new IllegalArgumentException(option + " has a quote that is not closed in " + shown());
    }

    private String shown() {
        return text.isEmpty() ? "an empty text" : text;
    }
}
