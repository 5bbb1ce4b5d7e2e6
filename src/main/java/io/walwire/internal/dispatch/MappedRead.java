package io.walwire.internal.dispatch;

import io.walwire.event.Position;
import io.walwire.event.ReadEvent;
import io.walwire.internal.mapping.RecordMapper;
import io.walwire.internal.transaction.ReceivedRead;

/** A read whose row is read as a record. */
final class MappedRead<R extends Record> extends MappedEvent<R> implements ReadEvent<R> {
    private final ReceivedRead read;

    MappedRead(ReceivedRead event, RecordMapper<R> mapper) {
        super(event, mapper);
        this.read = event;
    }

    @Override
    public Position position() {
        return read.position();
    }

    @Override
    public String run() {
        return read.run();
    }
}
