package io.walwire.watch;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.event.Gap;
import io.walwire.event.Position;
import org.jspecify.annotations.Nullable;

/** A resync as JSON. */
final class ResyncJson {
    private ResyncJson() {}

    static String of(WatchEvent.Resync resync) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putNull("name");
        json.put("type", "resync");
        Gap gap = resync.gap();
        ObjectNode fields = json.putObject("resync");
        fields.put("reason", resync.reason());
        fields.put("missing", gap != null);
        fields.put("from", text(gap == null ? null : gap.from()));
        fields.put("to", text(gap == null ? null : gap.to()));
        if (resync.label() != null || resync.missed() > 0) {
            ObjectNode watch = json.putObject("watch");
            if (resync.label() != null) {
                watch.put("label", resync.label());
            }
            if (resync.missed() > 0) {
                watch.put("missed", resync.missed());
            }
        }
        return json.toString();
    }

    private static @Nullable String text(@Nullable Position position) {
        return position == null ? null : position.toString();
    }
}
