package io.walwire.internal.codec;

import static io.walwire.internal.codec.Types.decode;
import static io.walwire.internal.codec.Types.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.NumericSpecial;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumberValuesTest {
    private static final long SEED = 20_240_229L;

    @Test
    void decode_integersAtTheirEnds() {
        assertThat(decode(Types.INT2, "-32768")).isEqualTo(Short.MIN_VALUE);
        assertThat(decode(Types.INT2, "32767")).isEqualTo(Short.MAX_VALUE);
        assertThat(decode(Types.INT4, "-2147483648")).isEqualTo(Integer.MIN_VALUE);
        assertThat(decode(Types.INT4, "2147483647")).isEqualTo(Integer.MAX_VALUE);
        assertThat(decode(Types.INT8, "-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
        assertThat(decode(Types.INT8, "9223372036854775807")).isEqualTo(Long.MAX_VALUE);
        assertThat(decode(Types.OID, "4294967295")).isEqualTo(4_294_967_295L);
        assertThat(decode(Types.INT4, "0")).isEqualTo(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "+1",
                "1.0",
                " 1",
                "1 ",
                "one",
                "9223372036854775808",
                "-9223372036854775809",
                "99999999999999999999999",
                "-99999999999999999999"
            })
    void decode_noInteger(String text) {
        for (PgType type : new PgType[] {Types.INT2, Types.INT4, Types.INT8, Types.OID}) {
            assertMalformed(type, text);
        }
    }

    @Test
    void decode_integerBeyondItsType() {
        assertMalformed(Types.INT2, "32768");
        assertMalformed(Types.INT2, "-32769");
        assertMalformed(Types.INT4, "2147483648");
        assertMalformed(Types.OID, "4294967296");
        assertMalformed(Types.OID, "-1");
    }

    @Test
    void decode_anyLong() {
        Random random = seeded();
        for (int i = 0; i < 20_000; i++) {
            long value = random.nextLong() >> random.nextInt(64);
            assertThat(decode(Types.INT8, Long.toString(value))).isEqualTo(value);
            assertThat(json(Types.INT8, Long.toString(value))).isEqualTo(Long.toString(value));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "1.50",
                "-1.50",
                "12300",
                "0.00",
                "-0.01",
                "1.00",
                "0.000000000000000000000000001",
                "99999999999999999.99",
                "-123456789012345678",
                "1234567890123456789012345678901234567890.10"
            })
    void numeric_keepsItsDigits(String text) {
        assertThat(decode(Types.NUMERIC, text)).isEqualTo(new BigDecimal(text));
        assertThat(json(Types.NUMERIC, text)).isEqualTo(text);
    }

    @Test
    void numeric_special() {
        assertThat(decode(Types.NUMERIC, "NaN")).isEqualTo(NumericSpecial.NAN);
        assertThat(decode(Types.NUMERIC, "Infinity")).isEqualTo(NumericSpecial.INFINITY);
        assertThat(decode(Types.NUMERIC, "-Infinity")).isEqualTo(NumericSpecial.NEGATIVE_INFINITY);
        assertThat(json(Types.NUMERIC, "NaN")).isEqualTo("\"NaN\"");
        assertThat(json(Types.NUMERIC, "-Infinity")).isEqualTo("\"-Infinity\"");
    }

    @Test
    void numeric_longest() {
        String text = "-" + "1234567890".repeat(13_108).substring(0, 131_072) + "." + "9".repeat(16_382) + "0";
        BigDecimal value = (BigDecimal) decode(Types.NUMERIC, text);
        assertThat(value.scale()).isEqualTo(16_383);
        assertThat(value.toPlainString()).isEqualTo(text);
        assertThat(json(Types.NUMERIC, text)).isEqualTo(text);
    }

    @Test
    void numeric_anyLengthAndScale() {
        Random random = seeded();
        for (int i = 0; i < 3_000; i++) {
            BigInteger unscaled = new BigInteger(random.nextInt(1 << random.nextInt(13)) + 1, random);
            BigDecimal value = new BigDecimal(random.nextBoolean() ? unscaled : unscaled.negate(), random.nextInt(400));
            assertThat(decode(Types.NUMERIC, value.toPlainString())).isEqualTo(value);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                ".5",
                "5.",
                "1e5",
                "1E5",
                "1.2.3",
                "0x10",
                "1_000",
                "٣",
                "nan",
                "+1",
                "--1",
                "1-",
                "123456789012345678901234567890x",
                "Infinit",
                "N"
            })
    void numeric_malformed(String text) {
        assertMalformed(Types.NUMERIC, text);
        assertThat(json(Types.NUMERIC, text)).isEqualTo('"' + text + '"');
    }

    @Test
    void float_special() {
        assertThat(decode(Types.FLOAT8, "NaN")).isEqualTo(Double.NaN);
        assertThat(decode(Types.FLOAT8, "Infinity")).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(decode(Types.FLOAT8, "-Infinity")).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(decode(Types.FLOAT4, "-Infinity")).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(decode(Types.FLOAT8, "-0")).isEqualTo(-0.0d);
        assertThat(decode(Types.FLOAT4, "-0")).isEqualTo(-0.0f);
        assertThat(decode(Types.FLOAT8, "5e-324")).isEqualTo(Double.MIN_VALUE);
        assertThat(decode(Types.FLOAT4, "1e-45")).isEqualTo(Float.MIN_VALUE);
        assertThat(decode(Types.FLOAT8, "1.7976931348623157e+308")).isEqualTo(Double.MAX_VALUE);
    }

    @Test
    void float_json() {
        assertThat(json(Types.FLOAT8, "1e+20")).isEqualTo("1e+20");
        assertThat(json(Types.FLOAT4, "0.1")).isEqualTo("0.1");
        assertThat(json(Types.FLOAT8, "-0")).isEqualTo("-0");
        assertThat(json(Types.FLOAT8, "NaN")).isEqualTo("\"NaN\"");
        assertThat(json(Types.FLOAT4, "Infinity")).isEqualTo("\"Infinity\"");
        assertThat(json(Types.FLOAT8, "-Infinity")).isEqualTo("\"-Infinity\"");
    }

    @Test
    void float_readsAsTheJdkDoes() {
        Random random = seeded();
        for (int i = 0; i < 50_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            String few = BigDecimal.valueOf(random.nextLong() >> random.nextInt(64), random.nextInt(25))
                    .toPlainString();
            assertThat(decode(Types.FLOAT8, few)).isEqualTo(Double.parseDouble(few));
            assertThat(decode(Types.FLOAT4, few)).isEqualTo(Float.parseFloat(few));
            String plain = BigDecimal.valueOf(random.nextDouble() * Math.pow(10, random.nextInt(16)))
                    .toPlainString();
            assertThat(decode(Types.FLOAT8, plain)).isEqualTo(Double.parseDouble(plain));
            if (Double.isFinite(value)) {
                assertThat(decode(Types.FLOAT8, Double.toString(value))).isEqualTo(value);
            }
        }
    }

    /** Exactly between two doubles, or next to that. */
    @Test
    void float_betweenTwo() {
        for (long even = 1L << 53; even < (1L << 53) + 1_000; even += 2) {
            for (String text : List.of(even + 1 + ".0", even + 1 + ".1", even + ".9", even + 1 + "")) {
                assertThat(decode(Types.FLOAT8, text)).as(text).isEqualTo(Double.parseDouble(text));
            }
        }
        Random random = seeded();
        for (int i = 0; i < 50_000; i++) {
            double value = (1L << 52 | random.nextLong() >>> 12) / (double) (1L << random.nextInt(8));
            BigDecimal between =
                    new BigDecimal(value).add(new BigDecimal(Math.ulp(value)).divide(BigDecimal.valueOf(2)));
            for (int off = -1; off <= 1; off++) {
                String text = between.add(new BigDecimal(BigInteger.valueOf(off), between.scale()))
                        .toPlainString();
                assertThat(decode(Types.FLOAT8, text)).as(text).isEqualTo(Double.parseDouble(text));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1d", "0x1p3", " 1", "1 ", "infinity", "1e", "e5", "1e999", "nan", "1.", "--1"})
    void float_malformed(String text) {
        assertMalformed(Types.FLOAT8, text);
        assertMalformed(Types.FLOAT4, text);
    }

    @Test
    void json_malformedNumberIsAString() {
        assertThat(json(Types.INT4, "1,5")).isEqualTo("\"1,5\"");
        assertThat(json(Types.OID, "-1")).isEqualTo("\"-1\"");
        assertThat(json(Types.FLOAT8, "1,5")).isEqualTo("\"1,5\"");
        assertThat(json(Types.INT2, "")).isEqualTo("\"\"");
    }

    private static Random seeded() {
        System.out.println("NumberValuesTest seed " + SEED);
        return new Random(SEED);
    }

    private static void assertMalformed(PgType type, String text) {
        assertThatThrownBy(() -> decode(type, text))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessageStartingWith("type " + type.name() + ": ");
    }
}
