package io.walwire.internal.codec;

import com.fasterxml.jackson.databind.JsonNode;
import io.walwire.event.Interval;
import io.walwire.event.NumericSpecial;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A value in the Java type that is asked for. No conversion rounds or cuts: a number that the type does not hold exactly is
 * refused, and so is, before any value is seen, a type that would mostly round, such as a double for a numeric.
 */
public final class Conversion {
    private static final Set<Class<?>> FROM_INTEGER = Set.of(
            Byte.class,
            Short.class,
            Integer.class,
            Long.class,
            BigInteger.class,
            BigDecimal.class,
            Float.class,
            Double.class);

    private static final Set<Class<?>> FROM_NUMERIC =
            Set.of(Byte.class, Short.class, Integer.class, Long.class, BigInteger.class, NumericSpecial.class);

    private static final ClassValue<Map<String, Object>> CONSTANTS = new ClassValue<>() {
        @Override
        protected Map<String, Object> computeValue(Class<?> enumClass) {
            Map<String, Object> constants = new HashMap<>();
            for (Object constant : enumClass.getEnumConstants()) {
                constants.put(((Enum<?>) constant).name(), constant);
            }
            return constants;
        }
    };

    private Conversion() {}

    /** The class of a type's values when none is asked for; a numeric may also be a {@link NumericSpecial}. */
    public static Class<?> ownType(PgType type) {
        return switch (type.kind()) {
            case BOOL -> Boolean.class;
            case INT2 -> Short.class;
            case INT4 -> Integer.class;
            case INT8, OID -> Long.class;
            case FLOAT4 -> Float.class;
            case FLOAT8 -> Double.class;
            case NUMERIC -> BigDecimal.class;
            case UUID -> UUID.class;
            case DATE -> LocalDate.class;
            case TIME -> LocalTime.class;
            case TIMETZ -> OffsetTime.class;
            case TIMESTAMP -> LocalDateTime.class;
            case TIMESTAMPTZ -> Instant.class;
            case INTERVAL -> Interval.class;
            case BYTEA -> byte[].class;
            case HSTORE -> Map.class;
            case ARRAY -> List.class;
            case TEXT, JSON -> String.class;
        };
    }

    /** The same for people, with an array's elements. */
    public static String ownTypeName(PgType type) {
        return type.kind() == TypeKind.ARRAY
                ? "List<" + ownTypeName(type.elementType()) + ">"
                : ownType(type).getSimpleName();
    }

    /**
     * Whether values of the type can be had as the class: some may still not fit. An array's class has one dimension for
     * each of the value's, and elements that the element's type fits.
     */
    public static boolean fits(PgType type, Class<?> wanted) {
        Class<?> target = boxed(wanted);
        if (target == String.class || target.isAssignableFrom(ownType(type))) {
            return true;
        }
        return switch (type.kind()) {
            case INT2, INT4, INT8, OID -> FROM_INTEGER.contains(target);
            case NUMERIC -> FROM_NUMERIC.contains(target);
            case FLOAT4 -> target == Double.class;
            case FLOAT8 -> target == Float.class;
            case TIMESTAMPTZ -> target == OffsetDateTime.class;
            case TEXT -> target.isEnum();
            case JSON -> target == JsonNode.class;
            case ARRAY -> target.isArray() && fitsElements(type, target.getComponentType());
            default -> false;
        };
    }

    private static boolean fitsElements(PgType array, Class<?> component) {
        return fits(array.elementType(), component) || (component.isArray() && fits(array, component));
    }

    /**
     * The value as the class, a primitive's box for a primitive.
     *
     * @throws UnrepresentableException if it cannot be had as that, or the text is not one of the type
     */
    public static <T> T convert(PgType type, byte[] bytes, int offset, int length, Class<T> wanted) {
        Class<?> target = boxed(wanted);
        Object value;
        if (target == String.class) {
            value = TextValues.text(bytes, offset, length);
        } else if (target == ownType(type)) {
            value = fromOwn(type, TextValues.decode(type, bytes, offset, length), target);
        } else if (!fits(type, target)) {
            throw new UnrepresentableException(
                    type, "cannot be read as " + wanted.getTypeName() + "; its own Java type is " + ownTypeName(type));
        } else if (type.kind() == TypeKind.ARRAY && target.isArray()) {
            value = array(type, bytes, offset, length, target.getComponentType());
        } else if (target == JsonNode.class) {
            value = node(type, bytes, offset, length);
        } else {
            value = fromOwn(type, TextValues.decode(type, bytes, offset, length), target);
        }
        @SuppressWarnings("unchecked") // Class.cast would refuse a box for a primitive's class
        T converted = (T) value;
        return converted;
    }

    /**
     * The same of a value in binary.
     *
     * @throws UnrepresentableException if it cannot be had as that, or the bytes are not a value of the type
     */
    public static <T> T convertBinary(PgType type, byte[] bytes, int offset, int length, Class<T> wanted) {
        Class<?> target = boxed(wanted);
        Object value;
        if (target == String.class) {
            value = BinaryValues.text(type, bytes, offset, length);
        } else if (target != ownType(type) && (target == JsonNode.class || !fits(type, target) || target.isArray())) {
            byte[] text = BinaryText.of(type, bytes, offset, length);
            return convert(type, text, 0, text.length, wanted);
        } else {
            value = fromOwn(type, BinaryValues.decode(type, bytes, offset, length), target);
        }
        @SuppressWarnings("unchecked") // Class.cast would refuse a box for a primitive's class
        T converted = (T) value;
        return converted;
    }

    private static JsonNode node(PgType type, byte[] bytes, int offset, int length) {
        try {
            return Json.read(bytes, offset, length);
        } catch (UnrepresentableException e) {
            throw e.of(type);
        }
    }

    private static Object fromOwn(PgType type, Object own, Class<?> target) {
        if (target.isInstance(own)) {
            return own;
        }
        Object converted = converted(own, target);
        if (converted == null) {
            throw new UnrepresentableException(
                    type, "this value does not fit " + target.getTypeName() + "; read it as its own type or its text");
        }
        return converted;
    }

    private static @Nullable Object converted(Object own, Class<?> target) {
        if (own instanceof String text) {
            return constant(text, target);
        }
        if (own instanceof Instant instant) {
            return offsetDateTime(instant);
        }
        if (own instanceof BigDecimal decimal) {
            return Numbers.exact(decimal, target);
        }
        if (own instanceof Float number) {
            return number.doubleValue();
        }
        if (own instanceof Double number) {
            float narrowed = number.floatValue();
            return Double.compare(narrowed, number) == 0 ? (Float) narrowed : null;
        }
        return own instanceof Number integer ? Numbers.exact(integer.longValue(), target) : null;
    }

    /** Named exactly as the text, or as Java writes constants. */
    private static @Nullable Object constant(String text, Class<?> enumClass) {
        Map<String, Object> constants = CONSTANTS.get(enumClass);
        Object exact = constants.get(text);
        return exact == null ? constants.get(text.toUpperCase(Locale.ROOT)) : exact;
    }

    private static OffsetDateTime offsetDateTime(Instant instant) {
        if (instant.equals(Instant.MAX)) {
            return OffsetDateTime.MAX;
        }
        return instant.equals(Instant.MIN) ? OffsetDateTime.MIN : instant.atOffset(ZoneOffset.UTC);
    }

    private static Object array(PgType type, byte[] bytes, int offset, int length, Class<?> component) {
        try {
            ArrayText array = new ArrayText(bytes, offset, length, type.delimiter());
            array.next();
            Object value = level(type, array, component);
            // reads what follows the array, which must be nothing
            array.next();
            return value;
        } catch (UnrepresentableException e) {
            throw e.of(type);
        }
    }

    private static Object level(PgType type, ArrayText array, Class<?> component) {
        List<@Nullable Object> level = new ArrayList<>();
        for (ArrayText.Token token = array.next(); token != ArrayText.Token.CLOSE; token = array.next()) {
            level.add(
                    switch (token) {
                        case OPEN -> nested(type, array, component);
                        case NULL -> null;
                        default ->
                            convert(type.elementType(), array.bytes(), array.offset(), array.length(), component);
                    });
        }
        if (component.isPrimitive() && level.contains(null)) {
            throw new UnrepresentableException(type, "holds a NULL, which " + component + " cannot hold");
        }
        Object value = Array.newInstance(component, level.size());
        for (int i = 0; i < level.size(); i++) {
            Array.set(value, i, level.get(i));
        }
        return value;
    }

    private static Object nested(PgType type, ArrayText array, Class<?> component) {
        if (!component.isArray()) {
            throw new UnrepresentableException(type, "this value has more dimensions than the array asked for");
        }
        return level(type, array, component.getComponentType());
    }

    /** A primitive's box, any other class itself. */
    public static Class<?> boxed(Class<?> type) {
        return type.isPrimitive() ? MethodType.methodType(type).wrap().returnType() : type;
    }
}
