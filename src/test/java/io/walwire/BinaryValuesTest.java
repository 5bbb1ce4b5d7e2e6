package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.ValueCases.Case;
import io.walwire.error.ValueException;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same WAL in text and in binary: every type and its awkward values come out the same. */
class BinaryValuesTest {
    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void everyType(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            check(database, ValueCases.of(version));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void everyType_hostileSettings(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            for (String setting : List.of(
                    "DateStyle = 'German, DMY'",
                    "IntervalStyle = 'sql_standard'",
                    "bytea_output = 'escape'",
                    "extra_float_digits = 0",
                    "TimeZone = 'Asia/Kolkata'")) {
                database.sql("ALTER DATABASE " + database.name() + " SET " + setting);
            }
            check(database, ValueCases.of(version));
        }
    }

    private static void check(TestDatabase database, List<Case> cases) throws Exception {
        database.sql(ValueCases.TYPES);
        database.sql(
                ValueCases.createTable(cases),
                "ALTER TABLE everything REPLICA IDENTITY FULL",
                "CREATE PUBLICATION events FOR TABLE everything");
        try (Captured text = Captured.withOldRecords(database, "events");
                Captured binary = Captured.inBinary(database, "events")) {
            database.sql(ValueCases.insert(cases), "UPDATE everything SET id = 2", "DELETE FROM everything");
            for (String kind : List.of("insert", "update", "delete")) {
                Event expected = text.next().get(0);
                Event actual = binary.next().get(0);
                assertThat(actual.toJson()).as(kind).isEqualTo(expected.toJson());
                Row row = Objects.requireNonNull(
                        kind.equals("delete")
                                ? Typed.row(actual).beforeRow()
                                : Typed.row(actual).afterRow());
                Row same = Objects.requireNonNull(
                        kind.equals("delete")
                                ? Typed.row(expected).beforeRow()
                                : Typed.row(expected).afterRow());
                for (int i = 0; i < cases.size(); i++) {
                    String column = "c" + i;
                    assertThat(row.text(column)).as("text of %s", cases.get(i)).isEqualTo(same.text(column));
                    assertThat(read(row, column)).as("%s", cases.get(i)).isEqualTo(read(same, column));
                }
            }
            requireBinary(database);
        }
    }

    /** The value, or what is said of one that Java cannot hold. */
    private static @Nullable Object read(Row row, String column) {
        try {
            return row.get(column);
        } catch (ValueException e) {
            return e.reason() + String.valueOf(e.getMessage()) + e.text();
        }
    }

    /** What streams in binary still does. */
    static void requireBinary(TestDatabase database) throws SQLException {
        assertThat(database.queryLong("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND backend_type = 'walsender' AND query LIKE '%binary%'"))
                .isEqualTo(1);
    }
}
