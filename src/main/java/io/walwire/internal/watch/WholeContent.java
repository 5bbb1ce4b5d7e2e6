package io.walwire.internal.watch;

import io.walwire.event.Change;
import io.walwire.event.Changes;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.Source;
import io.walwire.internal.transaction.ReceivedChange;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The event itself, which holds its own bytes alone; the rest is worked out when it is asked for. */
record WholeContent(ReceivedChange change, TableView table) implements Content {
    static WholeContent of(RowChange change) {
        return new WholeContent(change.event(), change.table());
    }

    static @Nullable List<String> names(@Nullable Changes changes) {
        return changes == null
                ? null
                : changes.list().stream().map(Change::column).toList();
    }

    @Override
    public Event event() {
        return change.event();
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
    public Source source() {
        return change.source();
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
    public @Nullable PickedRow oldKey() {
        return new RowChange(change, table).oldKey();
    }

    @Override
    public @Nullable Row row() {
        return change.kind() == Kind.DELETE ? change.beforeRow() : change.afterRow();
    }

    @Override
    public @Nullable Row oldRow() {
        return change.beforeRow();
    }

    @Override
    public @Nullable List<String> changed() {
        return names(change.changes());
    }

    @Override
    public String toJson() {
        return change.toJson();
    }
}
