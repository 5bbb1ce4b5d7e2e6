package io.walwire.internal.transaction;

import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.LogicalMessage;
import io.walwire.event.MessageEvent;
import io.walwire.event.Source;
import org.jspecify.annotations.Nullable;

/** A logical message, as an event: of its transaction, or of none. */
final class ReceivedMessage implements MessageEvent {
    private final Source source;
    private final LogicalMessage message;
    private final @Nullable TransactionHeader header;

    /**
     * A message.
     *
     * @param header its transaction's; null where it is not transactional
     */
    ReceivedMessage(String version, String database, LogicalMessage message, @Nullable TransactionHeader header) {
        this.source = LostContinuity.ofNoTable(version, database);
        this.message = message;
        this.header = header;
    }

    @Override
    public Kind kind() {
        return Kind.MESSAGE;
    }

    @Override
    public Source source() {
        return source;
    }

    @Override
    public EventId id() {
        return new EventId(message.lsn(), 0);
    }

    @Override
    public @Nullable TransactionHeader transaction() {
        return header;
    }

    @Override
    public LogicalMessage message() {
        return message;
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
        return message.toString();
    }
}
