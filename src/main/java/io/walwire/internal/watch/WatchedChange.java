package io.walwire.internal.watch;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.watch.Membership;
import io.walwire.watch.WatchEvent;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A change as one subscriber gets it.
 *
 * @param change the event, or a copy that has the key and the carried columns alone
 * @param columns the columns that are carried beside the key; null for the whole event
 * @param changedInCopy what {@link #changed} returns of a copy, which lacks the values to decide it; otherwise null
 * @param missed as {@link WatchEvent#missed()}
 * @param match why the subscriber gets it
 */
record WatchedChange(
        ReceivedChange change,
        @Nullable Set<String> columns,
        @Nullable List<String> changedInCopy,
        @Nullable String label,
        long missed,
        Matcher.Match match)
        implements WatchEvent.Changed {
    /** The change for the subscribers of a watch. */
    static WatchedChange of(RowChange change, WatchSpec spec, Matcher.Match match) {
        Set<String> columns = spec.carried;
        ReceivedChange event = columns == null ? change.event() : change.copyOf(columns);
        List<String> changed = columns == null ? null : change.changedColumns();
        return new WatchedChange(event, columns, changed, spec.label, 0, match);
    }

    WatchedChange withMissed(long count) {
        return new WatchedChange(change, columns, changedInCopy, label, count, match);
    }

    @Override
    public Kind kind() {
        return change.kind();
    }

    @Override
    public EventId id() {
        return change.id();
    }

    @Override
    public String schema() {
        return change.source().schema();
    }

    @Override
    public String table() {
        return change.source().table();
    }

    @Override
    public Instant timestamp() {
        return change.transaction().timestamp();
    }

    @Override
    public @Nullable Row key() {
        return change.key();
    }

    @Override
    public @Nullable Row oldKey() {
        return change.oldKey();
    }

    @Override
    public @Nullable Row row() {
        boolean isOld = kind() == Kind.DELETE;
        if (columns == null) {
            return isOld ? change.beforeRow() : change.afterRow();
        }
        if (columns.isEmpty()) {
            return key();
        }
        return change.part(isOld ? change.beforeRow() : change.afterRow(), columns);
    }

    @Override
    public @Nullable Row oldRow() {
        if (columns == null) {
            return change.beforeRow();
        }
        return columns.isEmpty() ? null : change.part(change.beforeRow(), columns);
    }

    @Override
    public @Nullable Event event() {
        return columns == null ? change.event() : null;
    }

    @Override
    public @Nullable List<String> changed() {
        return columns == null ? RowChange.names(change.changes()) : changedInCopy;
    }

    @Override
    public boolean isCertain() {
        return match.isCertain();
    }

    @Override
    public @Nullable Membership membership() {
        return match.membership();
    }

    @Override
    public String toJson() {
        String json = columns == null ? change.toJson() : change.toJson(columns);
        ObjectNode watch = JsonNodeFactory.instance.objectNode();
        if (label != null) {
            watch.put("label", label);
        }
        if (missed > 0) {
            watch.put("missed", missed);
        }
        if (!isCertain()) {
            watch.put("certain", false);
        }
        if (match.membership() != null) {
            watch.put("membership", match.membership().name().toLowerCase(Locale.ROOT));
        }
        Row oldKey = oldKey();
        if (oldKey != null) {
            watch.putRawValue("old_key", new RawValue(oldKey.toJson()));
        }
        return watch.isEmpty() ? json : json.substring(0, json.length() - 1) + ",\"watch\":" + watch + "}";
    }

    /** Shows no value. */
    @Override
    public String toString() {
        return "Changed[" + change + "]";
    }
}
