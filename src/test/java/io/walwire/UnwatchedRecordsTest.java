package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.handler.Filter;
import io.walwire.testing.TestDatabase;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link Filter#unwatchedRecords}: which values match, and that nothing is dropped in doubt. */
class UnwatchedRecordsTest {
    private enum Mood {
        happy
    }

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TYPE mood AS ENUM ('happy', 'sad')",
                """
                CREATE TABLE item (id int PRIMARY KEY, subscribed boolean, small int2, amount numeric, ratio float8,
                  name text, mood mood, token uuid, opens time, tags int[], data bytea)""",
                "CREATE TABLE known (id int PRIMARY KEY, name text)",
                "ALTER TABLE known REPLICA IDENTITY FULL");
    }

    private List<String> kept(Filter filter, String... statements) throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.allTables()
                        .filter(event -> !"mark".equals(event.source().table()))
                        .filter(filter)
                        .onChange(event -> trail.add(Trail.line(event))))
                .handler(trail.marker())
                .start()) {
            database.sql(statements);
            return trail.upToMark(database);
        }
    }

    private List<String> keptOfInserts(Map<String, ?> unwatched, String columns, String... rows) throws Exception {
        String[] statements = new String[rows.length];
        Arrays.setAll(
                statements, i -> "INSERT INTO item (id, " + columns + ") VALUES (" + (i + 1) + ", " + rows[i] + ")");
        return kept(Filter.unwatchedRecords(unwatched), statements);
    }

    @Test
    void valuesOfOneMap_allMustMatch() throws Exception {
        assertThat(keptOfInserts(
                        Map.of("subscribed", false, "name", "x"),
                        "subscribed, name",
                        "false, 'x'",
                        "true, 'x'",
                        "false, 'y'",
                        "NULL, NULL"))
                .containsExactly("item+2", "item+3", "item+4");
    }

    @Test
    void severalMaps_oneMustMatch() throws Exception {
        assertThat(kept(
                        Filter.unwatchedRecords(List.of(Map.of("id", 1), Map.of("name", "b"), Map.of())),
                        "INSERT INTO item (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c')"))
                .containsExactly("item+3");
    }

    @Test
    void emptyMap_dropsNothing() throws Exception {
        assertThat(keptOfInserts(Map.of(), "name", "'x'")).containsExactly("item+1");
    }

    @Test
    void numbers_comparedByValue() throws Exception {
        assertThat(keptOfInserts(Map.of("small", 1L), "small", "1", "2")).containsExactly("item+2");
    }

    @Test
    void numeric_comparedByValueWhateverItsScale() throws Exception {
        assertThat(keptOfInserts(
                        Map.of("amount", new BigDecimal("1.0")), "amount", "1.00", "1", "1.01", "'NaN'", "'Infinity'"))
                .containsExactly("item+3", "item+4", "item+5");
    }

    @Test
    void numeric_comparedWithInteger() throws Exception {
        assertThat(keptOfInserts(Map.of("amount", 7), "amount", "7.000", "7.5")).containsExactly("item+2");
    }

    @Test
    void floats_comparedByValue() throws Exception {
        assertThat(keptOfInserts(Map.of("ratio", 1), "ratio", "1", "1.5", "'NaN'", "'-Infinity'"))
                .containsExactly("item+2", "item+3", "item+4");
    }

    @Test
    void notANumber_matchesNotANumber() throws Exception {
        assertThat(keptOfInserts(Map.of("ratio", Double.NaN), "ratio", "1", "'NaN'"))
                .containsExactly("item+1");
    }

    @Test
    void nullValue_matchesSqlNullOnly() throws Exception {
        assertThat(keptOfInserts(Collections.singletonMap("name", null), "name", "NULL", "''", "'null'"))
                .containsExactly("item+2", "item+3");
    }

    @Test
    void string_comparedWithTheTextOfAnyType() throws Exception {
        assertThat(keptOfInserts(Map.of("amount", "1.50", "mood", "sad"), "amount, mood", "1.5, 'sad'", "1.50, 'sad'"))
                .containsExactly("item+1");
    }

    @Test
    void enumConstant_comparedByItsName() throws Exception {
        assertThat(keptOfInserts(Map.of("mood", Mood.happy), "mood", "'happy'", "'sad'"))
                .containsExactly("item+2");
    }

    @Test
    void otherTypes_comparedInTheirJavaType() throws Exception {
        UUID token = UUID.fromString("00000000-0000-0000-0000-000000000001");
        assertThat(keptOfInserts(
                        Map.of("token", token, "tags", List.of(1, 2), "data", new byte[] {1, 2}),
                        "token, tags, data",
                        "'" + token + "', '{1,2}', '\\x0102'",
                        "'" + token + "', '{2,1}', '\\x0102'",
                        "'" + token + "', '{1,2}', '\\x0103'"))
                .containsExactly("item+2", "item+3");
    }

    @Test
    void valueThatItsJavaTypeCannotHold_doesNotMatchAndDoesNotFail() throws Exception {
        assertThat(keptOfInserts(Map.of("opens", LocalTime.MIDNIGHT), "opens", "'24:00'", "'00:00'"))
                .containsExactly("item+1");
    }

    @Test
    void valueOfAnotherType_doesNotMatch() throws Exception {
        assertThat(keptOfInserts(Map.of("subscribed", 0, "name", 7), "subscribed, name", "false, '7'"))
                .containsExactly("item+1");
    }

    @Test
    void columnThatTheTableDoesNotHave_doesNotMatch() throws Exception {
        assertThat(keptOfInserts(Map.of("no_such", 1, "name", "x"), "name", "'x'"))
                .containsExactly("item+1");
    }

    @Test
    void update_matchedByItsNewRow() throws Exception {
        assertThat(kept(
                        Filter.unwatchedRecords(Map.of("name", "x")),
                        "INSERT INTO known VALUES (1, 'x')",
                        "UPDATE known SET name = 'y'",
                        "UPDATE known SET name = 'x'"))
                .containsExactly("known~1");
    }

    @Test
    void delete_matchedByItsOldRow() throws Exception {
        assertThat(kept(
                        Filter.unwatchedRecords(Map.of("name", "x")),
                        "INSERT INTO known VALUES (1, 'x'), (2, 'y')",
                        "DELETE FROM known"))
                .containsExactly("known+2", "known-2");
    }

    @Test
    void delete_whoseColumnWasNotSent_kept() throws Exception {
        assertThat(kept(
                        Filter.unwatchedRecords(Map.of("name", "x")),
                        "INSERT INTO item (id, name) VALUES (1, 'x')",
                        "DELETE FROM item"))
                .containsExactly("item-1");
    }

    @Test
    void delete_whoseColumnWasNotSent_isNotNullEither() throws Exception {
        assertThat(kept(
                        Filter.unwatchedRecords(Collections.singletonMap("name", null)),
                        "INSERT INTO item (id, name) VALUES (1, 'x')",
                        "DELETE FROM item"))
                .containsExactly("item+1", "item-1");
    }

    @Test
    void delete_matchedByItsKeyUnderDefault() throws Exception {
        assertThat(kept(
                        Filter.unwatchedRecords(Map.of("id", 1)),
                        "INSERT INTO item (id) VALUES (1), (2)",
                        "DELETE FROM item"))
                .containsExactly("item+2", "item-2");
    }

    @Test
    void truncate_kept() throws Exception {
        assertThat(kept(Filter.unwatchedRecords(Map.of("id", 1)), "TRUNCATE item"))
                .containsExactly("item!");
    }
}
