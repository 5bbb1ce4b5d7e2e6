package io.walwire.internal.watch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.walwire.error.ValueException;
import io.walwire.event.Row;
import io.walwire.internal.codec.JsonForm;
import io.walwire.internal.codec.NumberForm;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TextValues;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.codec.UnrepresentableException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZonedDateTime;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One text for all forms of a value that are equal to PostgreSQL: what a user gave and what a row holds meet in it. Integers,
 * booleans, UUIDs and text, which most keys are, have it as they come. JSON is compared as text without the white space outside
 * its strings. No value takes more than time in proportion to its length.
 *
 * @param kind how the column's text is read
 * @param typeName the type's own name
 */
record SearchValue(TypeKind kind, String typeName) {
    /** The text of a row's value, which is known and not NULL. */
    String ofRow(Row row, String column) {
        return switch (kind) {
            case BOOL, INT2, INT4, INT8, OID, UUID, BYTEA, ARRAY, HSTORE -> sent(row, column);
            case TEXT -> text(sent(row, column));
            case NUMERIC, FLOAT4, FLOAT8 -> NumberForm.of(sent(row, column));
            case JSON -> JsonForm.ofPrinted(sent(row, column));
            case DATE, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ, INTERVAL -> decoded(row, column);
        };
    }

    private static String sent(Row row, String column) {
        return String.valueOf(row.text(column));
    }

    private static String decoded(Row row, String column) {
        try {
            return String.valueOf(row.get(column));
        } catch (ValueException e) {
            if (e.reason() == ValueException.Reason.NOT_REPRESENTABLE) {
                return sent(row, column);
            }
            throw e;
        }
    }

    /**
     * The text of a user's value.
     *
     * @throws IllegalArgumentException if the column cannot hold it; the message does not show it
     */
    String ofUser(Object value) {
        if (value instanceof CharSequence || value instanceof Enum<?> || value instanceof Character) {
            return ofText(value.toString());
        }
        String canonical =
                switch (kind) {
                    case BOOL -> value instanceof Boolean is ? (is ? "t" : "f") : null;
                    case INT2, INT4, INT8, OID ->
                        value instanceof Number given ? ofText(NumberForm.of(given.toString())) : null;
                    case NUMERIC, FLOAT4, FLOAT8 ->
                        value instanceof Number given ? NumberForm.of(given.toString()) : null;
                    case UUID -> value instanceof UUID ? value.toString() : null;
                    case BYTEA ->
                        value instanceof byte[] bytes ? "\\x" + HexFormat.of().formatHex(bytes) : null;
                    case JSON -> value instanceof JsonNode node ? json(node) : null;
                    case TEXT ->
                        value instanceof Number || value instanceof Boolean || value instanceof UUID
                                ? value.toString()
                                : null;
                    case ARRAY, HSTORE, INTERVAL -> null;
                    case DATE, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ -> temporal(value);
                };
        if (canonical == null) {
            throw refused();
        }
        return canonical;
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
            return JsonForm.ofGiven(text, typeName.equals("jsonb"));
        } catch (UnrepresentableException e) {
            throw refused();
        }
    }

    private @Nullable String temporal(Object value) {
        return switch (kind) {
            case DATE -> value instanceof LocalDate ? value.toString() : null;
            case TIME -> value instanceof LocalTime ? value.toString() : null;
            case TIMETZ -> value instanceof OffsetTime ? value.toString() : null;
            case TIMESTAMP -> value instanceof LocalDateTime ? value.toString() : null;
            default -> instant(value);
        };
    }

    private static @Nullable String instant(Object value) {
        if (value instanceof OffsetDateTime at) {
            return at.toInstant().toString();
        }
        if (value instanceof ZonedDateTime at) {
            return at.toInstant().toString();
        }
        return value instanceof Instant ? value.toString() : null;
    }

    private String ofText(String text) {
        return switch (kind) {
            case TEXT -> text(text);
            case ARRAY, HSTORE -> text;
            case BYTEA -> text.toLowerCase(Locale.ROOT);
            case BOOL ->
                decode(text.equals("true") ? "t" : text.equals("false") ? "f" : text)
                                .equals("true")
                        ? "t"
                        : "f";
            case NUMERIC, FLOAT4, FLOAT8 -> {
                decode(text);
                yield NumberForm.of(text);
            }
            case JSON -> json(text);
            default -> decode(text);
        };
    }

    private String decode(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        try {
            return String.valueOf(TextValues.decode(PgType.scalar(0, typeName, kind), bytes, 0, bytes.length));
        } catch (UnrepresentableException e) {
            throw refused();
        }
    }

    private IllegalArgumentException refused() {
        return new IllegalArgumentException("a value is given that " + typeName
                + " cannot hold; give a Java value of that" + " type, or PostgreSQL's own text of it");
    }

    /** char(n) compares without its blanks, citext without case. */
    private String text(String text) {
        return switch (typeName) {
            case "bpchar" -> stripBlanks(text);
            case "citext" -> text.toLowerCase(Locale.ROOT);
            default -> text;
        };
    }

    private static String stripBlanks(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
            end--;
        }
        return text.substring(0, end);
    }
}
