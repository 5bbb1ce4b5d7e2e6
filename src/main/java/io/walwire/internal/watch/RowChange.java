package io.walwire.internal.watch;

import io.walwire.event.Change;
import io.walwire.event.Changes;
import io.walwire.event.ColumnState;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.SearchValue;
import io.walwire.internal.codec.SearchValue.Absence;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.ReceivedRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One change, as all watches look at it: what several of them ask is worked out once. Used by one thread. */
final class RowChange {
    private final ReceivedChange event;
    private final @Nullable Row before;
    private final @Nullable Row after;
    private final Map<String, Object> valuesBefore = new HashMap<>();
    private final Map<String, Object> valuesAfter = new HashMap<>();
    private final Map<Set<String>, ReceivedChange> copies = new HashMap<>();
    private @Nullable Changes changes;
    private boolean changesKnown;

    RowChange(ReceivedChange event) {
        this.event = event;
        this.before = event.beforeRow();
        this.after = event.afterRow();
    }

    ReceivedChange event() {
        return event;
    }

    Kind kind() {
        return event.kind();
    }

    /** What is known of the row before; null where nothing is known, or where there was no row. */
    @Nullable
    Row before() {
        return before;
    }

    @Nullable
    Row after() {
        return after;
    }

    /** A column's {@link SearchValue} after the change, or an {@link Absence}. */
    Object after(String column) {
        if (kind() == Kind.DELETE) {
            return Absence.NO_ROW;
        }
        return after == null ? Absence.NOT_SENT : valuesAfter.computeIfAbsent(column, each -> value(after, each));
    }

    /** The same before the change. */
    Object before(String column) {
        if (kind() == Kind.INSERT || kind() == Kind.READ) {
            return Absence.NO_ROW;
        }
        if (before != null) {
            return valuesBefore.computeIfAbsent(column, each -> value(before, each));
        }
        return isUnchangedIdentity(column) ? after(column) : Absence.NOT_SENT;
    }

    private Object value(Row row, String column) {
        PgType type = event.table().type(column);
        if (type == null || !row.isKnown(column)) {
            return Absence.NOT_SENT;
        }
        try {
            return row.state(column) == ColumnState.NULL ? Absence.NULL : new SearchValue(type).ofRow(row, column);
        } catch (RuntimeException | StackOverflowError unreadable) {
            // no subscription may miss the change because of it, and what a watch reads never stops the handlers
            return Absence.NOT_SENT;
        }
    }

    /** The values of several columns as one object, the value itself where it is one column; an absence other than NULL if any is. */
    Object values(List<String> columns, boolean old) {
        if (columns.size() == 1) {
            return old ? before(columns.get(0)) : after(columns.get(0));
        }
        List<Object> values = new ArrayList<>(columns.size());
        for (String column : columns) {
            Object value = old ? before(column) : after(column);
            if (value == Absence.NO_ROW || value == Absence.NOT_SENT) {
                return value;
            }
            values.add(value);
        }
        return values;
    }

    /** PostgreSQL sends an old key with every update that changes it. */
    private boolean isUnchangedIdentity(String column) {
        return kind() == Kind.UPDATE
                && before == null
                && after != null
                && event.table().sendsChangedKeys()
                && event.table().isIdentity(column);
    }

    /** Whether an update changed a column's value. */
    Truth changed(String column) {
        if (after == null || event.table().type(column) == null) {
            return Truth.UNKNOWN;
        }
        if (event instanceof ReceivedRow row && row.unchanged(column)) {
            return Truth.FALSE;
        }
        Changes known = changes();
        return known != null && known.contains(column) ? Truth.TRUE : Truth.UNKNOWN;
    }

    private @Nullable Changes changes() {
        if (!changesKnown) {
            changes = event.changes();
            changesKnown = true;
        }
        return changes;
    }

    /** The columns that are known to have changed; null where nothing is known, and for other kinds than updates. */
    @Nullable
    List<String> changedColumns() {
        return names(changes());
    }

    static @Nullable List<String> names(@Nullable Changes changes) {
        return changes == null
                ? null
                : changes.list().stream().map(Change::column).toList();
    }

    /** A copy with the key and these columns alone, the same for all watches that carry the same columns. */
    ReceivedChange copyOf(Set<String> columns) {
        return copies.computeIfAbsent(columns, event::copyOf);
    }
}
