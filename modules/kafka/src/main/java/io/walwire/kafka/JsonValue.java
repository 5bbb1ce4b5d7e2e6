package io.walwire.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@link KafkaValue#json}. */
final class JsonValue implements KafkaValue {
    @Override
    public byte[] bytes(Event event) {
        Bytes json = new Bytes();
        try {
            event.writeJson(json);
        } catch (IOException e) {
            throw new UncheckedIOException("An array of bytes does not fail", e);
        }
        return json.bytes;
    }

    /** Takes an event's JSON, which comes in one call, without a copy in between. */
    private static final class Bytes extends OutputStream {
        private byte[] bytes = {};

        @Override
        public void write(int next) {
            write(new byte[] {(byte) next}, 0, 1);
        }

        @Override
        public void write(byte[] more, int offset, int length) {
            int before = bytes.length;
            bytes = Arrays.copyOf(bytes, before + length);
            System.arraycopy(more, offset, bytes, before, length);
        }
    }

    @Override
    public byte[] bytesOfOldKey(RowEvent<?> update) {
        return ExactJson.bytes(deleteOf(update));
    }

    /** An update that changes the key, as the delete that it is under the old key. */
    static ObjectNode deleteOf(RowEvent<?> update) {
        ObjectNode event = ExactJson.object();
        JsonFields.of(update.toJson()).forEach((name, value) -> event.set(name, ExactJson.raw(value)));
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
