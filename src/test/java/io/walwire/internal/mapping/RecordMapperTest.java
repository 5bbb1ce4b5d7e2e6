package io.walwire.internal.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.walwire.error.ErrorCode;
import io.walwire.error.ValueException;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.codec.UnrepresentableException;
import io.walwire.mapping.ColumnName;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordMapperTest {
    private static final PgType INT4 = PgType.scalar(23, "int4", TypeKind.INT4);
    private static final PgType INT8 = PgType.scalar(20, "int8", TypeKind.INT8);
    private static final PgType TEXT = PgType.text(25, "text");
    private static final PgType BOOL = PgType.scalar(16, "bool", TypeKind.BOOL);
    private static final PgType NUMERIC = PgType.scalar(1700, "numeric", TypeKind.NUMERIC);
    private static final PgType JSONB = PgType.scalar(3802, "jsonb", TypeKind.JSON);
    private static final PgType TIME = PgType.scalar(1083, "time", TypeKind.TIME);
    private static final PgType TIMESTAMPTZ = PgType.scalar(1184, "timestamptz", TypeKind.TIMESTAMPTZ);
    private static final PgType INTS = PgType.array(1007, INT4);
    private static final PgType TEXTS = PgType.array(1009, TEXT);

    private static final Map<String, PgType> USERS =
            Map.of("id", INT8, "email", TEXT, "active", BOOL, "bio", TEXT, "inserted_at", TIMESTAMPTZ, "tags", TEXTS);

    enum Mood {
        SAD,
        HAPPY
    }

    private record User(
            long id,
            String email,
            boolean active,
            Optional<String> bio,
            @ColumnName("inserted_at") Instant createdAt,
            List<String> tags) {}

    private record From(String tableName, Position at) implements RowOrigin {}

    private static RowOrigin of(String table) {
        return new From(table, new Lsn(42));
    }

    private static TextRow user() {
        return new TextRow(USERS)
                .with("id", "42")
                .with("email", "a@b.c")
                .with("active", "t")
                .with("bio", null)
                .with("inserted_at", "2024-01-01 00:00:00+00")
                .with("tags", "{a,NULL}");
    }

    @Test
    void map_row() {
        RecordMapper<User> mapper = RecordMapper.of(User.class);
        Instant createdAt = Instant.parse("2024-01-01T00:00:00Z");
        assertThat(mapper.map(of("public.user"), user()))
                .isEqualTo(new User(42, "a@b.c", true, Optional.empty(), createdAt, Arrays.asList("a", null)));
        assertThat(mapper.map(of("public.user"), user().with("bio", "me")).bio())
                .contains("me");
        assertThat(mapper.map(of("public.user"), user().with("email", null)).email())
                .isNull();
        assertThat(mapper.map(of("public.user"), user().with("tags", null)).tags())
                .isNull();
    }

    record Contact(long id, @ColumnName({"mail", "email"}) String address, Optional<String> phone) {}

    @Test
    void map_columnOfSeveralNames_andColumnThatIsNotThere() {
        RecordMapper<Contact> mapper = RecordMapper.of(Contact.class);
        TextRow before =
                new TextRow(Map.of("id", INT8, "email", TEXT)).with("id", "1").with("email", "a");
        TextRow after = new TextRow(Map.of("id", INT8, "mail", TEXT, "email", TEXT, "phone", TEXT))
                .with("id", "1")
                .with("mail", "b")
                .with("phone", "12");
        assertThat(mapper.map(of("t"), before)).isEqualTo(new Contact(1, "a", Optional.empty()));
        assertThat(mapper.knows(of("t"), before)).isTrue();
        assertThat(mapper.map(of("t"), after)).isEqualTo(new Contact(1, "b", Optional.of("12")));
    }

    @Test
    void map_columnWithoutAnyOfItsNames() {
        RecordMapper<Contact> mapper = RecordMapper.of(Contact.class);
        TextRow row = new TextRow(Map.of("id", INT8, "e_mail", TEXT)).with("id", "1");
        assertThatThrownBy(() -> mapper.map(of("t"), row))
                .hasMessageContaining("needs one of the columns mail, email, which the table does not have");
    }

    @Test
    void map_nullIntoPrimitive() {
        RecordMapper<User> mapper = RecordMapper.of(User.class);
        TextRow row = user().with("active", null);
        assertThatThrownBy(() -> mapper.map(of("public.user"), row))
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MAPPING))
                .hasMessageContainingAll(User.class.getName(), "active", "boolean", "public.user", "NULL")
                .hasMessageEndingWith(". [MAPPING]");
    }

    @Test
    void map_columnNotSent() {
        RecordMapper<User> mapper = RecordMapper.of(User.class);
        TextRow row = new TextRow(USERS).with("id", "42");
        assertThatThrownBy(() -> mapper.map(of("public.user"), row))
                .isInstanceOf(ValueException.class)
                .hasMessage("email was not sent [VALUE]");
    }

    @Test
    void check_everyProblemInOneMessage() {
        record Bad(long id, int active, String emial, List<Long> tags, BigDecimal bio, int somethingElse) {}
        RecordMapper<Bad> mapper = RecordMapper.of(Bad.class);
        assertThatThrownBy(() -> mapper.map(of("public.user"), user()))
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MAPPING))
                .hasMessage("Record " + Bad.class.getName() + " does not fit table public.user as it was at 0/2A: "
                        + "component active of type int cannot hold column active of type bool; Boolean can; "
                        + "component emial of type java.lang.String needs a column emial, which the table does not have;"
                        + " did you mean @ColumnName(\"email\")?; "
                        + "component tags of type java.util.List<java.lang.Long> cannot hold column tags of type text[];"
                        + " List<String> can; "
                        + "component bio of type java.math.BigDecimal cannot hold column bio of type text; String can; "
                        + "component somethingElse of type int needs a column something_else, which the table does not"
                        + " have. [MAPPING]");
    }

    @Test
    void of_columnNameWithoutAName_isRefused() {
        record Nameless(long id, @ColumnName({}) String insertedAt) {}
        assertThatThrownBy(() -> RecordMapper.of(Nameless.class))
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MAPPING))
                .hasMessageContaining("Component insertedAt of record " + Nameless.class.getName()
                        + " has an @ColumnName without a name.")
                .hasMessageContaining("inserted_at");
    }

    @Test
    void check_messageThatEndsWithAQuestion() {
        record Misspelt(String emial) {}
        RecordMapper<Misspelt> mapper = RecordMapper.of(Misspelt.class);
        assertThatThrownBy(() -> mapper.map(of("public.user"), user()))
                .hasMessageEndingWith("did you mean @ColumnName(\"email\")? [MAPPING]");
    }

    @Test
    @SuppressWarnings("ArrayRecordComponent") // users write them
    void map_convertedElements() {
        record Lists(
                List<Long> longs,
                List<List<Integer>> matrix,
                List<Mood> moods,
                Optional<List<OffsetDateTime>> times,
                Collection<? extends Number> numbers,
                List<?> any,
                @ColumnName("longs") int[] array,
                @ColumnName("longs") List<Optional<Integer>> maybes) {}
        Map<String, PgType> columns = Map.of(
                "longs",
                INTS,
                "matrix",
                INTS,
                "moods",
                TEXTS,
                "times",
                PgType.array(1185, TIMESTAMPTZ),
                "numbers",
                PgType.array(1231, NUMERIC),
                "any",
                INTS);
        RecordMapper<Lists> mapper = RecordMapper.of(Lists.class);
        Lists lists = mapper.map(
                of("t"),
                new TextRow(columns)
                        .with("longs", "{1,2}")
                        .with("matrix", "{{1,2},{3,4}}")
                        .with("moods", "{sad,HAPPY,NULL}")
                        .with("times", "{\"2024-01-01 00:00:00+00\"}")
                        .with("numbers", "{1.50}")
                        .with("any", "{{1},{NULL}}"));
        assertThat(lists.longs()).containsExactly(1L, 2L);
        assertThat(lists.matrix()).containsExactly(List.of(1, 2), List.of(3, 4));
        assertThat(lists.moods()).containsExactly(Mood.SAD, Mood.HAPPY, null);
        assertThat(lists.times().orElseThrow()).containsExactly(OffsetDateTime.parse("2024-01-01T00:00:00Z"));
        assertThat(List.copyOf(lists.numbers())).isEqualTo(List.of(new BigDecimal("1.50")));
        assertThat((Object) lists.any()).isEqualTo(List.of(List.of(1), Arrays.asList((Object) null)));
        assertThat(lists.array()).containsExactly(1, 2);
        assertThat(lists.maybes()).containsExactly(Optional.of(1), Optional.of(2));
        assertThatThrownBy(() -> lists.longs().add(3L)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> lists.matrix().get(0).set(0, 3)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void map_listOfFewerDimensionsThanTheValue() {
        record Flat(List<Integer> longs) {}
        RecordMapper<Flat> mapper = RecordMapper.of(Flat.class);
        TextRow row = new TextRow(Map.of("longs", INTS)).with("longs", "{{1},{2}}");
        assertThatThrownBy(() -> mapper.map(of("t"), row))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessageContaining("dimensions");
    }

    @Test
    void map_otherTypes() {
        record Others(
                Mood mood,
                JsonNode document,
                Object anything,
                Integer boxed,
                double wide,
                @ColumnName("t") String t) {}
        Map<String, PgType> columns =
                Map.of("mood", TEXT, "document", JSONB, "anything", INT4, "boxed", INT4, "wide", INT4, "t", TIME);
        RecordMapper<Others> mapper = RecordMapper.of(Others.class);
        Others others = mapper.map(
                of("t"),
                new TextRow(columns)
                        .with("mood", "happy")
                        .with("document", "{\"a\": 1}")
                        .with("anything", "7")
                        .with("boxed", null)
                        .with("wide", "8")
                        .with("t", "24:00:00"));
        assertThat(others.mood()).isEqualTo(Mood.HAPPY);
        assertThat(others.document().get("a").intValue()).isEqualTo(1);
        assertThat(others.anything()).isEqualTo(7);
        assertThat(others.boxed()).isNull();
        assertThat(others.wide()).isEqualTo(8.0);
        assertThat(others.t()).isEqualTo("24:00:00");
    }

    @Test
    void map_genericRecord() {
        record Pair<A, B extends Number>(A first, B second) {}
        Map<String, PgType> columns = Map.of("first", TEXT, "second", INT4);
        @SuppressWarnings({"rawtypes", "unchecked"})
        RecordMapper<Pair<?, ?>> mapper = (RecordMapper) RecordMapper.of(Pair.class);
        assertThat(mapper.map(of("t"), new TextRow(columns).with("first", "a").with("second", "2")))
                .isEqualTo(new Pair<>("a", 2));
    }

    @Test
    void map_noComponents() {
        record Nothing() {}
        assertThat(RecordMapper.of(Nothing.class).map(of("t"), new TextRow(Map.of())))
                .isEqualTo(new Nothing());
    }

    record Positive(int id) {
        Positive {
            if (id < 1) {
                throw new IllegalArgumentException("id " + id);
            }
        }
    }

    @Test
    void map_constructorThrows() {
        RecordMapper<Positive> mapper = RecordMapper.of(Positive.class);
        TextRow row = new TextRow(Map.of("id", INT4)).with("id", "-31415");
        assertThatThrownBy(() -> mapper.map(of("public.t"), row))
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MAPPING))
                .hasMessageContainingAll(Positive.class.getName(), "public.t", "IllegalArgumentException")
                .hasMessageEndingWith(". [MAPPING]")
                .hasMessageNotContaining("31415")
                .hasCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void of_closedModule(@TempDir Path folder) throws Exception {
        Class<? extends Record> closed = compileIntoModule(folder).asSubclass(Record.class);
        assertThatThrownBy(() -> RecordMapper.of(closed))
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MAPPING))
                .hasMessageContaining("Record com.acme.Closed")
                .hasMessageContaining("module acme")
                .hasMessageContaining("add \"opens com.acme to io.walwire\"")
                .hasMessageEndingWith(". [MAPPING]");
    }

    private static Class<?> compileIntoModule(Path folder) throws IOException, ClassNotFoundException {
        Path descriptor = folder.resolve("module-info.java");
        Path source = folder.resolve("Closed.java");
        Files.writeString(descriptor, "module acme {}");
        Files.writeString(source, "package com.acme; record Closed(int id) {}");
        int result = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-d", folder.toString(), descriptor.toString(), source.toString());
        assertThat(result).isZero();
        ModuleLayer boot = ModuleLayer.boot();
        Configuration configuration =
                boot.configuration().resolve(ModuleFinder.of(folder), ModuleFinder.of(), Set.of("acme"));
        return boot.defineModulesWithOneLoader(configuration, null)
                .findLoader("acme")
                .loadClass("com.acme.Closed");
    }
}
