package io.walwire.internal.dispatch;

import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.internal.transaction.ReceivedRow;
import io.walwire.internal.transaction.RowKeys;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Leaves out what a later event of the same row replaces. */
final class LatestPerKey {
    private LatestPerKey() {}

    /** The last event of each key, in order, and all events that have no key or an unknown one. */
    static <E extends Event> List<E> of(List<E> events) {
        if (events.size() < 2) {
            return events;
        }
        Set<Row> seen = new HashSet<>();
        List<E> latest = new ArrayList<>();
        for (int i = events.size() - 1; i >= 0; i--) {
            E event = events.get(i);
            List<Row> keys = event instanceof RowEvent<?> row ? RowKeys.certain(received(row)) : null;
            if (keys == null || keys.isEmpty() || seen.addAll(keys)) {
                latest.add(event);
            }
        }
        Collections.reverse(latest);
        return latest;
    }

    private static ReceivedRow received(RowEvent<?> event) {
        return event instanceof MappedEvent<?> mapped ? mapped.event() : (ReceivedRow) event;
    }
}
