package io.walwire.internal.transaction;

import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Lsn;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A logical message, as an event: of its transaction, or of none. */
final class MessageEvent extends TablelessEvent {
    private final LogicalMessage message;
    private final @Nullable TransactionHeader header;

    /**
     * A message.
     *
     * @param header its transaction's; null where it is not transactional
     */
    MessageEvent(String version, String database, LogicalMessage message, @Nullable TransactionHeader header) {
        super(version, database);
        this.message = message;
        this.header = header;
    }

    @Nullable
    TransactionHeader header() {
        return header;
    }

    @Override
    public Kind kind() {
        return Kind.MESSAGE;
    }

    @Override
    public LogicalMessage message() {
        return message;
    }

    @Override
    public EventId id() {
        return new EventId(message.lsn(), 0);
    }

    @Override
    public @Nullable String context() {
        return header == null ? null : header.contextText();
    }

    @Override
    public @Nullable Instant timestamp() {
        return header == null ? null : header.timestamp();
    }

    @Override
    public long xid() {
        return header == null ? 0 : header.xid();
    }

    @Override
    public @Nullable Lsn commitLsn() {
        return header == null ? null : header.commitLsn();
    }

    @Override
    public @Nullable Lsn endLsn() {
        return header == null ? null : header.endLsn();
    }

    @Override
    public @Nullable String origin() {
        return header == null ? null : header.origin();
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
