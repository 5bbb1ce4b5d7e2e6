package io.walwire.error;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What every message goes through, so that a name in it cannot forge a line of a log or command a terminal. */
final class OneLine {
    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Cn}\\p{Co}\\p{Zl}\\p{Zp}]");

    private OneLine() {}

    static String of(String message) {
        Matcher invisible = INVISIBLE.matcher(message);
        return invisible.find()
                ? invisible.replaceAll(found -> Matcher.quoteReplacement(escape(found.group())))
                : message;
    }

    private static String escape(String character) {
        return switch (character) {
            case "\n" -> "\\n";
            case "\r" -> "\\r";
            case "\t" -> "\\t";
            default -> {
                StringBuilder escaped = new StringBuilder();
                character.chars().forEach(c -> escaped.append(String.format(Locale.ROOT, "\\u%04x", c)));
                yield escaped.toString();
            }
        };
    }
}
