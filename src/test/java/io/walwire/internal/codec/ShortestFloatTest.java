package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Floats as a server prints them; {@code -Dwalwire.property.floats} says how many, {@code -Dwalwire.property.seed} which. */
class ShortestFloatTest {
    private static final int COUNT = Integer.getInteger("walwire.property.floats", 10_000);
    private static final int AT_ONCE = 10_000;

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0.0, -0",
        "1, 1",
        "0.1, 0.1",
        "-1.5, -1.5",
        "0.0001, 0.0001",
        "0.00001, 1e-05",
        "0.000012345, 1.2345e-05",
        "123456789012345, 123456789012345",
        "999999999999999, 999999999999999",
        "1e15, 1e+15",
        "1e22, 1e+22",
        // 1e23 itself lies exactly between two numbers
        "1e23, 9.999999999999999e+22",
        "4.9e-324, 5e-324",
        "9.9e-324, 1e-323",
        "2.2250738585072014E-308, 2.2250738585072014e-308",
        "1.7976931348623157E308, 1.7976931348623157e+308",
        // 1801439850948201e1 lies exactly between this number and the next
        "18014398509482008, 1.8014398509482008e+16",
        "NaN, NaN",
        "-Infinity, -Infinity"
    })
    void put_double(double value, String expected) {
        assertThat(print(value)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0.0, -0",
        "1.1, 1.1",
        "123456, 123456",
        "1234567, 1.234567e+06",
        "0.0001, 0.0001",
        "0.00001, 1e-05",
        "1.4e-45, 1e-45",
        "2.8e-45, 3e-45",
        "3.4028235e38, 3.4028235e+38",
        "16777216, 1.6777216e+07",
        "NaN, NaN",
        "Infinity, Infinity"
    })
    void put_float(float value, String expected) {
        assertThat(print(value)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void put_randomBits_asAServerPrints(int version) throws SQLException {
        long seed = Long.getLong("walwire.property.seed", new Random().nextLong());
        Random random = new Random(seed);
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version));
                Connection connection = database.connect()) {
            for (int done = 0; done < COUNT; done += AT_ONCE) {
                double[] doubles = random.ints(AT_ONCE)
                        .mapToDouble(kind -> randomDouble(kind & 7, random))
                        .toArray();
                String[] printed = Arrays.stream(doubles)
                        .mapToObj(ShortestFloatTest::print)
                        .toArray(String[]::new);
                assertThat(printed)
                        .as("-Dwalwire.property.seed=%d", seed)
                        .isEqualTo(asked(
                                connection,
                                "float8",
                                Arrays.stream(doubles)
                                        .mapToObj(Double::toString)
                                        .collect(Collectors.joining(",", "{", "}"))));
                Float[] floats = random.ints(AT_ONCE)
                        .mapToObj(kind -> randomFloat(kind & 7, random))
                        .toArray(Float[]::new);
                String[] printedFloats =
                        Arrays.stream(floats).map(ShortestFloatTest::print).toArray(String[]::new);
                assertThat(printedFloats)
                        .as("-Dwalwire.property.seed=%d", seed)
                        .isEqualTo(asked(
                                connection,
                                "float4",
                                Arrays.stream(floats)
                                        .map(value -> Float.toString(value))
                                        .collect(Collectors.joining(",", "{", "}"))));
            }
        }
    }

    private static double randomDouble(int kind, Random random) {
        return switch (kind) {
            case 0 -> Double.longBitsToDouble(random.nextLong() & ~0xf_ffff_ffff_ffffL);
            case 1 -> random.nextInt(5000) * Double.MIN_VALUE;
            case 2 -> random.nextInt(100_000) * Math.pow(10, random.nextInt(60) - 20);
            case 3 -> (double) (random.nextLong() >> random.nextInt(12));
            case 4 -> Math.scalb((double) (random.nextLong() >>> 11 & ~1), random.nextInt(90));
            case 5 -> Double.parseDouble(random.nextInt(1000) + "." + random.nextInt(100_000));
            default -> Double.longBitsToDouble(random.nextLong());
        };
    }

    private static float randomFloat(int kind, Random random) {
        return switch (kind) {
            case 0 -> Float.intBitsToFloat(random.nextInt() & ~0x7f_ffff);
            case 1 -> random.nextInt(5000) * Float.MIN_VALUE;
            case 2 -> (float) (random.nextInt(1000) * Math.pow(10, random.nextInt(30) - 10));
            case 3 -> (float) (random.nextInt() >> random.nextInt(12));
            case 4 -> Math.scalb((float) (random.nextInt() >>> 8 & ~1), random.nextInt(60));
            default -> Float.intBitsToFloat(random.nextInt());
        };
    }

    private static String print(double value) {
        TextOutput out = new TextOutput(1);
        ShortestFloat.put(out, value);
        return new String(out.toBytes(), US_ASCII);
    }

    private static String print(float value) {
        TextOutput out = new TextOutput(1);
        ShortestFloat.put(out, value);
        return new String(out.toBytes(), US_ASCII);
    }

    private static String[] asked(Connection connection, String type, String array) throws SQLException {
        String sql = "SELECT array_agg(x::text ORDER BY n) FROM unnest(?::" + type + "[]) WITH ORDINALITY AS t (x, n)";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, array);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                Array texts = row.getArray(1);
                return (String[]) texts.getArray();
            }
        }
    }

    @Test
    void put_powersOfTwo_readBack() {
        assertThat(IntStream.rangeClosed(Double.MIN_EXPONENT - 52, Double.MAX_EXPONENT)
                        .mapToDouble(exponent -> Math.scalb(1d, exponent)))
                .allSatisfy(
                        power -> assertThat(Double.parseDouble(print(power))).isEqualTo(power));
    }
}
