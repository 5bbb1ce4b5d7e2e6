package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ValueException;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random values of every type come out of the stream, in text and in binary, as they come out of a SELECT.
 * {@code -Dwalwire.property.values} says how many of each type, {@code -Dwalwire.property.seed} which.
 */
class RandomValuesTest {
    private static final int ROWS = Integer.getInteger("walwire.property.values", 15);
    private static final String CANONICAL = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY';"
            + " SET IntervalStyle = 'postgres'; SET bytea_output = 'hex'; SET extra_float_digits = 3;"
            + " SET lc_monetary = 'C'";

    static Stream<Arguments> versionsAndSeeds() {
        long seed = Long.getLong("walwire.property.seed", new Random().nextLong());
        return Stream.of(Arguments.of(14, seed), Arguments.of(18, seed));
    }

    @ParameterizedTest(name = "PostgreSQL {0}, -Dwalwire.property.seed={1}")
    @MethodSource("versionsAndSeeds")
    void everyType_asSelected(int version, long seed) throws Exception {
        Map<String, Supplier<String>> generators = new RandomValues(seed).byType();
        List<String> types = List.copyOf(generators.keySet());
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            database.sql(RandomValues.TYPES);
            database.sql(
                    IntStream.range(0, types.size())
                            .mapToObj(i -> ", c" + i + " " + types.get(i))
                            .collect(Collectors.joining("", "CREATE TABLE anything (id int PRIMARY KEY", ")")),
                    "CREATE PUBLICATION events FOR TABLE anything");
            try (Captured text = Captured.start(database, "events");
                    Captured binary = Captured.inBinary(database, "events")) {
                database.inTransaction(inserts(generators));
                List<Event> asText = text.next();
                List<Event> asBinary = binary.next();
                BinaryValuesTest.requireBinary(database);
                assertThat(asText).hasSize(ROWS);
                assertThat(asBinary).hasSize(ROWS);
                for (int row = 0; row < ROWS; row++) {
                    List<String> selected = selected(database, row, types.size());
                    check(asText.get(row), asBinary.get(row), types, selected, "seed " + seed + ", row " + row);
                }
            }
        }
    }

    private static String[] inserts(Map<String, Supplier<String>> generators) {
        return IntStream.range(0, ROWS)
                .mapToObj(row -> generators.values().stream()
                        .map(Supplier::get)
                        .collect(Collectors.joining(", ", "INSERT INTO anything VALUES (" + row + ", ", ")")))
                .toArray(String[]::new);
    }

    private static void check(Event text, Event binary, List<String> types, List<String> selected, String where) {
        Row fromText = Objects.requireNonNull(Typed.row(text).afterRow());
        Row fromBinary = Objects.requireNonNull(Typed.row(binary).afterRow());
        for (int i = 0; i < types.size(); i++) {
            String column = "c" + i;
            String what = types.get(i) + ", " + where;
            assertThat(fromText.text(column)).as("text of %s", what).isEqualTo(selected.get(i));
            assertThat(fromBinary.text(column)).as("binary of %s", what).isEqualTo(selected.get(i));
            Object expected = read(fromText, column);
            Object actual = read(fromBinary, column);
            assertThat(Arrays.deepEquals(new Object[] {plain(actual)}, new Object[] {plain(expected)}))
                    .as("%s: %s and %s", what, expected, actual)
                    .isTrue();
        }
        assertThat(binary.toJson()).as(where).isEqualTo(text.toJson());
    }

    /** The value, or what is said of one that Java cannot hold. */
    private static @Nullable Object read(Row row, String column) {
        try {
            return row.get(column);
        } catch (ValueException e) {
            return e.reason() + String.valueOf(e.getMessage()) + e.text();
        }
    }

    /** With lists as arrays, which {@link Arrays#deepEquals} looks into. */
    private static @Nullable Object plain(@Nullable Object value) {
        return value instanceof List<?> list
                ? list.stream().map(RandomValuesTest::plain).toArray()
                : value;
    }

    /** By PostgreSQL's own output functions. */
    private static List<String> selected(TestDatabase database, int row, int columns) throws SQLException {
        String outputs = IntStream.range(0, columns)
                .mapToObj(i -> "format('%s', c" + i + ")")
                .collect(Collectors.joining(", "));
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(CANONICAL);
            try (ResultSet values = statement.executeQuery("SELECT " + outputs + " FROM anything WHERE id = " + row)) {
                assertThat(values.next()).isTrue();
                List<String> texts = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    texts.add(values.getString(i));
                }
                return texts;
            }
        }
    }

    /** Against what Java itself makes, not through any text of PostgreSQL's. */
    @ParameterizedTest(name = "PostgreSQL {0}, -Dwalwire.property.seed={1}")
    @MethodSource("versionsAndSeeds")
    void javaValues_asJavaMadeThem(int version, long seed) throws Exception {
        Random random = new Random(seed);
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version));
                Connection connection = database.connect()) {
            database.sql(
                    "CREATE TABLE made (id int8 PRIMARY KEY, f4 float4, f8 float8, n numeric, u uuid, d date, t timestamp,"
                            + " tz timestamptz, b bytea, s text, a int4[])",
                    "CREATE PUBLICATION events FOR TABLE made");
            try (Captured text = Captured.start(database, "events");
                    Captured binary = Captured.inBinary(database, "events")) {
                List<List<Object>> made = new ArrayList<>();
                connection.setAutoCommit(false);
                try (PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO made VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                    for (int row = 0; row < 10 * ROWS; row++) {
                        made.add(javaValues(random));
                        for (int i = 0; i < made.get(row).size(); i++) {
                            insert.setObject(i + 1, forDriver(made.get(row).get(i)));
                        }
                        insert.addBatch();
                    }
                    insert.executeBatch();
                }
                connection.commit();
                for (List<Event> events : List.of(text.next(), binary.next())) {
                    assertThat(events).hasSize(10 * ROWS);
                    for (int row = 0; row < events.size(); row++) {
                        Row actual = Objects.requireNonNull(
                                Typed.row(events.get(row)).afterRow());
                        Object[] values = actual.toMap().values().stream()
                                .map(RandomValuesTest::plain)
                                .toArray();
                        Object[] expected = made.get(row).stream()
                                .map(RandomValuesTest::plain)
                                .toArray();
                        assertThat(Arrays.deepEquals(values, expected))
                                .as("seed %d: %s", seed, Arrays.deepToString(new Object[] {expected, values}))
                                .isTrue();
                    }
                }
            }
        }
    }

    private static List<Object> javaValues(Random random) {
        long second = (long) (random.nextDouble() * 9e12) - 200_000_000_000L;
        int nanos = random.nextInt(1_000_000) * 1000;
        byte[] bytes = new byte[random.nextInt(30)];
        random.nextBytes(bytes);
        return List.of(
                random.nextLong(),
                Float.intBitsToFloat(random.nextInt()),
                Double.longBitsToDouble(random.nextLong()),
                new BigDecimal(new BigInteger(random.nextInt(200), random), random.nextInt(40)),
                new UUID(random.nextLong(), random.nextLong()),
                LocalDate.ofEpochDay(random.nextInt(100_000_000) - 2_000_000),
                LocalDateTime.ofEpochSecond(second, nanos, ZoneOffset.UTC),
                Instant.ofEpochSecond(second, nanos),
                bytes,
                random.ints(random.nextInt(20), 1, 0xd800)
                        .mapToObj(Character::toString)
                        .collect(Collectors.joining()),
                random.ints(random.nextInt(5)).boxed().toList());
    }

    private static Object forDriver(Object value) {
        if (value instanceof Instant instant) {
            return instant.atOffset(ZoneOffset.UTC);
        }
        return value instanceof List<?> list ? list.toArray(Integer[]::new) : value;
    }
}
