package io.walwire.docs;

import static java.util.function.Predicate.not;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.docs.TypesDocCases.Case;
import io.walwire.docs.TypesDocCases.Reading;
import io.walwire.error.ValueException;
import io.walwire.event.Event;
import io.walwire.event.Interval;
import io.walwire.event.Row;
import io.walwire.event.Transaction;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.temporal.Temporal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The tables of {@code docs/types.md} are what a server's values really become. {@code -Dwalwire.docs.update=true} writes
 * them anew; it needs the newest version of PostgreSQL, for a table holds values that older ones do not have.
 */
class TypesDocTest {
    private static final Path FILE = Path.of("docs/types.md");
    private static final boolean UPDATE = Boolean.getBoolean("walwire.docs.update");

    /** What PostgreSQL makes for itself; their input functions refuse everything. */
    private static final Set<String> WITHOUT_LITERALS = Set.of(
            "gtsvector",
            "pg_brin_bloom_summary",
            "pg_brin_minmax_multi_summary",
            "pg_dependencies",
            "pg_mcv_list",
            "pg_ndistinct",
            "pg_node_tree");

    private static final Map<Object, String> CONSTANTS = Map.of(
            LocalDate.MAX, "LocalDate.MAX",
            LocalDate.MIN, "LocalDate.MIN",
            LocalDateTime.MAX, "LocalDateTime.MAX",
            LocalDateTime.MIN, "LocalDateTime.MIN",
            Instant.MAX, "Instant.MAX",
            Instant.MIN, "Instant.MIN",
            Interval.INFINITY, "Interval.INFINITY",
            Interval.NEGATIVE_INFINITY, "Interval.NEGATIVE_INFINITY");

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onSharedServer();

    private static int version;
    private static List<Event> types = List.of();
    private static List<@Nullable Event> values = List.of();
    private static List<Event> readings = List.of();

    /** Each value in a table of its own, and all tables in one transaction. */
    @BeforeAll
    static void deliver() throws Exception {
        version = (int) (DATABASE.queryLong("SELECT current_setting('server_version_num')::int") / 10_000);
        DATABASE.sql(TypesDocCases.NEEDED);
        List<String> creations = new ArrayList<>();
        List<String> insertions = new ArrayList<>();
        prepare("type", TypesDocCases.types(), creations, insertions);
        prepare("value", TypesDocCases.values(), creations, insertions);
        List<Case> readAs = TypesDocCases.readings().stream()
                .map(reading -> new Case(reading.type(), reading.value(), "", "", 0))
                .toList();
        prepare("reading", readAs, creations, insertions);
        DATABASE.sql(creations.toArray(String[]::new));
        DATABASE.sql("CREATE PUBLICATION events FOR ALL TABLES");
        Recorder<Transaction> transactions = new Recorder<>();
        try (Walwire walwire = Walwire.builder()
                .url(DATABASE.url())
                .publication("events")
                .handler(on -> on.onTransaction(transactions::add))
                .start()) {
            DATABASE.inTransaction(insertions.toArray(String[]::new));
            Map<String, Event> byTable = transactions.await(1).get(0).events().stream()
                    .collect(Collectors.toMap(
                            event -> Objects.requireNonNull(event.source().table()), event -> event));
            assertThat(walwire.state().isFinal()).isFalse();
            types = events("type", TypesDocCases.types().size(), byTable);
            values = events("value", TypesDocCases.values().size(), byTable);
            readings = events("reading", readAs.size(), byTable);
        }
    }

    private static void prepare(String kind, List<Case> cases, List<String> creations, List<String> insertions) {
        for (int i = 0; i < cases.size(); i++) {
            Case each = cases.get(i);
            if (each.since() <= version) {
                creations.add("CREATE TABLE " + kind + "_" + i + " (v " + each.type() + ")");
                insertions.add("INSERT INTO " + kind + "_" + i + " VALUES (" + each.value() + ")");
            }
        }
    }

    private static List<@Nullable Event> events(String kind, int count, Map<String, Event> byTable) {
        List<@Nullable Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(byTable.get(kind + "_" + i));
        }
        return events;
    }

    @Test
    void types_areWhatArrives() throws Exception {
        List<@Nullable String> lines = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            Event event = types.get(i);
            Case shown = TypesDocCases.types().get(i);
            Object value = Objects.requireNonNull(row(event).get("v"));
            String name = shown.shown().isEmpty() ? names(event, "type_" + i) : shown.shown();
            lines.add(line(name, code(javaName(value)), jsonKind(event, value), code(json(event)), shown.notes()));
        }
        check("types", lines);
    }

    @Test
    void values_areWhatArrives() throws Exception {
        List<@Nullable String> lines = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            Event event = values.get(i);
            if (event == null) {
                lines.add(null);
                continue;
            }
            String text = row(event).text("v");
            lines.add(line(
                    text == null || text.isEmpty() ? "(empty)" : code(text),
                    code(type(event)),
                    javaValue(row(event)),
                    code(json(event)),
                    TypesDocCases.values().get(i).notes()));
        }
        check("values", lines);
    }

    @Test
    void readings_areWhatArrives() throws Exception {
        List<@Nullable String> lines = new ArrayList<>();
        for (int i = 0; i < readings.size(); i++) {
            Event event = readings.get(i);
            Reading reading = TypesDocCases.readings().get(i);
            Object own = Objects.requireNonNull(row(event).get("v"));
            lines.add(line(
                    type(event).equals("mood") ? "an enum" : code(type(event)),
                    code(javaName(own)),
                    reading.classes().stream()
                            .filter(not(own.getClass()::equals))
                            .filter(wanted -> fits(row(event), wanted))
                            .map(TypesDocTest::className)
                            .collect(Collectors.joining(", "))));
        }
        check("readings", lines);
    }

    @Test
    void types_areAllThatPostgresHas() throws SQLException {
        Set<String> documented = types.stream().map(TypesDocTest::type).collect(Collectors.toSet());
        assertThat(DATABASE.query("""
                        SELECT typname::text FROM pg_type
                        WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm')
                          AND typinput <> 'array_in'::regproc""").stream()
                        .map(row -> String.valueOf(row.get("typname")))
                        .filter(not(WITHOUT_LITERALS::contains)))
                .as("PostgreSQL's own types, which %s has to have", FILE)
                .hasSizeGreaterThan(50)
                .isSubsetOf(documented);
    }

    /** Lines that are null are those that this server has no value for. */
    private static void check(String table, List<@Nullable String> lines) throws IOException {
        if (UPDATE) {
            assertThat(lines)
                    .as("the table with every value; use a newer PostgreSQL")
                    .doesNotContainNull();
            update(table, lines);
        }
        List<String> all = Files.readAllLines(FILE);
        int first = all.indexOf("<!-- " + table + " -->") + 3;
        int end = all.indexOf("<!-- end of " + table + " -->");
        assertThat(end - first).as("lines of table %s in %s", table, FILE).isEqualTo(lines.size());
        assertThat(IntStream.range(0, lines.size())
                        .filter(i -> lines.get(i) != null && !all.get(first + i).equals(lines.get(i)))
                        .mapToObj(i -> "line " + (first + i + 1) + " says " + all.get(first + i)
                                + System.lineSeparator() + "   but it is " + lines.get(i)))
                .as("%s, where it is wrong; -Dwalwire.docs.update=true writes the tables again", FILE)
                .isEmpty();
    }

    private static void update(String table, List<@Nullable String> lines) throws IOException {
        List<String> all = new ArrayList<>(Files.readAllLines(FILE));
        int first = all.indexOf("<!-- " + table + " -->") + 3;
        List<String> old = all.subList(first, all.indexOf("<!-- end of " + table + " -->"));
        old.clear();
        lines.forEach(line -> old.add(Objects.requireNonNull(line)));
        Files.write(FILE, all);
    }

    /** As {@code source.columns} has it, and as SQL has it where that differs. */
    private static String names(Event event, String table) throws SQLException {
        String name = type(event);
        String sql = DATABASE.queryString(
                "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = ?::regclass AND attname = 'v'",
                table);
        return code(name) + (sql.equals(name) ? "" : ", " + code(sql));
    }

    private static String type(Event event) {
        return Objects.requireNonNull(event.source().columns().get("v"));
    }

    private static Row row(Event event) {
        return Objects.requireNonNull(Typed.row(event).afterRow());
    }

    /** What stands between the braces of {@code {"v":…}}. */
    private static String json(Event event) {
        String json = row(event).toJson();
        assertThat(json).startsWith("{\"v\":").endsWith("}");
        return json.substring(5, json.length() - 1);
    }

    private static String jsonKind(Event event, Object value) {
        if (type(event).startsWith("json") && !type(event).equals("jsonpath")) {
            return "itself";
        }
        return switch (json(event).charAt(0)) {
            case '"' ->
                value instanceof byte[]
                        ? "text, base64"
                        : value instanceof Temporal || value instanceof Interval ? "text, ISO 8601" : "text";
            case '{' -> "object";
            case '[' -> "array";
            case 't', 'f' -> "boolean";
            default -> "number";
        };
    }

    private static String javaName(Object value) {
        if (value instanceof List<?> list) {
            return "List<" + javaName(Objects.requireNonNull(list.get(0))) + ">";
        }
        if (value instanceof Map<?, ?> map) {
            assertThat(map.keySet()).allMatch(String.class::isInstance);
            assertThat(map.values()).allMatch(each -> each == null || each instanceof String);
            return "Map<String, String>";
        }
        return value.getClass().getSimpleName();
    }

    private static String javaValue(Row row) {
        Object value;
        try {
            value = Objects.requireNonNull(row.get("v"));
        } catch (ValueException none) {
            assertThat(none.reason()).isEqualTo(ValueException.Reason.NOT_REPRESENTABLE);
            return "`ValueException`";
        }
        if (value instanceof Enum<?> constant) {
            return code(constant.getDeclaringClass().getSimpleName() + "." + constant.name());
        }
        if (value instanceof byte[] bytes) {
            return code("byte[" + bytes.length + "]");
        }
        if (value instanceof List<?> list) {
            return "`List` of " + code(list.toString());
        }
        String constant = CONSTANTS.get(value);
        return constant == null ? code(javaName(value)) + " of " + code(value.toString()) : code(constant);
    }

    private static boolean fits(Row row, Class<?> wanted) {
        try {
            return row.get("v", wanted) != null;
        } catch (ValueException refused) {
            return false;
        }
    }

    private static String className(Class<?> type) {
        return type.isEnum()
                ? "an enum"
                : type.isArray() && type.getComponentType().isEnum()
                        ? "an array of an enum"
                        : code(type.getSimpleName());
    }

    private static String code(String text) {
        assertThat(text).doesNotContain("`", "|");
        return "`" + text + "`";
    }

    private static String line(String... cells) {
        return ("| " + String.join(" | ", cells) + " |").replace("  |", " |");
    }
}
