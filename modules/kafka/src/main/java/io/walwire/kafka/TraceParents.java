package io.walwire.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The W3C trace of a transaction's context, which the records of all its events have in common. */
final class TraceParents {
    private static final String NAME = "traceparent";
    private static final Pattern TRACE_PARENT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    private String context = "";
    private @Nullable String parent;

    /** The {@code traceparent} of a context; null if it has none. */
    @Nullable
    String parent(@Nullable String of) {
        if (of == null) {
            return null;
        }
        if (!of.equals(context)) {
            parent = of.contains(NAME) ? valid(ExactJson.read(of).path(NAME)) : null;
            context = of;
        }
        return parent;
    }

    private static @Nullable String valid(JsonNode found) {
        return found.isTextual() && TRACE_PARENT.matcher(found.asText()).matches() ? found.asText() : null;
    }
}
