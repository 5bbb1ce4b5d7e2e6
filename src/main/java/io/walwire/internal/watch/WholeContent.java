package io.walwire.internal.watch;

import io.walwire.event.Change;
import io.walwire.event.Changes;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.Source;
import io.walwire.internal.transaction.ChangeEvent;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The event itself, detached; the rest is worked out when it is asked for. */
record WholeContent(Event event, TableView table) implements Content {
    static WholeContent of(RowChange change) {
        return new WholeContent(change.event().detach(), change.table());
    }

    static @Nullable List<String> names(@Nullable Changes changes) {
        return changes == null
                ? null
                : changes.list().stream().map(Change::column).toList();
    }

    @Override
    public Kind kind() {
        return event.kind();
    }

    @Override
    public EventId id() {
        return event.id();
    }

    @Override
    public Source source() {
        return event.source();
    }

    @Override
    public Instant timestamp() {
        return Objects.requireNonNull(event.timestamp(), "timestamp");
    }

    @Override
    public @Nullable Row key() {
        return event.key();
    }

    @Override
    public @Nullable PickedRow oldKey() {
        return event instanceof ChangeEvent change ? new RowChange(change, table).oldKey() : null;
    }

    @Override
    public @Nullable Row row() {
        return event.kind() == Kind.DELETE ? event.oldRecord() : event.newRecord();
    }

    @Override
    public @Nullable Row oldRow() {
        return event.oldRecord();
    }

    @Override
    public @Nullable List<String> changed() {
        return names(event.changes());
    }

    @Override
    public String toJson() {
        return event.toJson();
    }
}
