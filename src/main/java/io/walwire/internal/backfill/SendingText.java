package io.walwire.internal.backfill;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What sends the changes of a table, as a {@link Sender} has it: parts with commas between them. Each part has a name for people, and behind
 * that numbers, which are others once it was made again or altered.
 */
final class SendingText {
    private static final Pattern NUMBERS = Pattern.compile("(?: \\d+)+$");

    private SendingText() {}

    /** In which parts two texts differ, as sentences, each behind a space. */
    static String difference(@Nullable String before, @Nullable String now) {
        Map<String, String> was = parts(before);
        Map<String, String> is = parts(now);
        List<String> others = new ArrayList<>();
        List<String> gone = new ArrayList<>();
        is.forEach((name, part) -> {
            if (!part.equals(was.get(name))) {
                others.add(name);
            }
        });
        was.keySet().stream().filter(name -> !is.containsKey(name)).forEach(gone::add);
        return sentence("Made again or altered", others) + sentence("Gone", gone);
    }

    private static String sentence(String what, List<String> names) {
        return names.isEmpty() ? "" : " " + what + ": " + String.join(", ", names) + ".";
    }

    private static Map<String, String> parts(@Nullable String text) {
        Map<String, String> parts = new LinkedHashMap<>();
        for (String part : text == null ? new String[0] : text.split(", ", -1)) {
            parts.merge(NUMBERS.matcher(part).replaceFirst(""), part, (one, other) -> one + ", " + other);
        }
        return parts;
    }
}
