package io.walwire.internal.dispatch;

import io.walwire.event.Changes;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Gap;
import io.walwire.event.Kind;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.event.SchemaChange;
import io.walwire.event.Source;
import io.walwire.event.Truncate;
import io.walwire.internal.mapping.RecordMapper;
import io.walwire.internal.transaction.ChangeEvent;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An event whose row is read as a record; everything else is the event's own. */
record MappedEvent<R extends Record>(ChangeEvent event, RecordMapper<R> mapper) implements RowEvent<R> {
    @Override
    public R row() {
        return mapper.map(event.table().qualifiedName(), event.row());
    }

    @Override
    public String name() {
        return event.name();
    }

    @Override
    public Kind kind() {
        return event.kind();
    }

    @Override
    public Source source() {
        return event.source();
    }

    @Override
    public EventId id() {
        return event.id();
    }

    @Override
    public @Nullable Row key() {
        return event.key();
    }

    @Override
    public @Nullable Row newRecord() {
        return event.newRecord();
    }

    @Override
    public @Nullable Row oldRecord() {
        return event.oldRecord();
    }

    @Override
    public @Nullable Changes changes() {
        return event.changes();
    }

    @Override
    public List<String> unavailable() {
        return event.unavailable();
    }

    @Override
    public @Nullable Truncate truncate() {
        return event.truncate();
    }

    @Override
    public @Nullable SchemaChange schemaChange() {
        return event.schemaChange();
    }

    @Override
    public @Nullable Gap gap() {
        return event.gap();
    }

    @Override
    public @Nullable LogicalMessage message() {
        return event.message();
    }

    @Override
    public @Nullable String context() {
        return event.context();
    }

    @Override
    public Instant timestamp() {
        return event.timestamp();
    }

    @Override
    public long xid() {
        return event.xid();
    }

    @Override
    public @Nullable Lsn commitLsn() {
        return event.commitLsn();
    }

    @Override
    public @Nullable Lsn endLsn() {
        return event.endLsn();
    }

    @Override
    public long index() {
        return event.index();
    }

    @Override
    public @Nullable String origin() {
        return event.origin();
    }

    @Override
    public Event detach() {
        return event.detach();
    }

    @Override
    public String toJson() {
        return event.toJson();
    }

    @Override
    public String toString() {
        return event.toString();
    }
}
