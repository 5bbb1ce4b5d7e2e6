package io.walwire.internal.mapping;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.walwire.error.ValueException;
import io.walwire.event.Column;
import io.walwire.event.ColumnState;
import io.walwire.internal.codec.Conversion;
import io.walwire.internal.codec.PgType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A row of values given as their text; what was not given was not sent. */
final class TextRow implements PlacedRow {
    private final Map<String, PgType> types;
    private final Map<String, @Nullable String> texts = new HashMap<>();
    private final List<Column> columns;

    TextRow(Map<String, PgType> types) {
        this.types = types;
        this.columns = types.entrySet().stream()
                .map(column -> new Column(
                        column.getKey(),
                        column.getValue().name(),
                        column.getValue().oid(),
                        -1,
                        false))
                .toList();
    }

    @Override
    public PgType type(int place) {
        return Objects.requireNonNull(types.get(columns.get(place).name()));
    }

    @Override
    public @Nullable Object get(int place) {
        return get(place, Object.class);
    }

    @Override
    public <T> @Nullable T get(int place, Class<T> type) {
        return get(columns.get(place).name(), type);
    }

    TextRow with(String column, @Nullable String text) {
        texts.put(column, text);
        return this;
    }

    @Override
    public <T> @Nullable T get(String column, Class<T> type) {
        String text = text(column);
        if (text == null) {
            return null;
        }
        byte[] bytes = text.getBytes(UTF_8);
        return Conversion.convert(Objects.requireNonNull(types.get(column)), bytes, 0, bytes.length, type);
    }

    @Override
    public @Nullable String text(String column) {
        if (!texts.containsKey(column)) {
            throw new ValueException(
                    ValueException.Reason.NOT_SENT, "public.t", column, null, null, column + " was not sent");
        }
        return texts.get(column);
    }

    @Override
    public @Nullable Object get(String column) {
        return get(column, Object.class);
    }

    @Override
    public boolean hasValue(String column, @Nullable Object value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Column> columns() {
        return columns;
    }

    @Override
    public ColumnState state(String column) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isKnown(String column) {
        return texts.containsKey(column);
    }

    @Override
    public Map<String, @Nullable Object> toMap() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String toJson() {
        throw new UnsupportedOperationException();
    }
}
