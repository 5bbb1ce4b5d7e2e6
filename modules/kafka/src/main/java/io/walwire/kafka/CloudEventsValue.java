package io.walwire.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.event.Event;
import io.walwire.event.GapEvent;
import io.walwire.event.Kind;
import io.walwire.event.RowEvent;
import io.walwire.event.Source;
import io.walwire.event.TransactionInfo;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** {@link KafkaValue#cloudEvents}. */
final class CloudEventsValue implements KafkaValue {
    @Override
    public byte[] bytes(Event event) {
        return envelope(event, event.kind(), id(event), ExactJson.raw(event.toJson()));
    }

    @Override
    public byte[] bytesOfOldKey(RowEvent<?> update) {
        return envelope(update, Kind.DELETE, id(update) + "-old-key", JsonValue.deleteOf(update));
    }

    private static byte[] envelope(Event event, Kind kind, String id, JsonNode data) {
        Source source = event.source();
        ObjectNode envelope = ExactJson.object();
        envelope.put("specversion", "1.0");
        envelope.put("id", id);
        envelope.put("source", "/walwire/" + path(source.db()));
        envelope.put("type", "io.walwire." + kind.jsonName());
        if (!source.table().isEmpty()) {
            envelope.put("subject", source.qualifiedTable());
        }
        TransactionInfo transaction = event.transaction();
        if (transaction != null) {
            envelope.put("time", transaction.timestamp().toString());
        }
        envelope.put("datacontenttype", "application/json");
        envelope.set("data", data);
        return ExactJson.bytes(envelope);
    }

    /** A gap has no id; it happens once where the stream goes on. */
    private static String id(Event event) {
        return event instanceof GapEvent lost
                ? "gap-" + lost.gap().from() + "-" + lost.gap().to()
                : event.id().toString();
    }

    /** A source is a URI reference. */
    private static String path(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public String contentType() {
        return "application/cloudevents+json; charset=UTF-8";
    }
}
