package io.walwire.internal.transaction;

import io.walwire.error.ValueException;
import io.walwire.error.ValueException.Reason;
import io.walwire.event.Column;
import io.walwire.event.ColumnState;
import io.walwire.internal.codec.BinaryValues;
import io.walwire.internal.codec.Conversion;
import io.walwire.internal.codec.JsonForm;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.SearchValue;
import io.walwire.internal.codec.TextValues;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.codec.UnrepresentableException;
import io.walwire.internal.mapping.PlacedRow;
import io.walwire.internal.pgoutput.PgOutputMessage.OldRow;
import io.walwire.internal.pgoutput.TupleData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A row over the bytes that PostgreSQL sent: its columns are looked for, and their values decoded, when they are read. */
final class TupleRow implements PlacedRow {
    /** Of {@link #found}, for the offset; what is left holds as many columns as PostgreSQL allows. */
    private static final int OFFSET_BITS = 21;

    private static final int MAX_OFFSET = (1 << OFFSET_BITS) - 1;
    private static final int MAX_POSITION = (1 << (Integer.SIZE - OFFSET_BITS)) - 1;

    /** From a column's kind byte to its value. */
    private static final int VALUE = 5;

    private static final ValueReader<String> TEXT =
            (type, bytes, offset, length) -> TextValues.text(bytes, offset, length);

    private final Table table;
    private final TupleData tuple;
    private final OldRow oldKind;
    private final @Nullable TupleRow before;

    /**
     * The column that was found last and where it stands, so that reading in order never looks twice; an array of all offsets would be
     * larger than many a row. It is one int, since threads that race must see a pair that belongs together.
     */
    private int found;

    /**
     * A row.
     *
     * @param oldKind which columns of an old row were sent, the others being NULL on the wire; ABSENT for a new row, which
     *     is whole
     * @param before the row before, which has an unchanged TOASTed value where it was sent at all
     */
    TupleRow(Table table, TupleData tuple, OldRow oldKind, @Nullable TupleRow before) {
        this.table = table;
        this.tuple = tuple;
        this.oldKind = oldKind;
        this.before = before;
    }

    Table table() {
        return table;
    }

    /** Where the kind byte of the column at a position stands. */
    private int at(int position) {
        int last = found;
        int from = last >>> OFFSET_BITS;
        if (position < from) {
            last = 0;
            from = 0;
        }
        int at = tuple.offset() + (last & MAX_OFFSET);
        if (position == from) {
            return at;
        }
        at = tuple.after(at, position - from);
        if (position <= MAX_POSITION && at - tuple.offset() <= MAX_OFFSET) {
            found = position << OFFSET_BITS | (at - tuple.offset());
        }
        return at;
    }

    private byte kind(int position) {
        return tuple.bytes()[at(position)];
    }

    /** The state at a column's position. */
    ColumnState state(int position) {
        byte kind = kind(position);
        if (kind == TupleData.NULL) {
            return mayBeUnsent() ? ColumnState.NOT_SENT : ColumnState.NULL;
        }
        if (kind == TupleData.UNCHANGED) {
            ColumnState was = before == null ? ColumnState.NOT_SENT : before.state(position);
            return was == ColumnState.NOT_SENT ? ColumnState.UNCHANGED_TOAST : was;
        }
        return ColumnState.VALUE;
    }

    private boolean mayBeUnsent() {
        return switch (oldKind) {
            case ABSENT -> false;
            case KEY -> true; // no column of a key is ever NULL
            case FULL -> table.partitionsDiffer();
        };
    }

    /** Whether all of the key was sent. */
    boolean knowsKey() {
        for (int position : table.keyPositions()) {
            if (!isKnown(position)) {
                return false;
            }
        }
        return table.keyPositions().length > 0;
    }

    boolean isKnown(int position) {
        ColumnState state = state(position);
        return state == ColumnState.VALUE || state == ColumnState.NULL;
    }

    /** The row that holds the bytes of the column's value: this one, or the one before. */
    private TupleRow holder(int position) {
        return before != null && kind(position) == TupleData.UNCHANGED ? before : this;
    }

    /** Whether both rows hold the same value, or NULL, at a position that both know: the same bytes, or JSON but for white space. */
    boolean sameAt(int position, TupleRow other) {
        TupleRow mine = holder(position);
        TupleRow theirs = other.holder(position);
        if (state(position) != ColumnState.VALUE || other.state(position) != ColumnState.VALUE) {
            return state(position) == other.state(position);
        }
        boolean json = table.types().get(position).kind() == TypeKind.JSON; // which is text in both formats
        if (!json && mine != theirs && mine.isBinary(position) && theirs.isBinary(position)) {
            return BinaryValues.areAlike(
                    table.types().get(position),
                    mine.tuple.bytes(),
                    mine.valueStart(position),
                    mine.valueLength(position),
                    theirs.tuple.bytes(),
                    theirs.valueStart(position),
                    theirs.valueLength(position));
        }
        return mine == theirs || mine.hasSameText(position, theirs);
    }

    private boolean hasSameText(int position, TupleRow other) {
        byte[] mine = tuple.bytes();
        byte[] theirs = other.tuple.bytes();
        int from = valueStart(position);
        int to = from + valueLength(position);
        int otherFrom = other.valueStart(position);
        int otherTo = otherFrom + other.valueLength(position);
        return Arrays.equals(mine, from, to, theirs, otherFrom, otherTo)
                || (table.types().get(position).kind() == TypeKind.JSON
                        && JsonForm.areAlike(mine, from, to, theirs, otherFrom, otherTo));
    }

    private boolean isBinary(int position) {
        return kind(position) == TupleData.BINARY;
    }

    private int valueStart(int position) {
        return at(position) + VALUE;
    }

    private int valueLength(int position) {
        return TupleData.length(tuple.bytes(), at(position));
    }

    /** Reads the bytes of a value in one of both formats; only where the state is VALUE. */
    <R> R read(int position, ValueReader<R> ofText, ValueReader<R> ofBinary) {
        TupleRow holder = holder(position);
        byte[] bytes = holder.tuple.bytes();
        int at = holder.at(position);
        return (bytes[at] == TupleData.BINARY ? ofBinary : ofText)
                .read(table.types().get(position), bytes, at + VALUE, TupleData.length(bytes, at));
    }

    /** Reads a value out of its bytes. */
    @FunctionalInterface
    interface ValueReader<R> {
        R read(PgType type, byte[] bytes, int offset, int length);
    }

    @Override
    public List<Column> columns() {
        return table.columns();
    }

    @Override
    public ColumnState state(String column) {
        return state(position(column));
    }

    @Override
    public boolean isKnown(String column) {
        Integer position = table.position(column);
        return position != null && isKnown(position);
    }

    @Override
    public @Nullable Object get(String column) {
        return get(position(column));
    }

    @Override
    public PgType type(int position) {
        return table.type(position);
    }

    @Override
    public @Nullable Object get(int position) {
        byte[] bytes = tuple.bytes();
        int at = at(position);
        try {
            return switch (bytes[at]) {
                case TupleData.TEXT ->
                    TextValues.decode(table.type(position), bytes, at + VALUE, TupleData.length(bytes, at));
                case TupleData.BINARY ->
                    BinaryValues.decode(table.type(position), bytes, at + VALUE, TupleData.length(bytes, at));
                default -> isNull(position) ? null : holder(position).get(position);
            };
        } catch (UnrepresentableException e) {
            throw unrepresentable(position, e);
        }
    }

    @Override
    public <T> @Nullable T get(String column, Class<T> type) {
        return get(position(column), type);
    }

    @Override
    public <T> @Nullable T get(int position, Class<T> type) {
        byte[] bytes = tuple.bytes();
        int at = at(position);
        T value;
        try {
            value = switch (bytes[at]) {
                case TupleData.TEXT ->
                    Conversion.convert(table.type(position), bytes, at + VALUE, TupleData.length(bytes, at), type);
                case TupleData.BINARY ->
                    Conversion.convertBinary(
                            table.type(position), bytes, at + VALUE, TupleData.length(bytes, at), type);
                default -> isNull(position) ? null : holder(position).get(position, type);
            };
        } catch (UnrepresentableException e) {
            throw unrepresentable(position, e);
        }
        if (value == null && type.isPrimitive()) {
            throw failure(position, Reason.NULL, "is NULL, which no " + type + " holds; read it as its box");
        }
        return value;
    }

    @Override
    public @Nullable String text(String column) {
        return text(position(column));
    }

    private @Nullable String text(int position) {
        try {
            return isNull(position) ? null : read(position, TEXT, BinaryValues::text);
        } catch (UnrepresentableException e) {
            throw unrepresentable(position, e);
        }
    }

    /** The text of a value; of a malformed value in binary its bytes, as there is no text. */
    String textOrBytes(int position) {
        try {
            return read(position, TEXT, BinaryValues::text);
        } catch (UnrepresentableException malformed) {
            return read(position, TEXT, (type, bytes, offset, length) -> BinaryValues.hex(bytes, offset, length));
        }
    }

    @Override
    public boolean hasValue(String column, @Nullable Object value) {
        int position = position(column);
        boolean isNull = isNull(position);
        if (isNull || value == null) {
            return isNull && value == null;
        }
        return new SearchValue(table.types().get(position)).isEqual(this, column, value);
    }

    @Override
    public Map<String, @Nullable Object> toMap() {
        return toMap(table.columns());
    }

    /** Of some columns, those that are known. */
    Map<String, @Nullable Object> toMap(List<Column> columns) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (Column column : columns) {
            int position = position(column.name());
            if (isKnown(position)) {
                map.put(column.name(), get(position));
            }
        }
        return Collections.unmodifiableMap(map);
    }

    @Override
    public String toJson() {
        return EventJson.of(this, table.columns());
    }

    /** The columns that this new row and the old one both lack. */
    List<String> unavailable() {
        List<String> names = null;
        for (int i = 0; i < tuple.columns(); i++) {
            if (state(i) == ColumnState.UNCHANGED_TOAST) {
                names = names == null ? new ArrayList<>() : names;
                names.add(table.columns().get(i).name());
            }
        }
        return names == null ? List.of() : Collections.unmodifiableList(names);
    }

    int position(String column) {
        int position = table.position(column, found >>> OFFSET_BITS);
        if (position < 0) {
            throw noColumn("Table " + table.qualifiedName(), column, table.columns());
        }
        return position;
    }

    /** A user asks for a column that is none of those that there are. */
    ValueException noColumn(String display, String column, List<Column> columns) {
        String names = String.join(", ", columns.stream().map(Column::name).toList());
        return new ValueException(
                Reason.UNKNOWN_COLUMN,
                table.qualifiedName(),
                column,
                null,
                null,
                display + " has no column " + column + "; it has " + names + ".");
    }

    private boolean isNull(int position) {
        return switch (state(position)) {
            case VALUE -> false;
            case NULL -> true;
            case UNCHANGED_TOAST ->
                throw failure(
                        position,
                        Reason.NOT_SENT,
                        "was not sent with this update, which did not change it (a TOASTed value). "
                                + table.howToGetOldValues());
            case NOT_SENT ->
                throw failure(
                        position,
                        Reason.NOT_SENT,
                        "is outside the replica identity, so its old value was not sent. " + table.howToGetOldValues());
        };
    }

    private ValueException unrepresentable(int position, UnrepresentableException e) {
        String name = table.columns().get(position).name();
        return exception(
                position,
                Reason.NOT_REPRESENTABLE,
                textOrBytes(position),
                ": " + e.getMessage() + "; Row.text(\"" + name + "\") has PostgreSQL's own text.");
    }

    private ValueException failure(int position, Reason reason, String what) {
        return exception(position, reason, null, " " + what.strip());
    }

    private ValueException exception(int position, Reason reason, @Nullable String text, String what) {
        Column column = table.columns().get(position);
        String where = table.qualifiedName();
        return new ValueException(
                reason, where, column.name(), column.type(), text, "Column " + where + "." + column.name() + what);
    }

    @Override
    public String toString() {
        return "Row of " + table.source().qualifiedTable();
    }
}
