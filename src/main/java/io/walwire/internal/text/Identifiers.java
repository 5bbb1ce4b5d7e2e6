package io.walwire.internal.text;

import java.util.List;

/** Lists of plain names, such as publications. */
public final class Identifiers {
    private Identifiers() {}

    /**
     * Reads names apart by commas, each bare or in double quotes, in their order and with their case.
     *
     * @throws IllegalArgumentException with everything that is wrong, repeated names too, and at which positions
     */
    public static List<String> parseList(String text) {
        return NameReader.readList(text, element -> {
            if (element.parts().size() > 1) {
                throw NameReader.fault("a name that holds a dot is written in double quotes: it stands", element);
            }
            if (element.parts().get(0).isWildcard()) {
                throw NameReader.fault("* is not a name", element);
            }
            return element.parts().get(0).text();
        });
    }

    /** The name as {@link #parseList} reads it back. */
    public static String display(String name) {
        return NameReader.write(name);
    }
}
