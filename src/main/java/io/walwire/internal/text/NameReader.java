package io.walwire.internal.text;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Reads lists of names: elements apart by commas, parts of an element apart by dots, each part bare or in double quotes.
 * Nothing is folded to lower case. Positions in messages count from 1.
 */
final class NameReader {
    /** One part of a name; only a bare {@code *} is the wildcard. */
    record Part(String text, boolean quoted) {
        boolean isWildcard() {
            return !quoted && text.equals("*");
        }
    }

    /** One element of a list: its parts and where it begins. */
    record Element(List<Part> parts, int position) {}

    private final String text;

    private NameReader(String text) {
        this.text = text;
    }

    /**
     * Every element, made into a value.
     *
     * @throws IllegalArgumentException with all faults of all elements, repeated ones among them
     */
    static <T> List<T> readList(String text, Function<Element, T> make) {
        NameReader reader = new NameReader(text);
        List<String> faults = new ArrayList<>();
        Set<T> values = new LinkedHashSet<>();
        int start = 0;
        while (start <= text.length()) {
            try {
                int end = reader.endOfElement(start);
                Element element = reader.element(start, end);
                start = end + 1;
                T value = make.apply(element);
                if (!values.add(value)) {
                    faults.add(value + " is repeated at position " + element.position());
                }
            } catch (Fault fault) {
                faults.add(fault.getMessage());
                start = Math.max(start, fault.resumeAt);
            }
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        return List.copyOf(values);
    }

    /** The one element of a text that may hold no list. */
    static <T> T readOne(String text, Function<Element, T> make) {
        List<T> values = readList(text, make);
        if (values.size() != 1) {
            throw new IllegalArgumentException("one name is expected, not a list of " + values.size());
        }
        return values.get(0);
    }

    /** A fault of an element that was read to its end. */
    static IllegalArgumentException fault(String message, Element element) {
        return new Fault(message + " at position " + element.position(), 0);
    }

    /** The name as {@link #readList} reads it back: in quotes only where it has to be. */
    static String write(String name) {
        boolean bare = !name.isEmpty() && name.chars().noneMatch(NameReader::isSpecial);
        return bare ? name : '"' + name.replace("\"", "\"\"") + '"';
    }

    private static boolean isSpecial(int c) {
        return c == ',' || c == '.' || c == '"' || c == '*' || Character.isWhitespace(c);
    }

    private int endOfElement(int start) {
        int quote = -1;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quote = quote < 0 ? i : -1;
            } else if (c == ',' && quote < 0) {
                return i;
            }
        }
        if (quote >= 0) {
            throw new Fault("the quote at position " + (quote + 1) + " is never closed", text.length() + 1);
        }
        return text.length();
    }

    private Element element(int start, int end) {
        int first = skipBlanks(start, end);
        if (first == end) {
            throw new Fault("an element is empty at position " + (start + 1), end + 1);
        }
        List<Part> parts = new ArrayList<>();
        int at = first;
        while (true) {
            at = part(skipBlanks(at, end), end, parts);
            at = skipBlanks(at, end);
            if (at == end) {
                return new Element(List.copyOf(parts), first + 1);
            }
            if (text.charAt(at) != '.') {
                throw new Fault(stray(at, parts.get(parts.size() - 1)), end + 1);
            }
            at++;
        }
    }

    private String stray(int at, Part before) {
        String where = "unexpected " + text.charAt(at) + " at position " + (at + 1);
        return before.quoted()
                ? where + ", after a quoted name"
                : where + "; a name that holds blanks or quotes is written in double quotes";
    }

    /** Adds the part that begins here; returns where it ends. */
    private int part(int start, int end, List<Part> parts) {
        if (start < end && text.charAt(start) == '"') {
            return quotedPart(start, end, parts);
        }
        int i = start;
        while (i < end && (text.charAt(i) == '*' || !isSpecial(text.charAt(i)))) {
            i++;
        }
        String name = text.substring(start, i);
        if (name.isEmpty()) {
            throw new Fault("a name is empty at position " + (start + 1), end + 1);
        }
        int star = name.indexOf('*');
        if (star >= 0 && name.length() > 1) {
            throw new Fault(
                    "* at position " + (start + star + 1)
                            + " is part of a name; it stands alone or after a schema only",
                    end + 1);
        }
        parts.add(new Part(name, false));
        return i;
    }

    private int quotedPart(int start, int end, List<Part> parts) {
        StringBuilder name = new StringBuilder();
        int i = start + 1;
        while (true) {
            char c = text.charAt(i++);
            if (c != '"') {
                name.append(c);
            } else if (i < end && text.charAt(i) == '"') {
                name.append(c);
                i++;
            } else {
                break;
            }
        }
        if (name.isEmpty()) {
            throw new Fault("a name is empty at position " + (start + 1), end + 1);
        }
        parts.add(new Part(name.toString(), true));
        return i;
    }

    private int skipBlanks(int from, int end) {
        int i = from;
        while (i < end && Character.isWhitespace(text.charAt(i))) {
            i++;
        }
        return i;
    }

    /** What is wrong, and where reading can go on. */
    private static final class Fault extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        private final int resumeAt;

        Fault(String message, int resumeAt) {
            super(message);
            this.resumeAt = resumeAt;
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }
}
