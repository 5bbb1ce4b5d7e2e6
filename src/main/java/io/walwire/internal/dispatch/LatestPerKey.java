package io.walwire.internal.dispatch;

import io.walwire.event.Column;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.internal.transaction.ChangeEvent;
import io.walwire.internal.transaction.RowKey;
import io.walwire.internal.transaction.RowKeys;
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
    static <T> List<RowEvent<T>> of(List<RowEvent<T>> events) {
        if (events.size() < 2) {
            return events;
        }
        Set<Key> told = new HashSet<>();
        List<RowEvent<T>> latest = new ArrayList<>();
        for (int i = events.size() - 1; i >= 0; i--) {
            RowEvent<T> event = events.get(i);
            List<Key> keys = event.kind().isRow() ? keys(change(event)) : List.of();
            if (keys.isEmpty() || told.addAll(keys)) {
                latest.add(event);
            }
        }
        Collections.reverse(latest);
        return latest;
    }

    /** Empty where there is no key, or not enough is known of it. */
    private static List<Key> keys(ChangeEvent event) {
        Row key = event.key();
        List<RowKey> rows = RowKeys.NEVER_TOGETHER.of(event);
        if (key == null || rows == null) {
            return List.of();
        }
        List<String> columns = key.columns().stream().map(Column::name).toList();
        return rows.stream().map(row -> new Key(columns, row)).toList();
    }

    private static ChangeEvent change(RowEvent<?> event) {
        return event instanceof MappedEvent<?> mapped ? mapped.event() : (ChangeEvent) event;
    }
}
