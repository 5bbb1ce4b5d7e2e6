package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.walwire.error.ValueException;
import io.walwire.event.Interval;
import io.walwire.event.Row;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZonedDateTime;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The values of a column as watches look them up and conditions compare them: a value that a user gives and a value of a row become
 * equal objects where {@link ValueEquality} makes them equal. A date or a time becomes its Java value, and everything else a text.
 * No value takes more time than in proportion to its length.
 *
 * @param type the column's type
 */
public record SearchValue(PgType type) {
    private static final int CHAR_OF_LENGTH = 1042;
    private static final int JSONB = 3802;

    /** A row or a user has no value of a column to look up. None of these is equal to a value. */
    public enum Absence {
        /** SQL NULL. It can be looked up like a value. */
        NULL,
        /** There is a value, and PostgreSQL did not send it. */
        NOT_SENT,
        /** The row does not exist: before an insert, after a delete. */
        NO_ROW
    }

    /**
     * Of a column as the catalog has it.
     *
     * @param typeName the type's own name, of a domain the domain's
     * @param baseType the type's OID, of a domain that of its base type
     */
    public static SearchValue ofColumn(String typeName, long baseType) {
        String name = baseType == JSONB ? "jsonb" : typeName;
        long oid = name.equals("bpchar") ? CHAR_OF_LENGTH : 0; // a domain over char(n) keeps its blanks in rows, too
        return new SearchValue(PgType.scalar(oid, name, TypeKind.ofBuiltIn(baseType)));
    }

    /**
     * Whether a row has a user's value. An array is also compared with a list, element by element, and an hstore with a map.
     *
     * @param row whose column is known and not NULL
     * @throws IllegalArgumentException if the column cannot hold the value, or if it is not known whether the row has it; the message
     *     does not show it
     */
    public boolean isEqual(Row row, String column, Object value) {
        if (type.kind() == TypeKind.ARRAY && value instanceof List<?> list) {
            checkElements(list);
            return hasElements(text(row, column), list);
        }
        return isMap(value) ? value.equals(decoded(row, column)) : isEqual(ofRow(row, column), value);
    }

    private boolean isEqual(Object ofRow, Object value) {
        if (ofUser(value).equals(ofRow)) {
            return true;
        }
        if (type.kind() != TypeKind.JSON || isJson() || isJsonb()) {
            return false;
        }
        if (ofColumn(type.name(), JSONB).ofUser(value).equals(ofRow)) {
            return true;
        }
        throw new IllegalArgumentException("whether a value is the one that is given is not known of " + type.name()
                + ", a domain of which it is not known whether it is over json or jsonb");
    }

    private boolean hasElements(String text, List<?> list) {
        byte[] bytes = text.getBytes(UTF_8);
        try {
            ArrayText array = new ArrayText(bytes, 0, bytes.length, type.delimiter());
            array.next();
            return hasElements(array, list, new SearchValue(type.elementType()));
        } catch (UnrepresentableException malformed) {
            return false;
        }
    }

    private static boolean hasElements(ArrayText array, List<?> list, SearchValue element) {
        Iterator<?> given = list.iterator();
        for (ArrayText.Token token = array.next(); token != ArrayText.Token.CLOSE; token = array.next()) {
            if (!given.hasNext()) {
                return false;
            }
            Object value = given.next();
            boolean same =
                    switch (token) {
                        case OPEN -> value instanceof List<?> inner && hasElements(array, inner, element);
                        case NULL -> value == null;
                        default ->
                            value != null
                                    && !(value instanceof List<?>)
                                    && element.isEqualText(
                                            TextValues.text(array.bytes(), array.offset(), array.length()), value);
                    };
            if (!same) {
                return false;
            }
        }
        return !given.hasNext();
    }

    private boolean isEqualText(String text, Object value) {
        return switch (type.kind()) {
            case DATE, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ, INTERVAL -> isEqual(decodedOrText(text), value);
            default -> isMap(value) ? value.equals(decodedOrText(text)) : isEqual(form(text), value);
        };
    }

    private Object decodedOrText(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        try {
            return TextValues.decode(type, bytes, 0, bytes.length);
        } catch (UnrepresentableException e) {
            return text;
        }
    }

    private boolean isJson() {
        return type.name().equals("json") || type.form() == BinaryForm.TEXT;
    }

    /** A domain has the form of its base type. */
    private boolean isJsonb() {
        return type.name().equals("jsonb") || type.form() == BinaryForm.VERSIONED_TEXT;
    }

    /**
     * Checks that the column can hold a user's value.
     *
     * @throws IllegalArgumentException if it cannot; the message does not show the value
     */
    public void check(Object value) {
        if (type.kind() == TypeKind.ARRAY && value instanceof List<?> list) {
            checkElements(list);
        } else if (!isMap(value)) {
            ofUser(value);
        }
    }

    private void checkElements(List<?> list) {
        SearchValue element = new SearchValue(type.elementType());
        for (Object value : list) {
            if (value instanceof List<?> inner) {
                checkElements(inner);
            } else if (value != null) {
                element.check(value);
            }
        }
    }

    private boolean isMap(Object value) {
        return type.kind() == TypeKind.HSTORE && value instanceof Map<?, ?>;
    }

    /** A row's value, which is known and not NULL. */
    public Object ofRow(Row row, String column) {
        return switch (type.kind()) {
            case DATE, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ, INTERVAL -> decoded(row, column);
            default -> form(text(row, column));
        };
    }

    private static String text(Row row, String column) {
        return String.valueOf(row.text(column));
    }

    private static Object decoded(Row row, String column) {
        try {
            return Objects.requireNonNull(row.get(column), column);
        } catch (ValueException e) {
            if (e.reason() == ValueException.Reason.NOT_REPRESENTABLE) {
                return text(row, column);
            }
            throw e;
        }
    }

    /** Letters of citext are looked up without case; which of them PostgreSQL holds equal depends on the database's locale. */
    private String form(String text) {
        boolean ignoresCase = type.kind() == TypeKind.TEXT && type.name().equals("citext");
        return ignoresCase ? text.toLowerCase(Locale.ROOT) : ValueEquality.form(type, text);
    }

    /**
     * A user's value.
     *
     * @throws IllegalArgumentException if the column cannot hold it; the message does not show it
     */
    public Object ofUser(Object value) {
        if (value instanceof CharSequence || value instanceof Enum<?> || value instanceof Character) {
            return ofText(value.toString());
        }
        Object searched =
                switch (type.kind()) {
                    case BOOL -> value instanceof Boolean ? ofText(value.toString()) : null;
                    case INT2, INT4, INT8, OID -> value instanceof Number ? integer(value) : null;
                    case NUMERIC, FLOAT4, FLOAT8 -> value instanceof Number ? form(value.toString()) : null;
                    case UUID -> value instanceof UUID ? value.toString() : null;
                    case BYTEA ->
                        value instanceof byte[] bytes ? "\\x" + HexFormat.of().formatHex(bytes) : null;
                    case JSON -> value instanceof JsonNode node ? json(node) : null;
                    case TEXT ->
                        value instanceof Number || value instanceof Boolean || value instanceof UUID
                                ? value.toString()
                                : null;
                    case ARRAY, HSTORE -> null;
                    case INTERVAL -> value instanceof Interval ? value : null;
                    case DATE -> value instanceof LocalDate ? value : null;
                    case TIME -> value instanceof LocalTime ? value : null;
                    case TIMETZ -> value instanceof OffsetTime ? value : null;
                    case TIMESTAMP -> value instanceof LocalDateTime ? value : null;
                    case TIMESTAMPTZ -> instant(value);
                };
        if (searched == null) {
            throw refused();
        }
        return searched;
    }

    private Object integer(Object value) {
        boolean fits = value instanceof Integer && (type.kind() == TypeKind.INT4 || type.kind() == TypeKind.INT8)
                || value instanceof Long && type.kind() == TypeKind.INT8;
        return fits ? value.toString() : ofText(number(value)); // conditions compare with each row
    }

    /** A whole number without a fraction, however it is given. */
    private static String number(Object value) {
        return ValueEquality.form(PgType.scalar(0, "numeric", TypeKind.NUMERIC), value.toString());
    }

    private String json(JsonNode node) {
        try {
            return json(node.toString());
        } catch (RuntimeException | StackOverflowError tooDeep) {
            // Jackson's own limit of depth; the same JSON given as text has none
            throw refused();
        }
    }

    private String json(String text) {
        try {
            return JsonForm.ofGiven(text, isJsonb());
        } catch (UnrepresentableException e) {
            throw refused();
        }
    }

    private static @Nullable Instant instant(Object value) {
        if (value instanceof OffsetDateTime at) {
            return at.toInstant();
        }
        if (value instanceof ZonedDateTime at) {
            return at.toInstant();
        }
        return value instanceof Instant at ? at : null;
    }

    private Object ofText(String text) {
        return switch (type.kind()) {
            case TEXT, ARRAY, HSTORE -> form(text);
            case BYTEA -> text.toLowerCase(Locale.ROOT);
            case BOOL -> {
                Object is = decode(text.equals("true") ? "t" : text.equals("false") ? "f" : text);
                yield is.equals(true) ? "t" : "f";
            }
            case NUMERIC, FLOAT4, FLOAT8 -> {
                decode(text);
                yield form(text);
            }
            case JSON -> json(text);
            case INT2, INT4, INT8, OID, UUID -> decode(text).toString();
            case DATE, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ, INTERVAL -> decode(text);
        };
    }

    private Object decode(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        try {
            return TextValues.decode(type, bytes, 0, bytes.length);
        } catch (UnrepresentableException e) {
            throw refused();
        }
    }

    private IllegalArgumentException refused() {
        return new IllegalArgumentException("a value is given that " + type.name()
                + " cannot hold; give a Java value of that type, or PostgreSQL's own text of it");
    }
}
