package io.walwire.internal.watch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import io.walwire.error.ValueException;
import io.walwire.error.ValueException.Reason;
import io.walwire.event.Column;
import io.walwire.event.ColumnState;
import io.walwire.event.Row;
import io.walwire.internal.codec.Conversion;
import io.walwire.internal.codec.JsonValues;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TextValues;
import io.walwire.internal.codec.UnrepresentableException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A copy of some of a row's columns, which holds on to nothing else. */
final class PickedRow implements Row {
    private final List<Column> columns;
    private final List<PgType> types;
    private final List<ColumnState> states;
    private final List<@Nullable String> texts;

    private PickedRow(
            List<Column> columns, List<PgType> types, List<ColumnState> states, List<@Nullable String> texts) {
        this.columns = columns;
        this.types = types;
        this.states = states;
        this.texts = texts;
    }

    /** Copies those of the columns that the row has, in the row's order. */
    static PickedRow of(Row row, Collection<String> wanted, Map<String, PgType> types) {
        List<Column> columns = new ArrayList<>(wanted.size());
        List<PgType> picked = new ArrayList<>(wanted.size());
        List<ColumnState> states = new ArrayList<>(wanted.size());
        List<@Nullable String> texts = new ArrayList<>(wanted.size());
        for (Column column : row.columns()) {
            String name = column.name();
            if (wanted.contains(name)) {
                ColumnState state = row.state(name);
                columns.add(column);
                picked.add(types.getOrDefault(name, PgType.text(column.typeOid(), column.type())));
                states.add(state);
                texts.add(state == ColumnState.VALUE ? row.text(name) : null);
            }
        }
        return new PickedRow(Collections.unmodifiableList(columns), picked, states, texts);
    }

    /** The same columns of the row before; null where they are equal, or were not sent. */
    static @Nullable PickedRow oldKey(PickedRow key, Row before, Map<String, PgType> types) {
        List<String> names = key.columns.stream().map(Column::name).toList();
        for (String name : names) {
            if (!before.isKnown(name)) {
                return null;
            }
        }
        PickedRow was = of(before, names, types);
        return was.texts.equals(key.texts) ? null : was;
    }

    @Override
    public List<Column> columns() {
        return columns;
    }

    @Override
    public ColumnState state(String column) {
        return states.get(position(column));
    }

    @Override
    public boolean isKnown(String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equals(column)) {
                return isKnown(i);
            }
        }
        return false;
    }

    private boolean isKnown(int position) {
        ColumnState state = states.get(position);
        return state == ColumnState.VALUE || state == ColumnState.NULL;
    }

    @Override
    public @Nullable Object get(String column) {
        int position = position(column);
        byte[] bytes = bytes(position);
        try {
            return bytes == null ? null : TextValues.decode(types.get(position), bytes, 0, bytes.length);
        } catch (UnrepresentableException e) {
            throw unrepresentable(position, e);
        }
    }

    @Override
    public <T> @Nullable T get(String column, Class<T> type) {
        int position = position(column);
        byte[] bytes = bytes(position);
        if (bytes == null) {
            if (type.isPrimitive()) {
                throw failure(position, Reason.NULL, "is NULL, which no " + type + " holds; read it as its box");
            }
            return null;
        }
        try {
            return Conversion.convert(types.get(position), bytes, 0, bytes.length, type);
        } catch (UnrepresentableException e) {
            throw unrepresentable(position, e);
        }
    }

    @Override
    public @Nullable String text(String column) {
        int position = position(column);
        requireKnown(position);
        return texts.get(position);
    }

    private byte @Nullable [] bytes(int position) {
        requireKnown(position);
        String text = texts.get(position);
        return text == null ? null : text.getBytes(UTF_8);
    }

    private void requireKnown(int position) {
        if (!isKnown(position)) {
            throw failure(position, Reason.NOT_SENT, "was not sent by PostgreSQL with this change");
        }
    }

    @Override
    public Map<String, @Nullable Object> toMap() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            if (isKnown(i)) {
                map.put(columns.get(i).name(), get(columns.get(i).name()));
            }
        }
        return Collections.unmodifiableMap(map);
    }

    @Override
    public String toJson() {
        ByteArrayOutputStream utf8 = new ByteArrayOutputStream(128);
        try (JsonGenerator out = JsonValues.factory().createGenerator(utf8)) {
            write(out);
        } catch (IOException e) {
            throw new UncheckedIOException("An array of bytes does not fail", e);
        }
        return utf8.toString(UTF_8);
    }

    void write(JsonGenerator out) throws IOException {
        out.writeStartObject();
        for (int i = 0; i < columns.size(); i++) {
            if (isKnown(i)) {
                out.writeFieldName(columns.get(i).name());
                byte[] bytes = bytes(i);
                if (bytes == null) {
                    out.writeNull();
                } else {
                    JsonValues.write(out, types.get(i), bytes, 0, bytes.length);
                }
            }
        }
        out.writeEndObject();
    }

    private int position(String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equals(column)) {
                return i;
            }
        }
        throw new ValueException(
                Reason.UNKNOWN_COLUMN,
                "",
                column,
                null,
                null,
                "The watch carries no column " + column + "; it carries "
                        + String.join(", ", columns.stream().map(Column::name).toList()) + ".");
    }

    private ValueException unrepresentable(int position, UnrepresentableException e) {
        Column column = columns.get(position);
        return new ValueException(
                Reason.NOT_REPRESENTABLE,
                "",
                column.name(),
                column.type(),
                texts.get(position),
                "Column " + column.name() + ": " + e.getMessage() + "; Row.text(\"" + column.name()
                        + "\") has PostgreSQL's own text.");
    }

    private ValueException failure(int position, Reason reason, String what) {
        Column column = columns.get(position);
        return new ValueException(
                reason, "", column.name(), column.type(), null, "Column " + column.name() + " " + what + ".");
    }

    @Override
    public String toString() {
        return "Row of " + columns.stream().map(Column::name).toList();
    }
}
