package io.walwire.internal.watch;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.watch.Membership;
import io.walwire.watch.WatchEvent;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A change, as one subscriber is told of it. */
record WatchedChange(
        Content content,
        @Nullable String label,
        long missed,
        boolean isCertain,
        @Nullable Membership membership) implements WatchEvent.Changed {
    WatchedChange withMissed(long count) {
        return new WatchedChange(content, label, count, isCertain, membership);
    }

    @Override
    public Kind kind() {
        return content.kind();
    }

    @Override
    public EventId id() {
        return content.id();
    }

    @Override
    public String schema() {
        return content.source().schema();
    }

    @Override
    public String table() {
        return content.source().table();
    }

    @Override
    public Instant timestamp() {
        return content.timestamp();
    }

    @Override
    public @Nullable Row key() {
        return content.key();
    }

    @Override
    public @Nullable Row oldKey() {
        return content.oldKey();
    }

    @Override
    public @Nullable Row row() {
        return content.row();
    }

    @Override
    public @Nullable Row oldRow() {
        return content.oldRow();
    }

    @Override
    public @Nullable Event event() {
        return content.event();
    }

    @Override
    public @Nullable List<String> changed() {
        return content.changed();
    }

    @Override
    public String toJson() {
        String json = content.toJson();
        ObjectNode watch = JsonNodeFactory.instance.objectNode();
        if (label != null) {
            watch.put("label", label);
        }
        if (missed > 0) {
            watch.put("missed", missed);
        }
        if (!isCertain) {
            watch.put("certain", false);
        }
        if (membership != null) {
            watch.put("membership", membership.name().toLowerCase(Locale.ROOT));
        }
        PickedRow oldKey = content.oldKey();
        if (oldKey != null) {
            watch.putRawValue("old_key", new RawValue(oldKey.toJson()));
        }
        return watch.isEmpty() ? json : json.substring(0, json.length() - 1) + ",\"watch\":" + watch + "}";
    }

    @Override
    public String toString() {
        return "Changed[" + kind().jsonName() + " " + content.source().qualifiedTable() + " " + id() + "]";
    }
}
