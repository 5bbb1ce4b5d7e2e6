package io.walwire.internal.config;

import java.util.Locale;

/** What PostgreSQL allows as the name of a replication slot. */
final class SlotNames {
    private static final int LONGEST = 63;

    private SlotNames() {}

    /**
     * The name, if it is one.
     *
     * @throws IllegalArgumentException with the first character that is wrong, and a name that would be right
     */
    static String require(String name) {
        int wrong = 0;
        while (wrong < name.length() && isAllowed(name.charAt(wrong))) {
            wrong++;
        }
        if (wrong < name.length()) {
            String character = Character.toString(name.codePointAt(wrong));
            String nearest = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
            throw new IllegalArgumentException("the character " + Problems.quoted(character) + " at position "
                    + (wrong + 1) + " is not allowed, only a-z, 0-9 and _ are. Did you mean " + nearest + "?");
        }
        if (name.length() > LONGEST) {
            throw new IllegalArgumentException(
                    "it has " + name.length() + " characters; at most " + LONGEST + " are allowed");
        }
        return name;
    }

    private static boolean isAllowed(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    }
}
