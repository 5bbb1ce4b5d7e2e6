package io.walwire.internal.watch;

import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.Source;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a subscriber is shown of a change: all of it, or no more than the watch wants. */
interface Content {
    Kind kind();

    EventId id();

    Source source();

    Instant timestamp();

    @Nullable
    Row key();

    @Nullable
    PickedRow oldKey();

    @Nullable
    Row row();

    @Nullable
    Row oldRow();

    @Nullable
    Event event();

    @Nullable
    List<String> changed();

    /** What is shown as a JSON object. */
    String toJson();
}
