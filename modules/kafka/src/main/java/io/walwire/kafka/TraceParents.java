package io.walwire.kafka;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The W3C trace of a transaction's context, which the records of all its events have in common. */
final class TraceParents {
    private static final String NAME = "traceparent";
    /** As JSON. No character of one needs an escape. */
    private static final Pattern TRACE_PARENT =
            Pattern.compile("\"((?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})\"");

    private String context = "";
    private @Nullable String parent;

    /** The {@code traceparent} of a context; null if it has none. Any role can write a context, so that it may hold anything. */
    @Nullable
    String parent(@Nullable String of) {
        if (of == null) {
            return null;
        }
        if (!of.equals(context)) {
            parent = of.contains(NAME) ? found(of) : null;
            context = of;
        }
        return parent;
    }

    private static @Nullable String found(String in) {
        try {
            Matcher matcher = TRACE_PARENT.matcher(JsonFields.of(in).getOrDefault(NAME, ""));
            return matcher.matches() ? matcher.group(1) : null;
        } catch (IllegalStateException e) {
            return null; // its message may show what a stranger has written
        }
    }
}
