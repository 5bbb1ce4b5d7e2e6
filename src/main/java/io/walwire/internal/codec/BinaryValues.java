package io.walwire.internal.codec;

import io.walwire.event.Interval;
import io.walwire.event.NumericSpecial;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Values in PostgreSQL's binary format to Java and to JSON, the same as from its text. What is common and simple is read straight
 * from the bytes; everything else is read from the text that {@link BinaryText} makes of them.
 */
public final class BinaryValues {
    private static final long POSTGRES_EPOCH_SECOND = (long) BinaryTimes.EPOCH_DAY * TimeText.SECONDS_PER_DAY;

    /** So many groups of four digits fit a long. */
    private static final int LONG_GROUPS = 4;

    private BinaryValues() {}

    /**
     * PostgreSQL's own text of the value.
     *
     * @throws UnrepresentableException if the bytes are not a value of the type
     */
    public static String text(PgType type, byte[] bytes, int offset, int length) {
        if (BinaryText.isText(type)) {
            int skipped = BinaryText.textOffset(type, bytes, offset, length);
            return TextValues.text(bytes, offset + skipped, length - skipped);
        }
        byte[] text = BinaryText.of(type, bytes, offset, length);
        return TextValues.text(text, 0, text.length);
    }

    /** Whether the bytes can be read as a value of the type. */
    public static boolean isReadable(PgType type, byte[] bytes, int offset, int length) {
        try {
            BinaryText.of(type, bytes, offset, length);
            return true;
        } catch (UnrepresentableException e) {
            return false;
        }
    }

    /** The bytes themselves in hexadecimal, for a value that has no text. */
    public static String hex(byte[] bytes, int offset, int length) {
        return "\\x" + HexFormat.of().formatHex(bytes, offset, offset + length);
    }

    /** Whether two values print alike, although their bytes may differ, as those of NaN do. */
    public static boolean areAlike(
            PgType type, byte[] bytes, int offset, int length, byte[] others, int otherOffset, int otherLength) {
        if (Arrays.equals(bytes, offset, offset + length, others, otherOffset, otherOffset + otherLength)) {
            return true;
        }
        if (BinaryText.isText(type)) {
            return false;
        }
        try {
            return Arrays.equals(
                    BinaryText.of(type, bytes, offset, length), BinaryText.of(type, others, otherOffset, otherLength));
        } catch (UnrepresentableException malformed) {
            return false;
        }
    }

    /** Writes one value, never SQL NULL; as a string of hexadecimal digits what is not of its type, for a line must not be lost. */
    public static void write(JsonOutput out, PgType type, byte[] bytes, int offset, int length) {
        int before = out.length();
        try {
            if (BinaryText.isText(type)) {
                int skipped = BinaryText.textOffset(type, bytes, offset, length);
                JsonValues.write(out, type, bytes, offset + skipped, length - skipped);
            } else if (!BinaryJson.write(out, type, bytes, offset, length)) {
                TextOutput text = BinaryText.in(out.scratch(BinaryText.mostBytes(length)), type, bytes, offset, length);
                JsonValues.write(out, type, text.bytes(), 0, text.length());
            }
        } catch (UnrepresentableException malformed) {
            out.cut(before);
            out.string(hex(bytes, offset, length));
        }
    }

    /**
     * The value in its own Java type.
     *
     * @throws UnrepresentableException if that type cannot hold it, or the bytes are not a value of the type
     */
    public static Object decode(PgType type, byte[] bytes, int offset, int length) {
        try {
            Object direct = direct(type, bytes, offset, length);
            if (direct != null) {
                return direct;
            }
            if (BinaryText.isText(type)) {
                int skipped = BinaryText.textOffset(type, bytes, offset, length);
                return TextValues.decode(type, bytes, offset + skipped, length - skipped);
            }
            byte[] text = BinaryText.of(type, bytes, offset, length);
            return TextValues.decode(type, text, 0, text.length);
        } catch (UnrepresentableException e) {
            throw e.of(type);
        }
    }

    /** Null for what has to be made from its text. */
    private static @Nullable Object direct(PgType type, byte[] bytes, int offset, int length) {
        return switch (type.kind()) {
            case BOOL -> BinaryText.bool(bytes[BinaryInput.exactly(1, offset, length)]);
            case INT2 -> BinaryInput.int16(bytes, BinaryInput.exactly(2, offset, length));
            case INT4 -> int32(bytes, offset, length);
            case INT8 -> int64(bytes, offset, length);
            case OID -> Integer.toUnsignedLong(int32(bytes, offset, length));
            case FLOAT4 -> canonical(Float.intBitsToFloat(int32(bytes, offset, length)));
            case FLOAT8 -> canonical(Double.longBitsToDouble(int64(bytes, offset, length)));
            case UUID -> {
                int at = BinaryInput.exactly(16, offset, length);
                yield new UUID(BinaryInput.int64(bytes, at), BinaryInput.int64(bytes, at + 8));
            }
            case DATE -> date(int32(bytes, offset, length));
            case TIME -> TimeText.timeOfDay(BinaryTimes.timeOfDay(int64(bytes, offset, length)));
            case TIMESTAMP -> timestamp(int64(bytes, offset, length));
            case TIMESTAMPTZ -> timestamptz(int64(bytes, offset, length));
            case BYTEA -> Arrays.copyOfRange(bytes, offset, offset + length);
            case TIMETZ, INTERVAL, NUMERIC -> inParts(type.kind(), new BinaryInput(bytes, offset, offset + length));
            default -> null;
        };
    }

    private static int int32(byte[] bytes, int offset, int length) {
        return BinaryInput.int32(bytes, BinaryInput.exactly(4, offset, length));
    }

    private static long int64(byte[] bytes, int offset, int length) {
        return BinaryInput.int64(bytes, BinaryInput.exactly(8, offset, length));
    }

    private static @Nullable Object inParts(TypeKind kind, BinaryInput in) {
        Object value =
                switch (kind) {
                    case TIMETZ -> timetz(in.int64(), in.int32());
                    case INTERVAL -> interval(in.int64(), in.int32(), in.int32());
                    default -> numeric(in);
                };
        if (value != null) {
            in.requireEnd();
        }
        return value;
    }

    private static float canonical(float number) {
        return Float.isNaN(number) ? Float.NaN : number;
    }

    private static double canonical(double number) {
        return Double.isNaN(number) ? Double.NaN : number;
    }

    private static LocalDate date(int day) {
        if (day == Integer.MAX_VALUE) {
            return LocalDate.MAX;
        }
        return day == Integer.MIN_VALUE ? LocalDate.MIN : LocalDate.ofEpochDay((long) day + BinaryTimes.EPOCH_DAY);
    }

    private static OffsetTime timetz(long micros, int west) {
        ZoneOffset offset = TimeText.offset(-(long) west);
        return OffsetTime.of(TimeText.timeOfDay(BinaryTimes.timeOfDay(micros)), offset);
    }

    private static LocalDateTime timestamp(long micros) {
        if (micros == Long.MAX_VALUE) {
            return LocalDateTime.MAX;
        }
        if (micros == Long.MIN_VALUE) {
            return LocalDateTime.MIN;
        }
        return LocalDateTime.ofEpochSecond(
                Math.floorDiv(micros, 1_000_000) + POSTGRES_EPOCH_SECOND,
                (int) Math.floorMod(micros, 1_000_000L) * 1000,
                ZoneOffset.UTC);
    }

    private static Instant timestamptz(long micros) {
        if (micros == Long.MAX_VALUE) {
            return Instant.MAX;
        }
        if (micros == Long.MIN_VALUE) {
            return Instant.MIN;
        }
        return Instant.ofEpochSecond(
                Math.floorDiv(micros, 1_000_000) + POSTGRES_EPOCH_SECOND, Math.floorMod(micros, 1_000_000L) * 1000);
    }

    private static Interval interval(long micros, int days, int months) {
        return new Interval(months, days, micros);
    }

    /** What a long holds, and what is no number; null for everything longer. */
    private static @Nullable Object numeric(BinaryInput in) {
        int digits = in.int16() & 0xffff;
        int weight = in.int16();
        int sign = in.int16() & 0xffff;
        int scale = in.int16() & 0xffff;
        NumericSpecial special =
                switch (sign) {
                    case 0xc000 -> NumericSpecial.NAN;
                    case 0xd000 -> NumericSpecial.INFINITY;
                    case 0xf000 -> NumericSpecial.NEGATIVE_INFINITY;
                    default -> null;
                };
        if (special != null) {
            return special;
        }
        int integers = digits == 0 ? 0 : weight + 1;
        int fractions = (scale + 3) / 4;
        boolean isLong = Math.max(0, integers) + fractions <= LONG_GROUPS;
        if (!isLong || (sign != 0 && sign != 0x4000) || in.remaining() != 2 * digits) {
            return null;
        }
        int at = in.at();
        in.skip(2 * digits);
        long unscaled = 0;
        for (int i = Math.min(0, integers); i < integers + fractions; i++) {
            unscaled = unscaled * 10_000 + BinaryText.digit(in.bytes(), at, i, digits);
        }
        for (int surplus = 4 * fractions - scale; surplus > 0; surplus--) {
            unscaled /= 10;
        }
        return BigDecimal.valueOf(sign == 0 ? unscaled : -unscaled, scale);
    }
}
