package io.walwire.internal.lanes;

import io.walwire.event.Column;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.ReceivedRow;
import io.walwire.internal.transaction.RowKeys;
import io.walwire.internal.transaction.Table;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** In which lanes a change belongs. Used by one thread at a time. */
public final class LaneKeys {
    /** Tables are described again after each change and by each stream; old ones must not pile up. */
    private static final int MAX_TABLES = 4_096;

    private static final String SHARED = "the lane of all that has no key";

    private final Set<Table> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<TableName, List<String>> keyColumns = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TableName, List<String>> eldest) {
            forgetful |= size() > MAX_TABLES;
            return size() > MAX_TABLES;
        }
    };

    /** Whether some table's key was forgotten, so that a table that seems new may have had another one. */
    private boolean forgetful;

    /**
     * The lanes of a change.
     *
     * @param event any change of a table
     * @return one, or the two of an update that changes its key; null for what has to stand alone: a change of the table as a
     *     whole, one whose rows are not known, and the first one after a table got another key
     */
    public @Nullable List<String> of(ReceivedChange event) {
        if (!(event instanceof ReceivedRow row)) {
            return null;
        }
        boolean sameKey = seen.contains(event.table()) || isKeyOf(event);
        List<String> keys = sameKey ? RowKeys.possible(row) : null;
        return keys != null && keys.isEmpty() ? List.of(SHARED) : keys;
    }

    /** Whether the table's key is what it was when the table was last seen. */
    private boolean isKeyOf(ReceivedChange event) {
        Table table = event.table();
        if (seen.size() >= MAX_TABLES) {
            seen.clear();
        }
        seen.add(table);
        List<String> columns = table.key().stream().map(Column::name).toList();
        List<String> before = keyColumns.put(new TableName(table.schema(), table.name()), columns);
        return before == null ? !forgetful : before.equals(columns);
    }
}
