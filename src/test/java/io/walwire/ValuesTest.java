package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.walwire.ValueCases.Case;
import io.walwire.error.ValueException;
import io.walwire.error.ValueException.Reason;
import io.walwire.event.ColumnState;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TimeZone;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every type and its awkward values, from a real server to JSON and Java. */
class ValuesTest {
    private static final String CANONICAL = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY';"
            + " SET IntervalStyle = 'postgres'; SET bytea_output = 'hex'; SET extra_float_digits = 3;"
            + " SET lc_monetary = 'C'";

    /** An array's name is its element's with brackets, everything else has its own. */
    private static final String TYPE_NAMES = """
            SELECT a.attname, CASE WHEN t.typinput = 'array_in'::regproc AND t.typtype = 'b'
                              THEN e.typname || '[]' ELSE t.typname::text END AS type
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type e ON e.oid = t.typelem
            WHERE a.attrelid = 'everything'::regclass AND a.attnum > 0 ORDER BY a.attnum""";

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void everyType(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            check(database, ValueCases.of(version));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void everyType_hostileSettingsAndAnotherTimeZone(int version) throws Exception {
        TimeZone before = TimeZone.getDefault();
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            TimeZone.setDefault(TimeZone.getTimeZone("America/St_Johns"));
            for (String setting : List.of(
                    "DateStyle = 'German, DMY'",
                    "IntervalStyle = 'sql_standard'",
                    "bytea_output = 'escape'",
                    "extra_float_digits = 0",
                    "TimeZone = 'Asia/Kolkata'",
                    "lc_monetary = '" + strangeLocale(database) + "'")) {
                database.sql("ALTER DATABASE " + database.name() + " SET " + setting);
            }
            check(database, ValueCases.of(version));
        } finally {
            TimeZone.setDefault(before);
        }
    }

    /** One that prints money in its own way, or C where this machine has none. */
    private static String strangeLocale(TestDatabase database) throws SQLException {
        List<Map<String, Object>> found = new ArrayList<>();
        database.query(
                        "SELECT collcollate AS name FROM pg_collation WHERE collcollate ~ '^(de_DE|en_IN|ja_JP).*utf-?8$'")
                .forEach(row -> found.add(Map.of("name", String.valueOf(row.get("name")))));
        return found.isEmpty() ? "C" : String.valueOf(found.get(0).get("name"));
    }

    private static void check(TestDatabase database, List<Case> cases) throws Exception {
        database.sql(ValueCases.TYPES);
        database.sql(ValueCases.createTable(cases), "CREATE PUBLICATION events FOR TABLE everything");
        try (Captured captured = Captured.start(database, "events")) {
            database.sql(ValueCases.insert(cases));
            Event event = captured.next().get(0);
            Row row = Objects.requireNonNull(Typed.row(event).afterRow());
            assertThat(row.toJson()).isEqualTo(json(cases));
            assertThat(event.toJson()).contains(json(cases)).doesNotContain("\n", "\r");
            List<String> texts = texts(database, cases.size());
            for (int i = 0; i < cases.size(); i++) {
                check(row, "c" + i, cases.get(i), texts.get(i));
            }
            assertThat(event.source().columns()).containsExactlyEntriesOf(typeNames(database));
        }
    }

    private static String json(List<Case> cases) {
        return IntStream.range(0, cases.size())
                .mapToObj(i -> "\"c" + i + "\":" + cases.get(i).json())
                .collect(Collectors.joining(",", "{\"id\":1,", "}"));
    }

    private static void check(Row row, String column, Case expected, String text) {
        assertThat(row.state(column)).isEqualTo(ColumnState.VALUE);
        assertThat(row.text(column)).as("text of %s", expected).isEqualTo(text);
        if (expected.java() == ValueCases.UNREPRESENTABLE) {
            ValueException thrown = catchThrowableOfType(ValueException.class, () -> row.get(column));
            assertThat(thrown).as("%s", expected).isNotNull();
            assertThat(thrown.reason()).isEqualTo(Reason.NOT_REPRESENTABLE);
            assertThat(thrown.table()).isEqualTo("public.everything");
            assertThat(thrown.column()).isEqualTo(column);
            assertThat(thrown.text()).isEqualTo(text);
            assertThat(thrown)
                    .hasMessageContaining("public.everything." + column)
                    .hasMessageContaining("type " + expected.type().replace("[]", ""));
        } else {
            assertThat(row.get(column)).as("%s", expected).isEqualTo(expected.java());
        }
    }

    /** By PostgreSQL's own output functions. */
    private static List<String> texts(TestDatabase database, int columns) throws SQLException {
        String outputs = IntStream.range(0, columns)
                .mapToObj(i -> "format('%s', c" + i + ")")
                .collect(Collectors.joining(", "));
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(CANONICAL);
            try (ResultSet row = statement.executeQuery("SELECT " + outputs + " FROM everything")) {
                assertThat(row.next()).isTrue();
                List<String> texts = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    texts.add(row.getString(i));
                }
                return texts;
            }
        }
    }

    private static Map<String, String> typeNames(TestDatabase database) throws SQLException {
        Map<String, String> names = new LinkedHashMap<>();
        database.query(TYPE_NAMES)
                .forEach(row -> names.put(String.valueOf(row.get("attname")), String.valueOf(row.get("type"))));
        return names;
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void numeric_ofAllDigits(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            database.sql(
                    "CREATE TABLE huge (id int PRIMARY KEY, n numeric)", "CREATE PUBLICATION events FOR TABLE huge");
            try (Captured captured = Captured.start(database, "events")) {
                database.sql(
                        "INSERT INTO huge VALUES (1, (repeat('9', 130000) || '.' || repeat('12', 8000))::numeric)");
                String digits = "9".repeat(130_000) + "." + "12".repeat(8_000);
                Event event = captured.next().get(0);
                Row row = Objects.requireNonNull(Typed.row(event).afterRow());
                assertThat(event.toJson()).contains("\"new_record\":{\"id\":1,\"n\":" + digits + "}");
                BigDecimal number = Objects.requireNonNull(row.getBigDecimal("n"));
                assertThat(number.scale()).isEqualTo(16_000);
                assertThat(number.toPlainString()).isEqualTo(digits);
            }
        }
    }
}
