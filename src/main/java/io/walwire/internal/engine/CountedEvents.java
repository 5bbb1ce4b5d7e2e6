package io.walwire.internal.engine;

import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Source;
import io.walwire.listener.HandledEvents;
import io.walwire.listener.WalwireListener;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The report of neighbouring events of one table and kind. One object serves all of an instance, one after another. */
final class CountedEvents implements HandledEvents, Consumer<WalwireListener> {
    private @Nullable Source source;
    private Kind kind = Kind.INSERT;
    private long count;

    /** Begins with one event. */
    void begin(Event first) {
        kind = first.kind();
        source = source(first);
        count = 1;
    }

    /** Counts an event too, if it is of the same table and kind. */
    boolean takes(Event next) {
        if (next.kind() != kind || !Objects.equals(source(next), source)) {
            return false;
        }
        count++;
        return true;
    }

    /** The same object for as long as the table stays as it is, so that most comparisons are short. */
    private static @Nullable Source source(Event event) {
        return event.kind() == Kind.MESSAGE ? null : event.source();
    }

    @Override
    public void accept(WalwireListener listener) {
        listener.onEvents(this);
    }

    @Override
    public @Nullable String schema() {
        return source == null ? null : source.schema();
    }

    @Override
    public @Nullable String table() {
        return source == null ? null : source.table();
    }

    @Override
    public Kind kind() {
        return kind;
    }

    @Override
    public long count() {
        return count;
    }
}
