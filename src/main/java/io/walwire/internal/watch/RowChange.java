package io.walwire.internal.watch;

import io.walwire.event.Changes;
import io.walwire.event.Column;
import io.walwire.event.ColumnState;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.internal.transaction.ReceivedChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One change, as all watches look at it: what each asks is worked out once. Used by one thread. */
final class RowChange {
    private final ReceivedChange event;
    private final TableView table;
    private final @Nullable Row before;
    private final @Nullable Row after;
    private final Map<String, Object> valuesBefore = new HashMap<>();
    private final Map<String, Object> valuesAfter = new HashMap<>();
    private @Nullable Changes changes;
    private boolean changesKnown;
    private @Nullable PickedRow key;
    private @Nullable PickedRow oldKey;
    private boolean keysKnown;

    RowChange(ReceivedChange event, TableView table) {
        this.event = event;
        this.table = table;
        this.before = event.beforeRow();
        this.after = event.afterRow();
    }

    ReceivedChange event() {
        return event;
    }

    Kind kind() {
        return event.kind();
    }

    TableView table() {
        return table;
    }

    /** What is known of the row before; null where nothing is, or there was none. */
    @Nullable
    Row before() {
        return before;
    }

    @Nullable
    Row after() {
        return after;
    }

    /** A column's canonical text after the change, or what stands in its place. */
    Object after(String column) {
        if (kind() == Kind.DELETE) {
            return Special.ABSENT;
        }
        return after == null ? Special.UNKNOWN : valuesAfter.computeIfAbsent(column, each -> value(after, each));
    }

    /** The same before the change. */
    Object before(String column) {
        if (kind() == Kind.INSERT) {
            return Special.ABSENT;
        }
        if (before != null) {
            return valuesBefore.computeIfAbsent(column, each -> value(before, each));
        }
        return isUnchangedIdentity(column) ? after(column) : Special.UNKNOWN;
    }

    private Object value(Row row, String column) {
        Canonical canonical = table.canonical(column);
        if (canonical == null || !row.isKnown(column)) {
            return Special.UNKNOWN;
        }
        try {
            return row.state(column) == ColumnState.NULL ? Special.NULL : canonical.ofRow(row, column);
        } catch (RuntimeException | StackOverflowError unreadable) {
            // nobody may be left out because of it, and what a subscriber asks for never stops the handlers
            return Special.UNKNOWN;
        }
    }

    /** Several columns' values as one, alone where it is one column; UNKNOWN or ABSENT if any is. */
    Object tuple(List<String> columns, boolean old) {
        if (columns.size() == 1) {
            return old ? before(columns.get(0)) : after(columns.get(0));
        }
        List<Object> values = new ArrayList<>(columns.size());
        for (String column : columns) {
            Object value = old ? before(column) : after(column);
            if (value == Special.ABSENT || value == Special.UNKNOWN) {
                return value;
            }
            values.add(value);
        }
        return values;
    }

    /** PostgreSQL sends an old key with every update that changes it. */
    private boolean isUnchangedIdentity(String column) {
        return kind() == Kind.UPDATE && before == null && after != null && table.isOfIdentityKey(after, column);
    }

    /** Whether an update changed a column's value. */
    Verdict changed(String column) {
        if (after == null || table.canonical(column) == null) {
            return Verdict.UNKNOWN;
        }
        if (after.state(column) == ColumnState.UNCHANGED_TOAST || isUnchangedIdentity(column)) {
            return Verdict.NO;
        }
        Changes known = changes();
        if (known != null && known.contains(column)) {
            return Verdict.YES;
        }
        return before != null && before.isKnown(column) ? Verdict.NO : Verdict.UNKNOWN;
    }

    private @Nullable Changes changes() {
        if (!changesKnown) {
            changes = event.changes();
            changesKnown = true;
        }
        return changes;
    }

    /** The columns that are known to have changed; null where nothing is known, and for what is no update. */
    @Nullable
    List<String> changedColumns() {
        return WholeContent.names(changes());
    }

    /** A copy of the row's key. */
    @Nullable
    PickedRow key() {
        pickKeys();
        return key;
    }

    /** A copy of the key before an update that changed it. */
    @Nullable
    PickedRow oldKey() {
        pickKeys();
        return oldKey;
    }

    private void pickKeys() {
        if (keysKnown) {
            return;
        }
        keysKnown = true;
        Row of = event.key();
        if (of == null) {
            return;
        }
        List<String> columns = of.columns().stream().map(Column::name).toList();
        key = PickedRow.of(of, columns, table.types());
        if (kind() == Kind.UPDATE && before != null) {
            oldKey = PickedRow.oldKey(key, before, table.types());
        }
    }
}
