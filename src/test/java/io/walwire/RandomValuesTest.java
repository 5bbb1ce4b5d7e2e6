package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ValueException;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
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
        Row fromText = Objects.requireNonNull(text.newRecord());
        Row fromBinary = Objects.requireNonNull(binary.newRecord());
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
}
