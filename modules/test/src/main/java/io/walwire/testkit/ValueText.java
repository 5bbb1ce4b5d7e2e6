package io.walwire.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.Temporal;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A Java value as PostgreSQL would print it. */
final class ValueText {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int LEAST_PLAIN_EXPONENT = -4;
    private static final int MAX_PLAIN_DOUBLE = 15;
    private static final int MAX_PLAIN_FLOAT = 6;

    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .appendPattern("HH:mm:ss")
            .appendFraction(ChronoField.MICRO_OF_SECOND, 0, 6, true)
            .toFormatter(Locale.ROOT);
    private static final DateTimeFormatter DATE_TIME = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd ")
            .append(TIME)
            .toFormatter(Locale.ROOT);
    private static final DateTimeFormatter OFFSET_TIME = new DateTimeFormatterBuilder()
            .append(TIME)
            .appendOffset("+HH:mm", "+00")
            .toFormatter(Locale.ROOT);

    private ValueText() {}

    /** The text; a text is taken as it is. */
    static String of(PgType type, Object value) {
        if (value instanceof CharSequence || value instanceof UUID || value instanceof Character) {
            return value.toString();
        } else if (type.kind() == TypeKind.JSON) {
            return json(value);
        } else if (value instanceof Boolean bool) {
            return type.kind() == TypeKind.BOOL ? (bool ? "t" : "f") : bool.toString();
        } else if (value instanceof Number number) {
            return number(number);
        } else if (value instanceof Temporal time) {
            return time(time);
        } else if (value instanceof byte[] bytes) {
            return "\\x" + HexFormat.of().formatHex(bytes);
        } else if (value instanceof Enum<?> constant) {
            return constant.name();
        } else if (value instanceof Collection<?> items && type.element() != null) {
            return array(type.element(), items);
        } else if (value instanceof Map<?, ?> map && type.kind() == TypeKind.HSTORE) {
            return hstore(map);
        }
        throw new IllegalArgumentException("A value of " + value.getClass().getName() + " for a column of type "
                + type.name() + ": give it as text, as PostgreSQL prints it");
    }

    private static String json(Object value) {
        try {
            return value instanceof JsonNode node ? node.toString() : MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "A value of " + value.getClass().getName() + " cannot be written as JSON", e);
        }
    }

    private static String number(Number number) {
        if (number instanceof Double d) {
            return floating(d, d.toString(), MAX_PLAIN_DOUBLE);
        } else if (number instanceof Float f) {
            return floating(f, f.toString(), MAX_PLAIN_FLOAT);
        } else if (number instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        }
        return number.toString();
    }

    /** As PostgreSQL prints what reads back exactly: plain if it is short. */
    private static String floating(double value, String java, int mostPlain) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return java;
        }
        if (value == 0) {
            return java.startsWith("-") ? "-0" : "0";
        }
        BigDecimal decimal = new BigDecimal(java).stripTrailingZeros();
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (exponent >= LEAST_PLAIN_EXPONENT && exponent < mostPlain) {
            return decimal.toPlainString();
        }
        String mantissa = decimal.movePointLeft(exponent).stripTrailingZeros().toPlainString();
        String digits = String.format(Locale.ROOT, "%02d", Math.abs(exponent));
        return mantissa + 'e' + (exponent < 0 ? '-' : '+') + digits;
    }

    private static String time(Temporal time) {
        if (time instanceof Instant instant) {
            return dateTime(LocalDateTime.ofInstant(instant, ZoneOffset.UTC)) + "+00";
        } else if (time instanceof OffsetDateTime moment) {
            return time(moment.toInstant());
        } else if (time instanceof LocalDateTime local) {
            return dateTime(local);
        } else if (time instanceof LocalDate date) {
            requirePlain(date);
            return date.toString();
        } else if (time instanceof LocalTime local) {
            return TIME.format(local);
        } else if (time instanceof OffsetTime offset) {
            return OFFSET_TIME.format(offset);
        }
        throw new IllegalArgumentException(
                "A value of " + time.getClass().getName() + ": give it as text, as PostgreSQL prints it");
    }

    private static String dateTime(LocalDateTime time) {
        requirePlain(time.toLocalDate());
        return DATE_TIME.format(time);
    }

    private static void requirePlain(LocalDate date) {
        if (date.getYear() < 1 || date.getYear() > 9999) {
            throw new IllegalArgumentException(
                    "A year before 1 or after 9999: give it as text, as PostgreSQL prints it");
        }
    }

    private static String array(PgType element, Collection<?> items) {
        return items.stream()
                .map(item -> item == null
                        ? "NULL"
                        : item instanceof Collection<?> nested ? array(element, nested) : quoted(of(element, item)))
                .collect(Collectors.joining(Character.toString(element.delimiter()), "{", "}"));
    }

    private static String hstore(Map<?, ?> map) {
        return map.entrySet().stream()
                .map(each -> quoted(String.valueOf(each.getKey())) + "=>" + hstoreValue(each.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String hstoreValue(@Nullable Object value) {
        return value == null ? "NULL" : quoted(value.toString());
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
