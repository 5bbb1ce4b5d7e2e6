package io.walwire.event;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One version of a row, or the part of it that PostgreSQL sent. Immutable; a value is decoded each time it is read, and a
 * column that nobody reads is never decoded. Safe to use from several threads.
 *
 * <p>A read gives the value, gives null for SQL NULL, or throws {@link io.walwire.error.ValueException}: where the table
 * has no such column, where PostgreSQL did not send the value ({@link #state(String)} asks first), or where the Java type
 * cannot hold it ({@link #text(String)} then has PostgreSQL's own text). Which Java type stands for which PostgreSQL type:
 * boolean is {@code Boolean}; int2, int4, int8 and oid are {@code Short}, {@code Integer}, {@code Long}, {@code Long};
 * float4 and float8 are {@code Float} and {@code Double}; numeric is {@code BigDecimal}, or {@link NumericSpecial};
 * uuid is {@code UUID}; json and jsonb are their text, a {@code String}; bytea is {@code byte[]}; date is {@code LocalDate}; time is
 * {@code LocalTime}, timetz {@code OffsetTime}, timestamp {@code LocalDateTime}, timestamptz {@code Instant}, their
 * infinities the type's MIN and MAX; interval is {@link Interval}; an array is a {@code List}; hstore is a {@code Map} of
 * strings; everything else is its text.
 */
public interface Row {
    /**
     * The columns of the table as of this change, including columns whose value was not sent.
     *
     * @return in the table's order, unmodifiable
     */
    List<Column> columns();

    /**
     * What is known of a column.
     *
     * @param column its name
     * @return its state
     * @throws io.walwire.error.ValueException if the table has no such column
     */
    ColumnState state(String column);

    /**
     * Whether the table has the column and its value, maybe NULL, is known. Never throws.
     *
     * @param column its name
     * @return true if {@link #get(String)} has something to read
     */
    boolean isKnown(String column);

    /**
     * A value in its own Java type.
     *
     * @param column its name
     * @return the value; null for SQL NULL
     * @throws io.walwire.error.ValueException see the class
     */
    @Nullable
    Object get(String column);

    /**
     * A value in the Java type asked for: its own, a wider number, {@code String} for PostgreSQL's text of anything, an
     * enum by its constant's name, or Jackson 2's {@code JsonNode} for a json or jsonb; its numbers keep every digit.
     *
     * @param column its name
     * @param type the type
     * @param <T> the type
     * @return the value; null for SQL NULL
     * @throws io.walwire.error.ValueException see the class; also if the type does not fit
     */
    <T> @Nullable T get(String column, Class<T> type);

    /**
     * PostgreSQL's own text of a value, in the canonical settings of Walwire's session (ISO dates, UTC).
     *
     * @param column its name
     * @return the text; null for SQL NULL
     * @throws io.walwire.error.ValueException if the column is unknown or was not sent
     */
    @Nullable
    String text(String column);

    /**
     * Whether a column has a value. {@link Condition}, {@code Filter.unwatchedRecords} and {@code where} of watches compare values
     * by this rule. Numbers are compared by value ({@code 1}, {@code 1L} and {@code 1.00} are equal), a
     * {@code char(n)} without the blanks at its end, a {@code jsonb} as PostgreSQL would write it, a {@code json} without the white
     * space, a time as the moment that it is. A {@code String}, a {@code Character} or an enum
     * constant is PostgreSQL's text of a value of any type. A {@code List} is compared with an array element by element, by the same rule.
     *
     * @param column its name
     * @param value a Java value of the column's type ({@code OffsetDateTime} and {@code ZonedDateTime} too for a timestamptz, Jackson
     *     2's {@code JsonNode} for a json or jsonb), or PostgreSQL's text of it; null for SQL NULL
     * @return true if it has
     * @throws IllegalArgumentException if no value of the column's type can be equal to this one, or if that is not known of a domain
     *     over json or jsonb
     * @throws io.walwire.error.ValueException if the column is unknown or was not sent
     */
    boolean hasValue(String column, @Nullable Object value);

    /**
     * What is known of the row, name to value in its own Java type, in the table's order; columns that were not sent are
     * absent.
     *
     * @return a new, unmodifiable map; SQL NULL is null
     * @throws io.walwire.error.ValueException if a Java type cannot hold a value
     */
    Map<String, @Nullable Object> toMap();

    /**
     * The row as one line of JSON; columns that were not sent are absent.
     *
     * @return a JSON object
     */
    String toJson();

    /**
     * PostgreSQL's own text of a value, as {@link #text(String)}.
     *
     * @param column the column
     * @return the text; null for SQL NULL
     */
    default @Nullable String getString(String column) {
        return text(column);
    }

    /**
     * A boolean.
     *
     * @param column the column
     * @return the value; null for SQL NULL
     */
    default @Nullable Boolean getBoolean(String column) {
        return get(column, Boolean.class);
    }

    /**
     * An int2 or int4.
     *
     * @param column the column
     * @return the value; null for SQL NULL
     */
    default @Nullable Integer getInt(String column) {
        return get(column, Integer.class);
    }

    /**
     * An int2, int4, int8 or oid.
     *
     * @param column the column
     * @return the value; null for SQL NULL
     */
    default @Nullable Long getLong(String column) {
        return get(column, Long.class);
    }

    /**
     * A float4 or float8.
     *
     * @param column the column
     * @return the value; null for SQL NULL
     */
    default @Nullable Double getDouble(String column) {
        return get(column, Double.class);
    }

    /**
     * A numeric, or an integer.
     *
     * @param column the column
     * @return the value with its scale; null for SQL NULL
     */
    default @Nullable BigDecimal getBigDecimal(String column) {
        return get(column, BigDecimal.class);
    }

    /**
     * A uuid.
     *
     * @param column the column
     * @return the value; null for SQL NULL
     */
    default @Nullable UUID getUuid(String column) {
        return get(column, UUID.class);
    }

    /**
     * A timestamptz.
     *
     * @param column the column
     * @return the value; null for SQL NULL
     */
    default @Nullable Instant getInstant(String column) {
        return get(column, Instant.class);
    }

    /**
     * A timestamp without time zone.
     *
     * @param column the column
     * @return the value; null for SQL NULL
     */
    default @Nullable LocalDateTime getLocalDateTime(String column) {
        return get(column, LocalDateTime.class);
    }

    /**
     * A date.
     *
     * @param column the column
     * @return the value; null for SQL NULL
     */
    default @Nullable LocalDate getLocalDate(String column) {
        return get(column, LocalDate.class);
    }

    /**
     * A json or jsonb as PostgreSQL prints it, as {@link #text(String)}.
     *
     * @param column the column
     * @return the JSON; null for SQL NULL, the text {@code null} for JSON's null
     */
    default @Nullable String getJson(String column) {
        return text(column);
    }

    /**
     * A json or jsonb, read by a library of the caller's choice: {@code row.getJson("body", text -> mapper.readTree(text))}.
     *
     * @param column the column
     * @param reader gets the JSON as {@link #getJson(String)} has it; not called for SQL NULL
     * @param <T> what the reader returns
     * @return what the reader returned; null for SQL NULL
     * @throws Exception what the reader throws
     */
    default <T extends @Nullable Object> @Nullable T getJson(String column, JsonReader<T> reader) throws Exception {
        String json = getJson(column);
        return json == null ? null : reader.read(json);
    }

    /**
     * A bytea.
     *
     * @param column the column
     * @return a new array; null for SQL NULL
     */
    default byte @Nullable [] getBytes(String column) {
        return get(column, byte[].class);
    }
}
