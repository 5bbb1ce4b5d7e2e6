package io.walwire.kafka;

import io.walwire.event.Event;
import io.walwire.event.RowEvent;

/**
 * The format of the records' values. An object of this type is used by one thread of each sink at a time. What it throws ends the
 * instance, and nothing of the group is confirmed.
 */
@FunctionalInterface
public interface KafkaValue {
    /**
     * The value of the record of an event.
     *
     * @param event of any kind: a row's change, a row that a backfill read, that all rows of a table were read, a truncate, a schema
     *     change, a message or a gap
     * @return the bytes, which are not changed after that
     */
    byte[] bytes(Event event);

    /**
     * The value of the record that says, under the old key, that an update has changed a row's key. A tombstone follows it, and the update
     * itself comes under the new key.
     *
     * @param update an update whose old row is known as far as its key
     * @return the bytes; those of {@link #bytes} if the format does not override this
     */
    default byte[] bytesOfOldKey(RowEvent<?> update) {
        return bytes(update);
    }

    /**
     * What the values are, for the header {@code content-type}.
     *
     * @return a media type; empty for no header, which is the default
     */
    default String contentType() {
        return "";
    }

    /**
     * The event's JSON, as {@link Event#toJson()} has it.
     *
     * @return the format
     */
    static KafkaValue json() {
        return new JsonValue();
    }

    /**
     * Debezium's envelope ({@code before}, {@code after}, {@code source}, {@code op}, {@code ts_ms}, {@code transaction}), as its JSON
     * converter prints it without schemas. Column values are those of the event's JSON, which are not Debezium's for times and numerics.
     *
     * @return the format
     */
    static KafkaValue debezium() {
        return new DebeziumValue();
    }

    /**
     * CloudEvents 1.0 in structured JSON mode: the event's JSON is the {@code data}, and its id the {@code id}.
     *
     * @return the format
     */
    static KafkaValue cloudEvents() {
        return new CloudEventsValue();
    }
}
