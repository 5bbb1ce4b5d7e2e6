package io.walwire.internal.backfill;

import io.walwire.error.ValueException;
import io.walwire.event.Row;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.codec.ValueEquality;
import io.walwire.internal.pgoutput.TupleData;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.ReceivedRow;
import io.walwire.internal.transaction.RowKeys;
import io.walwire.internal.transaction.Table;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keys that are equal wherever they may name one row. Values of a type whose equality is not known count as equal, so that no stale row is kept. */
public final class EventKeys implements ChangeKeys {
    private final List<KeyColumn> key;
    private final List<String> columns;

    /**
     * Keys of one table.
     *
     * @param key the key's columns in the key's order, at least one
     */
    public EventKeys(List<KeyColumn> key) {
        this.key = List.copyOf(key);
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
            return new RowChange(
                    kind, null, now, lacksValues, row, event.table().columnNames());
        }
        TableKey first = key(event.table(), values);
        List<TableKey> keys = new ArrayList<>(List.of(first));
        if (kind == RowChange.Kind.UPDATE && valuesBefore != null) {
            TableKey second = key(event.table(), valuesBefore);
            if (!second.identity().equals(first.identity())) {
                keys.add(second);
            }
        }
        return new RowChange(
                kind,
                keys,
                hasRow ? first : null,
                lacksValues,
                row,
                event.table().columnNames());
    }

    /**
     * A key that was kept as text.
     *
     * @param table the table, or a partition of it, as of now
     * @param values the key's values, in the key's order; of another key of the table where that has changed since
     * @return equal to the key of an event of the row
     */
    public TableKey ofTexts(Table table, List<String> values) {
        return values.size() == columns.size() ? key(table, values) : new TableKey(values, values, false);
    }

    /** Has no names in its identity: the table may be described by others when a chunk is compared with an event. */
    private TableKey key(Table table, List<String> values) {
        List<String> forms = new ArrayList<>(values.size());
        boolean exact = true;
        for (int i = 0; i < values.size(); i++) {
            PgType type = table.type(columns.get(i));
            if (type != null && ValueEquality.isExact(type)) {
                forms.add(ValueEquality.form(type, values.get(i)));
            } else {
                // an enum, or a domain of texts: equal values have equal texts
                boolean exactText = type != null
                        && type.kind() == TypeKind.TEXT
                        && key.get(i).exact();
                forms.add(exactText ? values.get(i) : "");
                exact &= exactText;
            }
        }
        return new TableKey(List.copyOf(forms), values, exact);
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
