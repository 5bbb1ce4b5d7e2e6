package io.walwire.internal.backfill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.walwire.event.Lsn;
import io.walwire.internal.text.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How the row of a run is read. Another process may have written it, or another version. */
final class RunRow {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    static final String COLUMNS =
            "run, table_name, condition_sql, handlers, wanted, state, problem, keys_to_read, timeline,"
                    + " owner, done_to, reading";

    private static final int COUNT = 12;

    private RunRow() {}

    /** The run's name, which every row has. */
    static String name(ResultSet row) throws SQLException {
        return row.getString(1);
    }

    /** The column {@code state} as it is. */
    static String state(ResultSet row) throws SQLException {
        return row.getString(6);
    }

    /**
     * Reads the row.
     *
     * @param row with {@link #COLUMNS}
     * @throws UnreadableRowException if a column holds something else than Walwire writes there
     */
    static StoredRun read(ResultSet row, RunSlot slot) throws SQLException {
        return new StoredRun(
                slot,
                name(row),
                column("table_name", row.getString(2), TableName::parse),
                row.getString(3),
                optional("handlers", row.getString(4), RunRow::names),
                column("wanted", row.getString(5), RunState::of),
                column("state", row.getString(6), RunState::of),
                row.getString(7),
                Objects.requireNonNullElse(optional("keys_to_read", row.getString(8), RunRow::keys), List.of()),
                row.getInt(9),
                Objects.requireNonNullElse(row.getString(12), ""),
                row.getString(10),
                column("done_to", row.getString(11), Lsn::parse));
    }

    /** Different for different content. */
    static String content(ResultSet row) throws SQLException {
        StringBuilder all = new StringBuilder();
        for (int i = 1; i <= COUNT; i++) {
            String value = row.getString(i);
            all.append(value == null ? -1 : value.length()).append(':').append(value);
        }
        return all.toString();
    }

    /** A value as the table has it. */
    static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> names(String json) {
        return List.copyOf(parse(json, new TypeReference<List<String>>() {}));
    }

    private static List<List<String>> keys(String json) {
        return parse(json, new TypeReference<List<List<String>>>() {}).stream()
                .map(List::copyOf)
                .toList();
    }

    private static <T> T parse(String json, TypeReference<T> type) {
        try {
            return JSON.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("It is no JSON of this form"); // the other message may show a key
        }
    }

    private static <T> T column(String name, String text, Function<String, T> reader) {
        try {
            return reader.apply(text);
        } catch (RuntimeException e) {
            throw new UnreadableRowException(name, e);
        }
    }

    private static <T> @Nullable T optional(String name, @Nullable String text, Function<String, T> reader) {
        return text == null ? null : column(name, text, reader);
    }
}
