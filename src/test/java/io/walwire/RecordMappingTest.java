package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.ValueException;
import io.walwire.error.WalwireException;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.mapping.ColumnName;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.assertj.core.api.AbstractThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Rows as the user's own records, and what is said where the two do not fit. */
class RecordMappingTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private enum Mood {
        HAPPY,
        sad
    }

    private record Person(
            int id,
            @ColumnName("E-mail") String email,
            Instant insertedAt,
            Optional<String> nickName,
            @Nullable Integer age,
            List<String> tags,
            List<List<Integer>> grid,
            Mood mood,
            BigDecimal balance,
            UUID token) {}

    private record Id(int id) {}

    private record Named(int id, String nickName) {}

    private record MaybeNamed(int id, Optional<String> nickName) {}

    private record Aged(int id, int age) {}

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(database, "CREATE TYPE mood AS ENUM ('happy', 'sad')", """
                CREATE TABLE person (unread text, id int PRIMARY KEY, "E-mail" text, inserted_at timestamptz,
                  nick_name varchar(20), age int, tags text[], grid int[], mood mood, balance numeric(10, 2), token uuid)""");
    }

    private final Recorder<Record> read = new Recorder<>();

    private static final String PERSON = """
            INSERT INTO person VALUES ('x', 7, 'a@b', '2024-02-29 12:00:00.5+00', NULL, NULL, '{a,NULL}',
              '{{1,2},{3,4}}', 'happy', 1.50, '00000000-0000-0000-0000-000000000001')""";

    private <T extends Record> List<T> rows(int count, Class<T> type, String... statements) throws Exception {
        Recorder<T> rows = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.table("person", type).onChange(event -> rows.add(((RowEvent<T>) event).row())))
                .start()) {
            database.sql(statements);
            return rows.await(count);
        }
    }

    private AbstractThrowableAssert<?, ? extends Throwable> failure(EventHandler handler, String... statements)
            throws Exception {
        try (Walwire walwire = Instances.durable(database)
                .handler(handler, FailurePolicy.stop())
                .start()) {
            database.sql(statements);
            return assertThatThrownBy(() -> walwire.awaitTermination(LONG)).isInstanceOf(WalwireException.class);
        }
    }

    private <T extends Record> EventHandler readingRowsAs(Class<T> type) {
        return on -> on.table("person", type).onChange(event -> read.add(((RowEvent<T>) event).row()));
    }

    @Test
    void row_componentsAreReadByName_inTheirTypes() throws Exception {
        assertThat(rows(1, Person.class, PERSON))
                .containsExactly(new Person(
                        7,
                        "a@b",
                        Instant.parse("2024-02-29T12:00:00.5Z"),
                        Optional.empty(),
                        null,
                        java.util.Arrays.asList("a", null),
                        List.of(List.of(1, 2), List.of(3, 4)),
                        Mood.HAPPY,
                        new BigDecimal("1.50"),
                        UUID.fromString("00000000-0000-0000-0000-000000000001")));
    }

    @Test
    void row_optionalWithAValue_andEnumNamedAsTheText() throws Exception {
        assertThat(rows(1, MaybeNamed.class, "INSERT INTO person (id, nick_name, mood) VALUES (1, 'nick', 'sad')"))
                .containsExactly(new MaybeNamed(1, Optional.of("nick")));
    }

    @Test
    void row_ofAnUpdate_isTheNewRow() throws Exception {
        assertThat(rows(
                        2,
                        Named.class,
                        "INSERT INTO person (id, nick_name) VALUES (1, 'a')",
                        "UPDATE person SET nick_name = 'b'"))
                .containsExactly(new Named(1, "a"), new Named(1, "b"));
    }

    @Test
    void row_ofADeleteUnderFull_isTheOldRow() throws Exception {
        database.sql("ALTER TABLE person REPLICA IDENTITY FULL");
        assertThat(rows(2, Named.class, "INSERT INTO person (id, nick_name) VALUES (1, 'a')", "DELETE FROM person"))
                .containsExactly(new Named(1, "a"), new Named(1, "a"));
    }

    @Test
    void row_ofADeleteUnderDefault_holdsTheKeyAlone() throws Exception {
        database.sql("INSERT INTO person (id, nick_name) VALUES (1, 'a')");
        assertThat(rows(1, Id.class, "DELETE FROM person")).containsExactly(new Id(1));
    }

    @Test
    void row_ofADeleteUnderDefault_otherComponentsWereNotSent() throws Exception {
        database.sql("INSERT INTO person (id, nick_name) VALUES (1, 'a')");
        failure(readingRowsAs(MaybeNamed.class), "DELETE FROM person")
                .hasMessageContaining("ALTER TABLE")
                .cause()
                .isInstanceOfSatisfying(ValueException.class, cause -> {
                    assertThat(cause.reason()).isEqualTo(ValueException.Reason.NOT_SENT);
                    assertThat(cause.column()).isEqualTo("nick_name");
                    assertThat(cause.table()).isEqualTo("public.person");
                });
    }

    @Test
    void truncate_isDeliveredWithoutARow() throws Exception {
        Recorder<String> seen = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.table("person", Aged.class)
                        .onChange(change -> seen.add(
                                change instanceof RowEvent<Aged> row
                                        ? row.row().toString()
                                        : change.kind() + " " + change.key())))
                .start()) {
            database.sql("TRUNCATE person", "INSERT INTO person (id, age) VALUES (1, 2)", "TRUNCATE person");
            assertThat(seen.await(3)).containsExactly("TRUNCATE null", "Aged[id=1, age=2]", "TRUNCATE null");
        }
    }

    @Test
    void row_nullIntoAPrimitive_namesBothSides() throws Exception {
        failure(readingRowsAs(Aged.class), "INSERT INTO person (id, age) VALUES (1, NULL)")
                .cause()
                .isInstanceOfSatisfying(WalwireException.class, cause -> assertThat(cause.code())
                        .isEqualTo(ErrorCode.MAPPING))
                .hasMessageContainingAll("age", "public.person", "NULL", "int", Aged.class.getName(), "Optional");
    }

    private record NoSuch(int id, String nickname) {}

    private record WrongType(int id, List<UUID> tags, UUID nickName) {}

    private record WrongOptional(OptionalInt age) {}

    @Test
    void missingColumn_isNamed_withBothSides_andThePosition() throws Exception {
        failure(readingRowsAs(NoSuch.class), "INSERT INTO person (id) VALUES (1)")
                .cause()
                .isInstanceOfSatisfying(WalwireException.class, cause -> assertThat(cause.code())
                        .isEqualTo(ErrorCode.MAPPING))
                .hasMessageContainingAll(
                        NoSuch.class.getName(), "public.person", "component nickname", "nick_name", "@ColumnName")
                .hasMessageMatching("(?s).* as it was at [0-9A-F]+/[0-9A-F]+: .*");
    }

    @Test
    void wrongTypes_allAreNamed_withBothSides() throws Exception {
        failure(readingRowsAs(WrongType.class), "INSERT INTO person (id) VALUES (1)")
                .cause()
                .isInstanceOfSatisfying(WalwireException.class, cause -> assertThat(cause.code())
                        .isEqualTo(ErrorCode.MAPPING))
                .hasMessageContainingAll(
                        "component tags of type java.util.List<java.util.UUID>",
                        "column tags of type text[]",
                        "component nickName of type java.util.UUID",
                        "column nick_name of type varchar");
    }

    @Test
    void wrongType_ofAnOptional_isNamed() throws Exception {
        failure(readingRowsAs(WrongOptional.class), "INSERT INTO person (id) VALUES (1)")
                .cause()
                .hasMessageContainingAll("java.util.OptionalInt", "column age of type int4");
    }

    @Test
    void mappingThatDoesNotFit_confirmsNothing() throws Exception {
        failure(readingRowsAs(NoSuch.class), "INSERT INTO person (id, nick_name) VALUES (1, 'a')");
        Recorder<Named> rows = new Recorder<>();
        try (Walwire walwire = Instances.durable(database)
                .handler(on -> on.table("person", Named.class).onInsert(event -> rows.add(event.row())))
                .start()) {
            assertThat(rows.await(1)).containsExactly(new Named(1, "a"));
        }
    }

    record Checked(int id) {
        Checked {
            if (id < 0) {
                throw new IllegalArgumentException("secret " + id);
            }
        }
    }

    @Test
    void constructorThatThrows_isReportedWithoutTheRowsValues() throws Exception {
        failure(readingRowsAs(Checked.class), "INSERT INTO person (id) VALUES (-77)")
                .hasMessageContainingAll(Checked.class.getName(), "public.person")
                .hasMessageNotContaining("-77");
    }

    private record WithPhone(int id, Optional<String> phone) {}

    @Test
    void columnAddedLater_isReadFromThenOn() throws Exception {
        database.sql("ALTER TABLE person ADD phone text");
        assertThat(rows(
                        2,
                        WithPhone.class,
                        "INSERT INTO person (id) VALUES (1)",
                        "ALTER TABLE person ADD more text",
                        "INSERT INTO person (id, phone) VALUES (2, '12')"))
                .containsExactly(new WithPhone(1, Optional.empty()), new WithPhone(2, Optional.of("12")));
    }

    @Test
    void columnThatIsDroppedLater_isEmptyFromThenOn() throws Exception {
        database.sql("ALTER TABLE person ADD phone text");
        assertThat(rows(
                        2,
                        WithPhone.class,
                        "INSERT INTO person (id, phone) VALUES (1, '12')",
                        "ALTER TABLE person DROP phone",
                        "INSERT INTO person (id) VALUES (2)"))
                .containsExactly(new WithPhone(1, Optional.of("12")), new WithPhone(2, Optional.empty()));
    }

    private record Renamed(
            int id, @ColumnName({"nick_name", "alias"}) String name) {}

    private static final String[] RENAMED_AND_BACK = {
        "INSERT INTO person (id, nick_name) VALUES (1, 'a')",
        "ALTER TABLE person RENAME nick_name TO alias",
        "INSERT INTO person (id, alias) VALUES (2, 'b')",
        "ALTER TABLE person RENAME alias TO nick_name",
        "INSERT INTO person (id, nick_name) VALUES (3, 'c')"
    };

    @Test
    void columnThatIsRenamedForAWhile_isReadUnderEitherName() throws Exception {
        assertThat(rows(3, Renamed.class, RENAMED_AND_BACK))
                .containsExactly(new Renamed(1, "a"), new Renamed(2, "b"), new Renamed(3, "c"));
    }

    @Test
    void columnThatIsRenamedForAWhile_whatDoesNotFitIsUnderThePolicy() throws Exception {
        Recorder<Named> rows = new Recorder<>();
        Recorder<String> letters = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .handler(
                        "named",
                        on -> on.table("person", Named.class).onInsert(event -> rows.add(event.row())),
                        FailurePolicy.deadLetter(failed ->
                                letters.add(String.valueOf(failed.cause().getMessage()))))
                .start()) {
            database.sql(RENAMED_AND_BACK);
            assertThat(rows.await(2)).containsExactly(new Named(1, "a"), new Named(3, "c"));
            assertThat(letters.await(1).get(0)).contains("component nickName", "as it was at");
        }
    }
}
