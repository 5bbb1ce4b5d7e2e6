package io.walwire;

import static java.time.ZoneOffset.UTC;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.walwire.event.Interval;
import io.walwire.event.NumericSpecial;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Values of every type, each with what JSON and Java make of it. */
final class ValueCases {
    /** For a value that its Java type cannot hold. */
    static final Object UNREPRESENTABLE = "no Java value";

    /** Extensions and types that the cases need. */
    static final String[] TYPES = {
        "CREATE EXTENSION hstore",
        "CREATE EXTENSION citext",
        "CREATE EXTENSION ltree",
        "CREATE SCHEMA app",
        "CREATE TYPE integration_status AS ENUM ('in progress', 'Done')",
        "CREATE TYPE app.date AS ENUM ('today')",
        "CREATE TYPE pair AS (a int, b text, c text, d int[])",
        "CREATE TYPE nested AS (p pair, at timestamptz)",
        "CREATE DOMAIN positive AS int4 CHECK (VALUE > 0)",
        "CREATE DOMAIN very_positive AS positive CHECK (VALUE > 10)",
        "CREATE DOMAIN moment AS timestamptz",
        "CREATE DOMAIN tags AS text[]",
        "CREATE TYPE spans AS RANGE (subtype = float8)"
    };

    /**
     * A value of a column.
     *
     * @param type the column's
     * @param sql the value, an expression
     * @param json what it prints as
     * @param java what it is read as
     */
    record Case(String type, String sql, String json, Object java) {}

    private final List<Case> cases = new ArrayList<>();

    private ValueCases() {}

    /** All that a version of PostgreSQL has. */
    static List<Case> of(int version) {
        ValueCases all = new ValueCases();
        all.numbers(version);
        all.texts(version);
        all.dates();
        all.times();
        all.intervals(version);
        all.json();
        all.arrays();
        all.asPostgresPrintsThem();
        all.usersTypes();
        return List.copyOf(all.cases);
    }

    private void add(String type, String sql, String json, Object java) {
        cases.add(new Case(type, sql, json, java));
    }

    /** A value whose JSON is the string of its text, and that Java reads as something else. */
    private void string(String type, String literal, String json, Object java) {
        add(type, "'" + literal + "'", "\"" + json + "\"", java);
    }

    private void text(String type, String sql, String value) {
        add(type, sql, "\"" + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(value)) + "\"", value);
    }

    private void numbers(int version) {
        add("bool", "true", "true", true);
        add("bool", "false", "false", false);
        add("int2", "-32768", "-32768", Short.MIN_VALUE);
        add("int4", "2147483647", "2147483647", Integer.MAX_VALUE);
        add("int8", "-9223372036854775808", "-9223372036854775808", Long.MIN_VALUE);
        add("oid", "4294967295", "4294967295", 4294967295L);
        add("float4", "1.1", "1.1", 1.1f);
        add("float4", "'-0'", "-0", -0f);
        add("float4", "'NaN'", "\"NaN\"", Float.NaN);
        add("float4", "'1e-45'", "1e-45", Float.MIN_VALUE);
        add("float4", "'3.4028235e38'", "3.4028235e+38", Float.MAX_VALUE);
        add("float8", "0.1", "0.1", 0.1);
        add("float8", "1.0/3", "0.3333333333333333", 1.0 / 3);
        add("float8", "'-0'", "-0", -0.0);
        add("float8", "'Infinity'", "\"Infinity\"", Double.POSITIVE_INFINITY);
        add("float8", "'-Infinity'", "\"-Infinity\"", Double.NEGATIVE_INFINITY);
        add("float8", "'5e-324'", "5e-324", Double.MIN_VALUE);
        add("float8", "'1.7976931348623157e308'", "1.7976931348623157e+308", Double.MAX_VALUE);
        add("numeric", "1.50", "1.50", new BigDecimal("1.50"));
        add("numeric", "-0.000001", "-0.000001", new BigDecimal("-0.000001"));
        add("numeric(10,2)", "7", "7.00", new BigDecimal("7.00"));
        add("numeric", "1e30", "1" + "0".repeat(30), new BigDecimal("1" + "0".repeat(30)));
        add("numeric", "'NaN'", "\"NaN\"", NumericSpecial.NAN);
        add("numeric", "'Infinity'", "\"Infinity\"", NumericSpecial.INFINITY);
        add("numeric", "'-Infinity'", "\"-Infinity\"", NumericSpecial.NEGATIVE_INFINITY);
        if (version >= 15) {
            add("numeric(3,-2)", "12345", "12300", new BigDecimal("12300"));
        }
        text("money", "'-1234.5'::numeric::money", "-$1,234.50");
    }

    private void texts(int version) {
        text("text", "E'a\\n\"b\"\\\\\\t\\x01 größe 😀'", "a\n\"b\"\\\t\u0001 größe 😀");
        text("text", "''", "");
        text("text", "'NULL'", "NULL");
        text("varchar(20)", "' blanks '", " blanks ");
        text("char(5)", "'ab'", "ab   ");
        text("\"char\"", "'x'", "x");
        text("\"char\"", "''", "");
        if (version >= 16) {
            text("\"char\"", "'\\200'", "\\200");
        }
        text("name", "repeat('n', 63)", "n".repeat(63));
        text("citext", "'MiXed'", "MiXed");
        text("xml", "'<a b=\"1\">&amp;</a>'", "<a b=\"1\">&amp;</a>");
        UUID uuid = UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
        string("uuid", "A0EEBC999C0B4EF8BB6D6BB9BD380A11", uuid.toString(), uuid);
        string("bytea", "\\xdeadbeef00ff5c27", "3q2+7wD/XCc=", new byte[] {-34, -83, -66, -17, 0, -1, 92, 39});
        string("bytea", "", "", new byte[0]);
    }

    private void dates() {
        string("date", "2024-02-29", "2024-02-29", LocalDate.of(2024, 2, 29));
        string("date", "infinity", "infinity", LocalDate.MAX);
        string("date", "-infinity", "-infinity", LocalDate.MIN);
        string("date", "0044-03-15 BC", "-0043-03-15", LocalDate.of(-43, 3, 15));
        string("date", "0001-02-29 BC", "0000-02-29", LocalDate.of(0, 2, 29));
        string("date", "12345-01-01", "+12345-01-01", LocalDate.of(12345, 1, 1));
        string("date", "5874897-12-31", "+5874897-12-31", LocalDate.of(5874897, 12, 31));
        string(
                "timestamp",
                "2024-02-29 12:00:00.123456",
                "2024-02-29T12:00:00.123456",
                LocalDateTime.parse("2024-02-29T12:00:00.123456"));
        string("timestamp", "2024-02-29 12:00", "2024-02-29T12:00:00", LocalDateTime.of(2024, 2, 29, 12, 0));
        string(
                "timestamp",
                "294276-12-31 23:59:59.999999",
                "+294276-12-31T23:59:59.999999",
                LocalDateTime.of(294276, 12, 31, 23, 59, 59, 999_999_000));
        string("timestamp", "4713-01-01 00:00:00 BC", "-4712-01-01T00:00:00", LocalDateTime.of(-4712, 1, 1, 0, 0));
        string("timestamp", "infinity", "infinity", LocalDateTime.MAX);
        string("timestamp", "-infinity", "-infinity", LocalDateTime.MIN);
        string(
                "timestamptz",
                "2024-02-29 01:00:00.120+02:30",
                "2024-02-28T22:30:00.12Z",
                Instant.parse("2024-02-28T22:30:00.12Z"));
        string(
                "timestamptz",
                "294276-12-31 23:59:59.999999+00",
                "+294276-12-31T23:59:59.999999Z",
                LocalDateTime.of(294276, 12, 31, 23, 59, 59, 999_999_000).toInstant(UTC));
        string(
                "timestamptz",
                "0044-03-15 00:00:00+00 BC",
                "-0043-03-15T00:00:00Z",
                LocalDateTime.of(-43, 3, 15, 0, 0).toInstant(UTC));
        string("timestamptz", "1800-01-01 00:00:00+00", "1800-01-01T00:00:00Z", Instant.parse("1800-01-01T00:00:00Z"));
        string("timestamptz", "infinity", "infinity", Instant.MAX);
        string("timestamptz", "-infinity", "-infinity", Instant.MIN);
    }

    private void times() {
        string("time", "23:59:59.999999", "23:59:59.999999", LocalTime.parse("23:59:59.999999"));
        string("time", "12:00:00.120", "12:00:00.12", LocalTime.parse("12:00:00.12"));
        string("time", "24:00:00", "24:00:00", UNREPRESENTABLE);
        string("timetz", "12:00:00+05:30", "12:00:00+05:30", OffsetTime.parse("12:00:00+05:30"));
        string("timetz", "01:02:03+00", "01:02:03+00:00", OffsetTime.of(1, 2, 3, 0, UTC));
        string(
                "timetz",
                "12:00:00.5-05:21:10",
                "12:00:00.5-05:21:10",
                OffsetTime.of(12, 0, 0, 500_000_000, ZoneOffset.ofHoursMinutesSeconds(-5, -21, -10)));
        string("timetz", "24:00:00-15:59", "24:00:00-15:59", UNREPRESENTABLE);
    }

    private void intervals(int version) {
        string(
                "interval",
                "1 year 2 mons 3 days 04:05:06.789",
                "P1Y2M3DT4H5M6.789S",
                new Interval(14, 3, 14_706_789_000L));
        string(
                "interval",
                "10 mons -3 days -04:05:06.789",
                "P10M-3DT-4H-5M-6.789S",
                new Interval(10, -3, -14_706_789_000L));
        string("interval", "0", "PT0S", new Interval(0, 0, 0));
        string("interval", "-178000000 years", "P-178000000Y", new Interval(-2_136_000_000, 0, 0));
        string("interval", "00:00:00.000001", "PT0.000001S", new Interval(0, 0, 1));
        if (version >= 15) {
            string(
                    "interval",
                    "-2500000000 hours",
                    "PT-2500000000H",
                    new Interval(0, 0, -2_500_000_000L * 3_600_000_000L));
        }
        if (version >= 17) {
            string("interval", "infinity", "infinity", Interval.INFINITY);
            string("interval", "-infinity", "-infinity", Interval.NEGATIVE_INFINITY);
        }
    }

    private void json() {
        add(
                "json",
                "E'{\"a\" : 1.10,\\n \"a\": [ 1e400, \"b \\\\u00e9\" ] }'",
                "{\"a\":1.10,\"a\":[1e400,\"b \\u00e9\"]}",
                "{\"a\" : 1.10,\n \"a\": [ 1e400, \"b \\u00e9\" ] }");
        add("json", "'null'", "null", "null");
        add(
                "jsonb",
                "'{\"b\": 12345678901234567890.1234567890, \"a\": null}'",
                "{\"a\":null,\"b\":12345678901234567890.1234567890}",
                "{\"a\": null, \"b\": 12345678901234567890.1234567890}");
        add("jsonb", "'\"text\"'", "\"text\"", "\"text\"");
        text("jsonpath", "'$.a[*]'", "$.\"a\"[*]");
    }

    private void arrays() {
        add("int4[]", "'{1,NULL,3}'", "[1,null,3]", list(1, null, 3));
        add("int4[]", "'{}'", "[]", List.of());
        add("int4[]", "'{{1,2},{3,4}}'", "[[1,2],[3,4]]", List.of(List.of(1, 2), List.of(3, 4)));
        add("int4[]", "'[0:1]={5,6}'", "[5,6]", List.of(5, 6));
        add("int4[]", "'[-1:0][2:3]={{1,2},{3,4}}'", "[[1,2],[3,4]]", List.of(List.of(1, 2), List.of(3, 4)));
        add(
                "text[]",
                "'{NULL,\"NULL\",\"a\\\"b\",\"a\\\\b\",\"a,b\",\"\",\" x \",\"{}\"}'",
                "[null,\"NULL\",\"a\\\"b\",\"a\\\\b\",\"a,b\",\"\",\" x \",\"{}\"]",
                list(null, "NULL", "a\"b", "a\\b", "a,b", "", " x ", "{}"));
        add(
                "box[]",
                "'{(2,2),(1,1);(4,4),(3,3)}'",
                "[\"(2,2),(1,1)\",\"(4,4),(3,3)\"]",
                List.of("(2,2),(1,1)", "(4,4),(3,3)"));
        add("bool[]", "'{t,f}'", "[true,false]", List.of(true, false));
        add("numeric[]", "'{1.50,NaN}'", "[1.50,\"NaN\"]", List.of(new BigDecimal("1.50"), NumericSpecial.NAN));
        add(
                "timestamptz[]",
                "'{2024-01-01 00:00:00+00,infinity}'",
                "[\"2024-01-01T00:00:00Z\",\"infinity\"]",
                List.of(Instant.parse("2024-01-01T00:00:00Z"), Instant.MAX));
        add("time[]", "'{12:00,24:00}'", "[\"12:00:00\",\"24:00:00\"]", UNREPRESENTABLE);
        add(
                "interval[]",
                "'{1 mon,01:00}'",
                "[\"P1M\",\"PT1H\"]",
                List.of(new Interval(1, 0, 0), new Interval(0, 0, 3_600_000_000L)));
        add("json[]", "ARRAY['{\"a\": 1}'::json]", "[{\"a\":1}]", List.of("{\"a\": 1}"));
        add("positive[]", "'{1,2}'", "[1,2]", List.of(1, 2));
        add("tags", "'{a,\"b c\"}'", "[\"a\",\"b c\"]", List.of("a", "b c"));
        add("tags[]", "ARRAY['{a,b}'::tags]", "[[\"a\",\"b\"]]", List.of(List.of("a", "b")));
        add(
                "integration_status[]",
                "'{\"in progress\",Done}'",
                "[\"in progress\",\"Done\"]",
                List.of("in progress", "Done"));
        add("int4range[]", "'{\"[1,3)\",empty}'", "[\"[1,3)\",\"empty\"]", List.of("[1,3)", "empty"));
        add("hstore[]", "ARRAY['a=>1'::hstore]", "[{\"a\":\"1\"}]", List.of(Map.of("a", "1")));
        add("pair[]", "ARRAY[ROW(1,'x',NULL,'{2}')::pair]", "[\"(1,x,,{2})\"]", List.of("(1,x,,{2})"));
        text("int2vector", "'1 2 3'", "1 2 3");
        text("oidvector", "'1 2 3'", "1 2 3");
    }

    private void asPostgresPrintsThem() {
        Map<String, String> byType = new HashMap<>(Map.of(
                "point",
                "(1,2.5)",
                "line",
                "{1,-1,0}",
                "lseg",
                "[(0,0),(1,1)]",
                "box",
                "(1,1),(0,0)",
                "path",
                "[(0,0),(1,1)]",
                "polygon",
                "((0,0),(1,1),(2,0))",
                "circle",
                "<(0,0),1>"));
        byType.putAll(Map.of(
                "inet",
                "192.168.0.1/24",
                "cidr",
                "10.0.0.0/8",
                "macaddr",
                "08:00:2b:01:02:03",
                "macaddr8",
                "08:00:2b:ff:fe:01:02:03",
                "bit(3)",
                "101",
                "pg_lsn",
                "16/B374D848",
                "xid8",
                "18446744073709551615",
                "ltree",
                "a.b.c"));
        byType.putAll(Map.of(
                "tsvector",
                "'cat':2 'fat':1",
                "tsquery",
                "'fat' & 'cat'",
                "int4range",
                "[1,11)",
                "numrange",
                "(,5)",
                "int8range",
                "empty",
                "tsrange",
                "[\"2020-01-01 00:00:00\",infinity)",
                "int4multirange",
                "{[1,3),[5,7)}",
                "datemultirange",
                "{}",
                "spans",
                "[0.1,2.5)"));
        byType.forEach((type, value) -> text(type, "'" + value.replace("'", "''") + "'", value));
        text("inet", "'::1'", "::1");
        text("varbit", "B''", "");
        text("tstzrange", "'[2024-01-01 00:00+05:30,)'", "[\"2023-12-31 18:30:00+00\",)");
    }

    private void usersTypes() {
        text("integration_status", "'in progress'", "in progress");
        text("app.date", "'today'", "today");
        text("pair", "ROW(1, 'a \"q\" (x)', NULL, '{1,2}')", "(1,\"a \"\"q\"\" (x)\",,\"{1,2}\")");
        text("pair", "ROW(NULL, '', NULL, NULL)", "(,\"\",,)");
        text(
                "nested",
                "ROW(ROW(1,'b',NULL,NULL)::pair, '2024-01-01 00:00+05:30')",
                "(\"(1,b,,)\",\"2023-12-31 18:30:00+00\")");
        add("positive", "5", "5", 5);
        add("very_positive", "11", "11", 11);
        string("moment", "2024-01-01 00:00+01", "2023-12-31T23:00:00Z", Instant.parse("2023-12-31T23:00:00Z"));
        Map<String, @Nullable String> pairs = new HashMap<>();
        pairs.put("a", "1");
        pairs.put("b", null);
        pairs.put("q\"k", "x\\y");
        add(
                "hstore",
                "'\"a\"=>\"1\", \"b\"=>NULL, \"q\\\"k\"=>\"x\\\\y\"'",
                "{\"a\":\"1\",\"b\":null,\"q\\\"k\":\"x\\\\y\"}",
                pairs);
        add("hstore", "''", "{}", Map.of());
    }

    private static List<@Nullable Object> list(@Nullable Object... elements) {
        return Arrays.asList(elements);
    }

    /** {@code CREATE TABLE}, a column {@code c0}, {@code c1}, … for each case. */
    static String createTable(List<Case> cases) {
        StringBuilder sql = new StringBuilder("CREATE TABLE everything (id int PRIMARY KEY");
        for (int i = 0; i < cases.size(); i++) {
            sql.append(", c").append(i).append(' ').append(cases.get(i).type());
        }
        return sql.append(')').toString();
    }

    static String insert(List<Case> cases) {
        return cases.stream()
                .map(Case::sql)
                .collect(Collectors.joining(", ", "INSERT INTO everything VALUES (1, ", ")"));
    }
}
