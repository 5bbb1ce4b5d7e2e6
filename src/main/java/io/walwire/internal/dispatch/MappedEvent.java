package io.walwire.internal.dispatch;

import io.walwire.event.Changes;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.event.Source;
import io.walwire.event.TransactionInfo;
import io.walwire.internal.mapping.PlacedRow;
import io.walwire.internal.mapping.RecordMapper;
import io.walwire.internal.transaction.ReceivedRow;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An event whose rows are read as records; everything else is the event's own. */
class MappedEvent<R extends Record> implements RowEvent<R> {
    private final ReceivedRow event;
    private final RecordMapper<R> mapper;

    MappedEvent(ReceivedRow event, RecordMapper<R> mapper) {
        this.event = event;
        this.mapper = mapper;
    }

    /** The event as it came. */
    ReceivedRow event() {
        return event;
    }

    @Override
    public R row() {
        return mapper.map(event, event.placedRow());
    }

    @Override
    public @Nullable R before() {
        PlacedRow before = event.placedBefore();
        return before != null && mapper.knows(event, before) ? mapper.map(event, before) : null;
    }

    @Override
    public @Nullable Row afterRow() {
        return event.afterRow();
    }

    @Override
    public @Nullable Row beforeRow() {
        return event.beforeRow();
    }

    @Override
    public @Nullable Row key() {
        return event.key();
    }

    @Override
    public @Nullable Changes changes() {
        return event.changes();
    }

    @Override
    public boolean unchanged(String column) {
        return event.unchanged(column);
    }

    @Override
    public List<String> unavailable() {
        return event.unavailable();
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
    public TransactionInfo transaction() {
        return event.transaction();
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
    public void writeJson(OutputStream out) throws IOException {
        event.writeJson(out);
    }

    @Override
    public String toString() {
        return event.toString();
    }
}
