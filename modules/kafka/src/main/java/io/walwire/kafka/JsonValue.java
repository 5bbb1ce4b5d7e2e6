package io.walwire.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@link KafkaValue#json}. */
final class JsonValue implements KafkaValue {
    @Override
    public byte[] bytes(Event event) {
        return event.toJson().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] bytesOfOldKey(RowEvent<?> update) {
        return ExactJson.bytes(deleteOf(update));
    }

    /** An update that changes the key, as the delete that it is under the old key. */
    static ObjectNode deleteOf(RowEvent<?> update) {
        ObjectNode event = ExactJson.fields(update.toJson(), List.of());
        event.put("type", "delete");
        event.set("key", ExactJson.raw(Objects.requireNonNull(RowKeys.before(update), "the key did not change")));
        event.putNull("new_record");
        event.set("old_record", raw(update.beforeRow()));
        event.putNull("changes");
        event.putArray("unavailable");
        return event;
    }

    private static @Nullable JsonNode raw(@Nullable Row row) {
        return row == null ? null : ExactJson.raw(row.toJson());
    }

    @Override
    public String contentType() {
        return "application/json";
    }
}
