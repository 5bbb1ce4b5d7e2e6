package io.walwire.internal.codec;

import static io.walwire.internal.codec.Types.arrayOf;
import static io.walwire.internal.codec.Types.convert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.walwire.event.NumericSpecial;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.temporal.Temporal;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConversionTest {
    private static final PgType INTS = arrayOf(Types.INT4);

    enum Mood {
        SAD,
        HAPPY,
        happy
    }

    @ParameterizedTest
    @EnumSource(TypeKind.class)
    void fits_ownTypeTextAndObject(TypeKind kind) {
        PgType type = kind == TypeKind.ARRAY ? INTS : PgType.scalar(1, "t", kind);
        assertThat(Conversion.fits(type, Conversion.ownType(type))).isTrue();
        assertThat(Conversion.fits(type, String.class)).isTrue();
        assertThat(Conversion.fits(type, Object.class)).isTrue();
        assertThat(Conversion.fits(type, Thread.class)).isFalse();
    }

    @Test
    void convert_widerNumbers() {
        assertThat(convert(Types.INT2, "7", Integer.class)).isEqualTo(7);
        assertThat(convert(Types.INT2, "7", Long.class)).isEqualTo(7L);
        assertThat(convert(Types.INT4, "7", BigDecimal.class)).isEqualTo(new BigDecimal("7"));
        assertThat(convert(Types.INT8, "7", BigInteger.class)).isEqualTo(BigInteger.valueOf(7));
        assertThat(convert(Types.INT4, "7", Double.class)).isEqualTo(7.0);
        assertThat(convert(Types.FLOAT4, "0.5", Double.class)).isEqualTo(0.5);
        assertThat(convert(Types.FLOAT4, "NaN", Double.class)).isNaN();
        assertThat(convert(Types.NUMERIC, "1.50", Number.class)).isEqualTo(new BigDecimal("1.50"));
    }

    @Test
    void convert_narrowerNumbersThatFit() {
        assertThat(convert(Types.INT8, "2147483647", Integer.class)).isEqualTo(Integer.MAX_VALUE);
        assertThat(convert(Types.INT8, "-128", Byte.class)).isEqualTo(Byte.MIN_VALUE);
        assertThat(convert(Types.INT4, "-32768", Short.class)).isEqualTo(Short.MIN_VALUE);
        assertThat(convert(Types.NUMERIC, "42.00", Integer.class)).isEqualTo(42);
        assertThat(convert(Types.NUMERIC, "-9223372036854775808", Long.class)).isEqualTo(Long.MIN_VALUE);
        assertThat(convert(Types.NUMERIC, "99999999999999999999", BigInteger.class))
                .isEqualTo(new BigInteger("99999999999999999999"));
        assertThat(convert(Types.FLOAT8, "0.5", Float.class)).isEqualTo(0.5f);
        assertThat(convert(Types.FLOAT8, "-Infinity", Float.class)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(convert(Types.FLOAT8, "NaN", Float.class)).isNaN();
    }

    @Test
    void convert_narrowerNumbersThatDoNotFit() {
        assertRefused(Types.INT8, "2147483648", Integer.class);
        assertRefused(Types.INT8, "32768", Short.class);
        assertRefused(Types.INT4, "128", Byte.class);
        assertRefused(Types.INT8, "9223372036854775807", Double.class);
        assertRefused(Types.INT8, "9007199254740993", Double.class);
        assertRefused(Types.INT4, "16777217", Float.class);
        assertRefused(Types.NUMERIC, "42.5", Integer.class);
        assertRefused(Types.NUMERIC, "9223372036854775808", Long.class);
        assertRefused(Types.NUMERIC, "NaN", BigDecimal.class);
        assertRefused(Types.NUMERIC, "NaN", Number.class);
        assertRefused(Types.NUMERIC, "1", NumericSpecial.class);
        assertRefused(Types.FLOAT8, "0.1", Float.class);
        assertRefused(Types.FLOAT8, "1e+300", Float.class);
    }

    @Test
    void convert_numericSpecial() {
        assertThat(convert(Types.NUMERIC, "NaN", NumericSpecial.class)).isEqualTo(NumericSpecial.NAN);
        assertThat(convert(Types.NUMERIC, "Infinity", Object.class)).isEqualTo(NumericSpecial.INFINITY);
    }

    @Test
    void fits_nothingThatMostlyRounds() {
        assertThat(Conversion.fits(Types.NUMERIC, Double.class)).isFalse();
        assertThat(Conversion.fits(Types.FLOAT8, BigDecimal.class)).isFalse();
        assertThat(Conversion.fits(Types.FLOAT8, Integer.class)).isFalse();
    }

    @Test
    void convert_textOfAnything() {
        assertThat(convert(Types.TIME, "24:00:00", String.class)).isEqualTo("24:00:00");
        assertThat(convert(Types.INT4, "7", String.class)).isEqualTo("7");
        assertThat(convert(INTS, "{1,2}", String.class)).isEqualTo("{1,2}");
        assertThat(convert(Types.TEXT, "é", CharSequence.class)).isEqualTo("é");
    }

    @Test
    void convert_primitivesAreTheirBoxes() {
        assertThat((Object) convert(Types.INT8, "7", int.class)).isEqualTo(7);
        assertThat((Object) convert(Types.BOOL, "t", boolean.class)).isEqualTo(true);
        assertThat((Object) convert(Types.FLOAT4, "0.5", double.class)).isEqualTo(0.5);
        assertThat(Conversion.fits(Types.TEXT, char.class)).isFalse();
        assertThat(Conversion.fits(Types.TEXT, void.class)).isFalse();
    }

    @Test
    void convert_enum() {
        assertThat(convert(Types.MOOD, "SAD", Mood.class)).isEqualTo(Mood.SAD);
        assertThat(convert(Types.MOOD, "sad", Mood.class)).isEqualTo(Mood.SAD);
        assertThat(convert(Types.MOOD, "happy", Mood.class)).isEqualTo(Mood.happy);
        assertThat(convert(Types.MOOD, "Happy", Mood.class)).isEqualTo(Mood.HAPPY);
        assertRefused(Types.MOOD, "angry", Mood.class);
        assertThat(Conversion.fits(Types.INT4, Mood.class)).isFalse();
    }

    @Test
    void convert_offsetDateTime() {
        assertThat(convert(Types.TIMESTAMPTZ, "2024-02-29 12:00:00+02", OffsetDateTime.class))
                .isEqualTo(OffsetDateTime.parse("2024-02-29T10:00:00Z"));
        assertThat(convert(Types.TIMESTAMPTZ, "infinity", OffsetDateTime.class)).isEqualTo(OffsetDateTime.MAX);
        assertThat(convert(Types.TIMESTAMPTZ, "-infinity", OffsetDateTime.class))
                .isEqualTo(OffsetDateTime.MIN);
        assertThat(convert(Types.TIMESTAMPTZ, "infinity", Temporal.class)).isEqualTo(Instant.MAX);
        assertThat(Conversion.fits(Types.TIMESTAMP, OffsetDateTime.class)).isFalse();
    }

    @Test
    void convert_ownTypes() {
        assertThat(convert(Types.DATE, "2024-02-29", LocalDate.class)).isEqualTo("2024-02-29");
        assertThat(convert(Types.JSONB, "[1]", JsonNode.class)).hasSize(1);
        assertThat(convert(Types.BYTEA, "\\x01ff", byte[].class)).containsExactly(1, 255);
        assertThat((Object) convert(Types.HSTORE, "\"a\"=>\"1\"", Map.class)).isEqualTo(Map.of("a", "1"));
        assertThat((Object) convert(INTS, "{1,2}", Collection.class)).isEqualTo(List.of(1, 2));
    }

    @Test
    void convert_arrays() {
        assertThat(convert(INTS, "{1,NULL}", Long[].class)).containsExactly(1L, null);
        assertThat(convert(INTS, "{1,2}", int[].class)).containsExactly(1, 2);
        assertThat(convert(INTS, "{}", Integer[].class)).isEmpty();
        assertThat(convert(INTS, "{{1,2},{3,4}}", int[][].class)).isDeepEqualTo(new int[][] {{1, 2}, {3, 4}});
        assertThat(convert(INTS, "{1,2}", String[].class)).containsExactly("1", "2");
        assertThat(convert(arrayOf(Types.MOOD), "{sad,NULL}", Mood[].class)).containsExactly(Mood.SAD, null);
        assertThat(convert(arrayOf(Types.BYTEA), "{\"\\\\x01\"}", byte[][].class))
                .isDeepEqualTo(new byte[][] {{1}});
        assertThat(convert(arrayOf(INTS), "{\"{1,2}\"}", int[][].class)).isDeepEqualTo(new int[][] {{1, 2}});
    }

    @Test
    void convert_arraysThatDoNotFit() {
        assertRefused(INTS, "{1,NULL}", int[].class);
        assertRefused(INTS, "{{1},{2}}", Integer[].class);
        assertRefused(INTS, "{1,2}", Integer[][].class);
        assertRefused(INTS, "{1", Integer[].class);
        assertThat(Conversion.fits(INTS, Boolean[].class)).isFalse();
        assertThat(Conversion.fits(INTS, byte[].class)).isTrue();
        assertThat(Conversion.fits(Types.INT4, Integer[].class)).isFalse();
    }

    @Test
    void convert_classThatNeverFits() {
        assertThatThrownBy(() -> convert(Types.NUMERIC, "1.5", Double.class))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessage("type numeric: cannot be read as java.lang.Double; its own Java type is BigDecimal");
        assertThatThrownBy(() -> convert(INTS, "{1}", LocalDate.class))
                .hasMessage("type int4[]: cannot be read as java.time.LocalDate; its own Java type is List<Integer>");
    }

    private static void assertRefused(PgType type, String text, Class<?> wanted) {
        assertThat(Conversion.fits(type, wanted)).isTrue();
        assertThatThrownBy(() -> convert(type, text, wanted))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessageStartingWith("type ")
                .hasMessageNotContaining(text);
    }
}
