package io.walwire.testing;

import io.walwire.event.Event;
import io.walwire.event.GapEvent;
import io.walwire.event.MessageEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.event.SchemaEvent;
import io.walwire.event.TransactionInfo;
import io.walwire.event.TruncateEvent;
import java.util.Objects;

/** Events of which a test knows what they are; a test fails with a {@link ClassCastException} where one is something else. */
public final class Typed {
    private Typed() {}

    /** An insert, update or delete whose rows are not read as a record. */
    @SuppressWarnings("unchecked")
    public static RowEvent<Row> row(Event event) {
        return (RowEvent<Row>) event;
    }

    /** The transaction of an event that has one. */
    public static TransactionInfo transaction(Event event) {
        return Objects.requireNonNull(event.transaction());
    }

    public static TruncateEvent<?> truncate(Event event) {
        return (TruncateEvent<?>) event;
    }

    public static SchemaEvent schema(Event event) {
        return (SchemaEvent) event;
    }

    public static MessageEvent message(Event event) {
        return (MessageEvent) event;
    }

    public static GapEvent gap(Event event) {
        return (GapEvent) event;
    }
}
