package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.testing.TestDatabase;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A value that is asked for meets the value of a row in whatever form it is given, and however it came. */
class WatchValuesTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    /** What a column holds, and forms in which it can be asked for; the last is not it. */
    private record Case(String type, String literal, List<Object> forms, Object other) {}

    private static List<Case> cases() throws Exception {
        return List.of(
                new Case("smallint", "7", List.of(7, 7L, (short) 7, "7", "007", new BigDecimal("7.0")), 8),
                new Case(
                        "bigint",
                        "9007199254740993",
                        List.of(9007199254740993L, "9007199254740993"),
                        9007199254740992L),
                new Case("oid", "4294967295", List.of(4294967295L, "4294967295"), 1),
                new Case("boolean", "true", List.of(true, "t", "true"), false),
                new Case("numeric", "1.50", List.of(1.5, "1.5", "1.500", new BigDecimal("1.5000")), 1.51),
                new Case("numeric(10,3)", "0", List.of(0, "0.000", BigDecimal.ZERO), 1),
                new Case("numeric", "NaN", List.of("NaN", Double.NaN), 0),
                new Case("double precision", "1e20", List.of(1e20, "100000000000000000000"), 1e21),
                new Case("real", "-0.5", List.of(-0.5, -0.5f, "-0.5"), 0.5),
                new Case("text", "a'b", List.of("a'b"), "a'B"),
                new Case("char(5)", "ab", List.of("ab", "ab   "), "abc"),
                new Case("uuid", "00000000-0000-0001-0000-00000000000A", List.of(new UUID(1, 10)), new UUID(1, 11)),
                new Case("date", "2024-02-29", List.of(LocalDate.of(2024, 2, 29), "2024-02-29"), LocalDate.EPOCH),
                new Case("date", "infinity", List.of("infinity"), "-infinity"),
                new Case("time", "23:59:00", List.of(LocalTime.of(23, 59), "23:59:00"), LocalTime.NOON),
                new Case("timetz", "12:00:00+02", List.of(OffsetTime.parse("12:00+02:00")), OffsetTime.MIN),
                new Case(
                        "timestamp",
                        "2024-02-29 12:00:00.5",
                        List.of(LocalDateTime.parse("2024-02-29T12:00:00.5"), "2024-02-29 12:00:00.5"),
                        LocalDateTime.MIN),
                new Case(
                        "timestamptz",
                        "2024-02-29 12:00:00+00",
                        List.of(
                                Instant.parse("2024-02-29T12:00:00Z"),
                                ZonedDateTime.parse("2024-02-29T13:00:00+01:00[Europe/Berlin]"),
                                "2024-02-29 12:00:00+00"),
                        Instant.EPOCH),
                new Case("interval", "1 day 02:00:00", List.of("1 day 02:00:00"), "26:00:00"),
                new Case(
                        "bytea",
                        "\\xDEAD",
                        List.of(new byte[] {(byte) 0xde, (byte) 0xad}, "\\xdead", "\\xDEAD"),
                        "\\x00"),
                new Case(
                        "jsonb",
                        "{\"b\":1,\"a\":[true]}",
                        List.of(new ObjectMapper().readTree("{\"a\": [true], \"b\": 1}"), "{\"a\": [true], \"b\": 1}"),
                        "{}"),
                new Case("int[]", "{1,NULL}", List.of("{1,NULL}"), "{1}"),
                new Case("inet", "10.0.0.1", List.of("10.0.0.1"), "10.0.0.2"),
                new Case("mood", "happy", List.of("happy", Mood.happy), "sad"),
                new Case("positive", "3", List.of(3, "3"), 4));
    }

    private enum Mood {
        happy
    }

    @ParameterizedTest
    @CsvSource({"REPLICATION, false", "REPLICATION, true", "TRIGGERS, false"})
    void valuesOfEveryType(EitherSource source, boolean binary) throws Exception {
        List<Case> cases = cases();
        List<String> columns = new ArrayList<>();
        List<String> literals = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            columns.add("c" + i + " " + cases.get(i).type());
            literals.add("'" + cases.get(i).literal().replace("'", "''") + "'");
        }
        Instances.prepare(
                database,
                "CREATE TYPE mood AS ENUM ('sad', 'happy')",
                "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
                "CREATE TABLE item (id int PRIMARY KEY, " + String.join(", ", columns) + ")");
        WalwireBuilder builder = binary ? source.temporary(database) : source.asText(database);
        try (Watching watching = Watching.of(database, builder)) {
            for (int i = 0; i < cases.size(); i++) {
                for (Object form : cases.get(i).forms()) {
                    watching.add(name(i, form), watching.watch("item").where("c" + i, form));
                }
                watching.add(
                        "other" + i,
                        watching.watch("item").where("c" + i, cases.get(i).other()));
                watching.add("null" + i, watching.watch("item").where("c" + i, null));
            }
            watching.sql("INSERT INTO item VALUES (1, " + String.join(", ", literals) + ")");
            for (int i = 0; i < cases.size(); i++) {
                for (Object form : cases.get(i).forms()) {
                    assertThat(watching.lines(name(i, form)))
                            .as("%s as %s", cases.get(i), form)
                            .containsExactly("+1");
                }
                assertThat(watching.lines("other" + i)).as("%s", cases.get(i)).isEmpty();
                assertThat(watching.lines("null" + i)).as("%s", cases.get(i)).isEmpty();
            }
        }
    }

    private static String name(int column, Object form) {
        return column + " " + form.getClass() + " " + form;
    }
}
