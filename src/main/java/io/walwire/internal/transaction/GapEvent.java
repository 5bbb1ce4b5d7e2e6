package io.walwire.internal.transaction;

import io.walwire.event.Changes;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Gap;
import io.walwire.event.Kind;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.event.Source;
import io.walwire.event.Truncate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Lost continuity, as an event. */
public record GapEvent(Source source, Gap gap) implements Event {
    /**
     * A gap in a database's stream.
     *
     * @param version Walwire's version
     * @param database the database
     * @param gap its bounds and reason
     * @return the event
     */
    public static GapEvent of(String version, String database, Gap gap) {
        return new GapEvent(new Source("Walwire", version, database, "", "", Map.of()), gap);
    }

    @Override
    public @Nullable String name() {
        return null;
    }

    @Override
    public Kind kind() {
        return Kind.GAP;
    }

    @Override
    public EventId id() {
        throw new IllegalStateException("A gap has no identity: it is not a change");
    }

    @Override
    public @Nullable Row key() {
        return null;
    }

    @Override
    public @Nullable Row newRecord() {
        return null;
    }

    @Override
    public @Nullable Row oldRecord() {
        return null;
    }

    @Override
    public @Nullable Changes changes() {
        return null;
    }

    @Override
    public List<String> unavailable() {
        return List.of();
    }

    @Override
    public @Nullable Truncate truncate() {
        return null;
    }

    @Override
    public @Nullable Instant timestamp() {
        return null;
    }

    @Override
    public long xid() {
        return 0;
    }

    @Override
    public @Nullable Lsn commitLsn() {
        return null;
    }

    @Override
    public @Nullable Lsn endLsn() {
        return null;
    }

    @Override
    public long index() {
        return 0;
    }

    @Override
    public @Nullable String origin() {
        return null;
    }

    @Override
    public Event detach() {
        return this;
    }

    @Override
    public String toJson() {
        return EventJson.of(this);
    }
}
