package io.walwire.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.sink.SinkContext;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What names a stream for good: the key of its position, and its {@code transactional.id}. */
record StreamKey(String system, String database, String slot) {
    static StreamKey of(SinkContext context) {
        return new StreamKey(context.systemId(), context.database(), context.slot());
    }

    /** Null if these bytes are no key of a position. */
    static @Nullable StreamKey read(byte[] key) {
        try {
            JsonNode json = ExactJson.read(new String(key, StandardCharsets.UTF_8));
            return new StreamKey(text(json, "system"), text(json, "database"), text(json, "slot"));
        } catch (IllegalStateException e) {
            return null;
        }
    }

    private static String text(JsonNode json, String field) {
        return json.path(field).asText();
    }

    byte[] bytes() {
        ObjectNode json = ExactJson.object();
        json.put("system", system);
        json.put("database", database);
        json.put("slot", slot);
        return ExactJson.bytes(json);
    }

    /** The same slot and database on another server. */
    boolean isElsewhere(StreamKey other) {
        return database.equals(other.database) && slot.equals(other.slot) && !system.equals(other.system);
    }

    String transactionalId() {
        return "walwire-" + system + "-" + database + "-" + slot;
    }
}
