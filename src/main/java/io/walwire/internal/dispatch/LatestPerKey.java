package io.walwire.internal.dispatch;

import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.internal.lanes.RowKey;
import io.walwire.internal.lanes.RowKeys;
import io.walwire.internal.transaction.ReceivedRow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Leaves out what a later event of the same row replaces. */
final class LatestPerKey {
    private LatestPerKey() {}

    /** By its columns too: after a change of the table's primary key equal values name another row. */
    private record Key(List<String> columns, RowKey row) {}

    /** Those that are the last of any key that they are about, in order; all that are of no key, or of one not known. */
    static <E extends Event> List<E> of(List<E> events) {
        if (events.size() < 2) {
            return events;
        }
        Set<Key> told = new HashSet<>();
        List<E> latest = new ArrayList<>();
        for (int i = events.size() - 1; i >= 0; i--) {
            E event = events.get(i);
            List<Key> keys = event instanceof RowEvent<?> row ? keys(received(row)) : List.of();
            if (keys.isEmpty() || told.addAll(keys)) {
                latest.add(event);
            }
        }
        Collections.reverse(latest);
        return latest;
    }

    /** Empty where there is no key, or not enough is known of it. */
    private static List<Key> keys(ReceivedRow event) {
        Row key = event.key();
        List<RowKey> rows = RowKeys.NEVER_TOGETHER.of(event);
        if (key == null || rows == null) {
            return List.of();
        }
        List<String> columns = key.columns().stream().map(Column::name).toList();
        return rows.stream().map(row -> new Key(columns, row)).toList();
    }

    private static ReceivedRow received(RowEvent<?> event) {
        return event instanceof MappedEvent<?> mapped ? mapped.event() : (ReceivedRow) event;
    }
}
