package io.walwire.micrometer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A span of another process, as W3C's Trace Context writes it.
 *
 * @param traceId 32 hexadecimal digits
 * @param spanId 16 hexadecimal digits
 * @param sampled whether the other process records the trace
 */
record Traceparent(String traceId, String spanId, boolean sampled) {
    /** Its name in the context of a transaction. */
    static final String FIELD = "traceparent";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Later versions may append fields; ff is no version, and ids of zeros alone are none. */
    private static final Pattern TEXT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

    /**
     * Reads one.
     *
     * @param text such as {@code 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01}
     * @return null if the text is none
     */
    static @Nullable Traceparent parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        return matcher.matches()
                ? new Traceparent(matcher.group(1), matcher.group(2), (Integer.parseInt(matcher.group(3), 16) & 1) != 0)
                : null;
    }

    /**
     * Finds the one in the context of a transaction. Any role can write a context, so that it may hold anything.
     *
     * @param context JSON
     * @return null if there is none
     */
    static @Nullable Traceparent in(String context) {
        if (!context.contains(FIELD)) {
            return null; // without reading what another program has put there
        }
        try {
            JsonNode field = JSON.readTree(context).path(FIELD);
            return field.isTextual() ? parse(field.textValue()) : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return "00-" + traceId + "-" + spanId + (sampled ? "-01" : "-00");
    }
}
