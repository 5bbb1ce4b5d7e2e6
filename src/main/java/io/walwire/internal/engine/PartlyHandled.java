package io.walwire.internal.engine;

import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.event.MessageEvent;
import io.walwire.internal.transaction.TransactionPart;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Knows which events are handled of a transaction that was handled only in part. Another stream may send it again in other parts, because
 * the same rows are longer or shorter in text than in binary. So its events are recognised one by one.
 */
final class PartlyHandled {
    private static final int NOTHING = -1;

    private @Nullable Lsn commitLsn;
    private int parts;
    private long lastIndex = NOTHING;
    private @Nullable Lsn lastMessage;

    /** What is left to handle of a part; null if nothing is. */
    @Nullable
    TransactionPart rest(TransactionPart part) {
        if (!part.place().equals(commitLsn)) {
            return part;
        }
        List<Event> events = part.events();
        boolean isNext = part.part() == parts;
        // in order, so that where the first is new all are
        if (isNext && (events.isEmpty() || !isHandled(events.get(0)))) {
            return part;
        }
        List<Event> left = events.stream().filter(event -> !isHandled(event)).toList();
        return left.isEmpty() && !part.isLast() ? null : part.as(parts, left);
    }

    private boolean isHandled(Event event) {
        return event instanceof MessageEvent of
                ? lastMessage != null && !lastMessage.isBefore(of.message().lsn())
                : event.id().place() <= lastIndex;
    }

    /** Takes note of a part that was handled. */
    void handled(TransactionPart part) {
        if (part.isLast()) {
            forget();
            return;
        }
        if (!part.place().equals(commitLsn)) {
            forget();
            commitLsn = part.place();
        }
        parts = part.part() + 1;
        for (Event event : part.events()) {
            if (event instanceof MessageEvent of) {
                lastMessage = of.message().lsn();
            } else {
                lastIndex = event.id().place();
            }
        }
    }

    /** Another server's positions, or a transaction that does not come again. */
    void forget() {
        commitLsn = null;
        parts = 0;
        lastIndex = NOTHING;
        lastMessage = null;
    }
}
