package io.walwire.internal.transaction;

import io.walwire.event.EventId;
import io.walwire.event.Gap;
import io.walwire.event.Kind;

/** Lost continuity, as an event. */
public final class GapEvent extends TablelessEvent {
    private final Gap gap;

    /**
     * A gap in a database's stream.
     *
     * @param version Walwire's version
     * @param database the database
     * @param gap its bounds and reason
     */
    public GapEvent(String version, String database, Gap gap) {
        super(version, database);
        this.gap = gap;
    }

    @Override
    public Kind kind() {
        return Kind.GAP;
    }

    @Override
    public Gap gap() {
        return gap;
    }

    @Override
    public EventId id() {
        throw new IllegalStateException("A gap has no identity: it is not a change");
    }

    @Override
    public String toJson() {
        return EventJson.of(this);
    }

    @Override
    public String toString() {
        return gap.toString();
    }
}
