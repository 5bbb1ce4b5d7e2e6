package io.walwire.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkNote;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What names a stream for good: the key of its position, and its {@code transactional.id}. */
record StreamKey(String system, String database, String slot) {
    private static final String NOTE = "note";

    static StreamKey of(SinkContext context) {
        return new StreamKey(context.systemId(), context.database(), context.slot());
    }

    /**
     * A key of the topic of positions.
     *
     * @param stream whose record it is
     * @param note the name of the note that the record holds; null of a position
     */
    record Read(StreamKey stream, @Nullable String note) {}

    /** Null if these bytes are no key of ours. */
    static @Nullable Read read(byte[] key) {
        try {
            JsonNode json = ExactJson.read(new String(key, StandardCharsets.UTF_8));
            return new Read(
                    new StreamKey(text(json, "system"), text(json, "database"), text(json, "slot")),
                    json.has(NOTE) ? text(json, NOTE) : null);
        } catch (IllegalStateException e) {
            return null;
        }
    }

    private static String text(JsonNode json, String field) {
        return json.path(field).asText();
    }

    /** The key of the position. */
    byte[] bytes() {
        return ExactJson.bytes(json());
    }

    /** The key of a note. */
    byte[] bytes(SinkNote note) {
        return ExactJson.bytes(json().put(NOTE, note.name()));
    }

    private ObjectNode json() {
        ObjectNode json = ExactJson.object();
        json.put("system", system);
        json.put("database", database);
        json.put("slot", slot);
        return json;
    }

    /** The same slot and database on another server. */
    boolean isElsewhere(StreamKey other) {
        return database.equals(other.database) && slot.equals(other.slot) && !system.equals(other.system);
    }

    String transactionalId() {
        return "walwire-" + system + "-" + database + "-" + slot;
    }
}
