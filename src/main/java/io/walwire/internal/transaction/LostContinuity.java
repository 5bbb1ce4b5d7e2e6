package io.walwire.internal.transaction;

import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Gap;
import io.walwire.event.GapEvent;
import io.walwire.event.Kind;
import io.walwire.event.Source;
import io.walwire.event.TransactionInfo;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Lost continuity, as an event. */
public final class LostContinuity implements GapEvent {
    private final Source source;
    private final Gap gap;

    /**
     * A gap in a database's stream.
     *
     * @param version Walwire's version
     * @param database the database
     * @param gap its bounds and reason
     */
    public LostContinuity(String version, String database, Gap gap) {
        this.source = ofNoTable(version, database);
        this.gap = gap;
    }

    /** The source of an event that is of no table. */
    static Source ofNoTable(String version, String database) {
        return new Source("Walwire", version, database, "", "", Map.of());
    }

    @Override
    public Kind kind() {
        return Kind.GAP;
    }

    @Override
    public Source source() {
        return source;
    }

    @Override
    public EventId id() {
        throw new IllegalStateException("A gap has no identity: it is not a change");
    }

    @Override
    public @Nullable TransactionInfo transaction() {
        return null;
    }

    @Override
    public Gap gap() {
        return gap;
    }

    /** This one already holds no more than its own. */
    @Override
    public Event detach() {
        return this;
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
