package io.walwire.internal.backfill;

import io.walwire.error.ValueException;
import io.walwire.event.Row;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.ValueEquality;
import io.walwire.internal.pgoutput.TupleData;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.ReceivedRow;
import io.walwire.internal.transaction.RowKeys;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keys as {@link RowKeys#possible} has them. Values of a type whose equality is not known count as equal, so that no stale row is kept. */
public final class EventKeys implements ChangeKeys {
    private final List<String> columns;

    /**
     * Keys of one table.
     *
     * @param key the key's columns in the key's order, at least one
     */
    public EventKeys(List<KeyColumn> key) {
        columns = key.stream().map(KeyColumn::name).toList();
    }

    @Override
    public RowChange of(ReceivedChange event) {
        return switch (event.kind()) {
            case INSERT, READ -> change(RowChange.Kind.INSERT, (ReceivedRow) event);
            case UPDATE -> change(RowChange.Kind.UPDATE, (ReceivedRow) event);
            case DELETE -> change(RowChange.Kind.DELETE, (ReceivedRow) event);
            case TRUNCATE -> RowChange.truncate();
            default -> throw new IllegalArgumentException("This is no change of rows: " + event.kind());
        };
    }

    private RowChange change(RowChange.Kind kind, ReceivedRow event) {
        boolean hasRow = kind != RowChange.Kind.DELETE;
        TupleData row = hasRow ? event.newTuple() : null;
        boolean lacksValues = hasRow && !event.unavailable().isEmpty();
        List<String> identities = RowKeys.possible(event);
        List<String> values = values(event.key());
        Row before = event.beforeRow();
        List<String> valuesBefore = before == null ? null : values(before);
        if (identities == null || identities.isEmpty() || values == null) {
            // of a row whose key before an update is not known
            TableKey now = values == null || !hasRow ? null : new TableKey(values, values, false);
            return new RowChange(kind, null, now, lacksValues, row);
        }
        boolean exact = isExact(event);
        TableKey first = new TableKey(identities.get(0), values, exact);
        List<TableKey> keys = new ArrayList<>(List.of(first));
        if (identities.size() > 1) {
            keys.add(new TableKey(identities.get(1), valuesBefore == null ? List.of() : valuesBefore, exact));
        }
        return new RowChange(kind, keys, hasRow ? first : null, lacksValues, row);
    }

    /** Whether keys with equal identities are always one row's. */
    private boolean isExact(ReceivedChange event) {
        return columns.stream().allMatch(column -> {
            PgType type = event.table().type(column);
            return type != null && ValueEquality.isExact(type);
        });
    }

    /** The key's values as text; null if one is not known, or the table has no such key at this event. */
    private @Nullable List<String> values(@Nullable Row row) {
        if (row == null) {
            return null;
        }
        List<String> values = new ArrayList<>(columns.size());
        for (String column : columns) {
            try {
                String text = row.isKnown(column) ? row.text(column) : null;
                if (text == null) {
                    return null;
                }
                values.add(text);
            } catch (ValueException noSuchColumn) {
                return null;
            }
        }
        return values;
    }
}
