package io.walwire.docs;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.ArrayList;
import java.util.List;

/** The values that {@code docs/types.md} shows, as SQL; what becomes of them is for a server to say. */
final class TypesDocCases {
    /** Extensions and types that the cases need. */
    static final String[] NEEDED = {
        "CREATE EXTENSION hstore",
        "CREATE EXTENSION citext",
        "CREATE EXTENSION ltree",
        "CREATE TYPE mood AS ENUM ('sad', 'happy')",
        "CREATE TYPE address AS (street text, number int)",
        "CREATE DOMAIN positive AS int4 CHECK (VALUE > 0)",
        "CREATE TYPE hours AS RANGE (subtype = time)"
    };

    /** An enum to read text as. */
    enum Mood {
        SAD,
        HAPPY
    }

    /**
     * A line of a table.
     *
     * @param type the column's type in SQL
     * @param value an expression
     * @param shown what the line calls it; empty for the type's own names
     * @param notes what else there is to say
     * @param since the first version of PostgreSQL that has the value
     */
    record Case(String type, String value, String shown, String notes, int since) {}

    /**
     * Which classes a value is read as.
     *
     * @param type the column's type in SQL
     * @param value an expression
     * @param classes those to show
     */
    record Reading(String type, String value, List<Class<?>> classes) {}

    private final List<Case> cases = new ArrayList<>();

    private TypesDocCases() {}

    /** One of every type. */
    static List<Case> types() {
        TypesDocCases types = new TypesDocCases();
        types.numbers();
        types.texts();
        types.times();
        types.documents();
        types.usersOwn();
        types.networkAndGeometry();
        types.ranges();
        types.search();
        types.systems();
        return types.cases;
    }

    private void add(String type, String value, String notes) {
        cases.add(new Case(type, value, "", notes, 0));
    }

    private void own(String shown, String type, String value, String notes) {
        cases.add(new Case(type, value, shown, notes, 0));
    }

    private void numbers() {
        add("bool", "true", "");
        add("int2", "7", "`smallserial` too");
        add("int4", "7", "`serial` too");
        add("int8", "9007199254740993", "`bigserial` too; JavaScript rounds what is beyond 2^53");
        add("float4", "1.1", "");
        add("float8", "0.1", "");
        add("numeric(10,2)", "1.5", "plain decimal with its own scale, never an exponent");
        add("money", "-1234.5", "as PostgreSQL prints it, see below");
        add("oid", "4294967295", "unsigned");
    }

    private void texts() {
        add("text", "'größe'", "");
        add("varchar(20)", "'a'", "");
        add("char(5)", "'ab'", "keeps its blanks");
        add("name", "'a'", "");
        add("\"char\"", "'a'", "PostgreSQL's own one-byte type");
        add("citext", "'MiXed'", "extension; the case is kept");
        add("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "");
        add("bytea", "'\\xdeadbeef'", "");
        add("bit(3)", "'101'", "");
        add("varbit", "'10'", "");
    }

    private void times() {
        add("date", "'2024-02-29'", "");
        add("time", "'12:00:00.120'", "no trailing zeros");
        add("timetz", "'12:00:00+05:30'", "");
        add("timestamp", "'2024-02-29 12:00:00.123456'", "");
        add("timestamptz", "'2024-02-29 12:00:00+02:30'", "always UTC");
        add("interval", "'1 year 2 mons 3 days 04:05:06.789'", "months, days and microseconds kept apart");
    }

    private void documents() {
        add("json", "'{\"b\": 1.10,  \"a\": [1]}'", "the document itself, without white space between its tokens");
        add("jsonb", "'{\"b\": 1.10,  \"a\": [1]}'", "in the order in which PostgreSQL keeps it");
        add("jsonpath", "'$.a[*]'", "");
        add("xml", "'<a>1</a>'", "");
        add("hstore", "'\"a\"=>\"1\", \"b\"=>NULL'", "extension; values may be null");
        add("ltree", "'a.b.c'", "extension");
    }

    private void usersOwn() {
        own("an array", "int4[]", "'{1,NULL,3}'", "of any type; a list of its elements' Java type");
        own("an array, two dimensions", "text[]", "'{{a,b},{c,d}}'", "");
        own("an enum", "mood", "'happy'", "its label; or an enum of yours, see below");
        own("a domain", "positive", "5", "as its base type; `source.columns` has the domain's name");
        own("a composite", "address", "ROW('Main St', 7)", "as PostgreSQL prints it");
        own("a range of your own", "hours", "'[09:00,17:00)'", "as PostgreSQL prints it");
        own("any other type, such as an extension's", "lquery", "'a.*'", "as PostgreSQL prints it");
    }

    private void networkAndGeometry() {
        add("inet", "'192.168.0.1/24'", "");
        add("cidr", "'10.0.0.0/8'", "");
        add("macaddr", "'08:00:2b:01:02:03'", "");
        add("macaddr8", "'08:00:2b:ff:fe:01:02:03'", "");
        add("point", "'(1,2.5)'", "");
        add("line", "'{1,-1,0}'", "");
        add("lseg", "'[(0,0),(1,1)]'", "");
        add("box", "'(1,1),(0,0)'", "");
        add("path", "'[(0,0),(1,1)]'", "");
        add("polygon", "'((0,0),(1,1),(2,0))'", "");
        add("circle", "'<(0,0),1>'", "");
    }

    private void ranges() {
        add("int4range", "'[1,10]'", "PostgreSQL's canonical form of it");
        add("int8range", "'empty'", "");
        add("numrange", "'(,5)'", "");
        add("daterange", "'[2024-01-01,2024-02-01)'", "");
        add("tsrange", "'[2024-01-01 00:00,)'", "");
        add("tstzrange", "'[2024-01-01 00:00+02,)'", "in UTC");
        add("int4multirange", "'{[1,3),[5,7)}'", "");
        add("int8multirange", "'{}'", "");
        add("nummultirange", "'{[1.5,2)}'", "");
        add("datemultirange", "'{[2024-01-01,2024-02-01)}'", "");
        add("tsmultirange", "'{[2024-01-01 00:00,)}'", "");
        add("tstzmultirange", "'{[2024-01-01 00:00+02,)}'", "in UTC");
    }

    private void search() {
        add("tsvector", "'fat:1 cat:2'", "");
        add("tsquery", "'fat & cat'", "");
    }

    private void systems() {
        add("pg_lsn", "'16/B374D848'", "");
        add("xid", "'740'", "");
        add("xid8", "'18446744073709551615'", "");
        add("cid", "'0'", "");
        add("tid", "'(0,1)'", "");
        add("pg_snapshot", "'10:20:10,14'", "");
        add("txid_snapshot", "'10:20:10,14'", "");
        add("regclass", "'pg_class'", "the name, or the number where there is none; so all `reg…` types");
        add("regcollation", "'\"C\"'", "");
        add("regconfig", "'english'", "");
        add("regdictionary", "'simple'", "");
        add("regnamespace", "'pg_catalog'", "");
        add("regoper", "'!!'", "");
        add("regoperator", "'+(integer,integer)'", "");
        add("regproc", "'pi'", "");
        add("regprocedure", "'pi()'", "");
        add("regrole", "'pg_monitor'", "");
        add("regtype", "'integer'", "");
        add("refcursor", "'c'", "");
        add("aclitem", "'pg_monitor=r/pg_monitor'", "");
        add("int2vector", "'1 2 3'", "no array to PostgreSQL either");
        add("oidvector", "'1 2 3'", "the same");
    }

    /** Values that ask for attention. */
    static List<Case> values() {
        TypesDocCases values = new TypesDocCases();
        values.add("time", "'24:00'", "");
        values.add("timetz", "'24:00+00'", "");
        values.add("time[]", "'{12:00,24:00}'", "one element is enough");
        values.add("date", "'infinity'", "");
        values.add("date", "'-infinity'", "");
        values.add("timestamp", "'infinity'", "");
        values.add("timestamp", "'-infinity'", "");
        values.add("timestamptz", "'infinity'", "");
        values.add("timestamptz", "'-infinity'", "");
        values.cases.add(new Case("interval", "'infinity'", "", "PostgreSQL 17", 17));
        values.cases.add(new Case("interval", "'-infinity'", "", "PostgreSQL 17", 17));
        values.add("date", "'12345-01-01'", "more than four digits have a sign");
        values.add("date", "'0044-03-15 BC'", "ISO 8601 has a year 0, which is 1 BC");
        values.add("numeric", "'NaN'", "");
        values.add("numeric", "'Infinity'", "");
        values.add("numeric", "'-Infinity'", "");
        values.add("float8", "'NaN'", "");
        values.add("float8", "'-Infinity'", "");
        values.add("float8", "1e300", "");
        values.add("numeric", "1e20", "");
        values.add("interval", "'-1 mon 2 days -00:00:00.5'", "each part has its own sign");
        values.add("interval", "'36:00'", "hours do not become days");
        values.add("interval", "'0'", "");
        values.add("bytea", "''", "");
        values.add("json", "'null'", "JSON's null, not SQL NULL, which prints alike");
        values.add("jsonb", "'123456789012345678901234567890.10'", "");
        values.add("int4[]", "'{}'", "");
        values.add("int4[]", "'[0:1]={5,6}'", "only `Row.text` has the bounds");
        values.add("address", "ROW(NULL, 7)", "");
        return values.cases;
    }

    /** Classes that values are read as beside their own. */
    static List<Reading> readings() {
        return List.of(
                integer("int2"),
                integer("int4"),
                integer("int8"),
                integer("oid"),
                new Reading("numeric", "7.00", numberClasses()),
                new Reading("float4", "0.5", numberClasses()),
                new Reading("float8", "0.5", numberClasses()),
                new Reading(
                        "timestamptz",
                        "'2024-02-29 12:00:00+00'",
                        List.of(OffsetDateTime.class, java.time.ZonedDateTime.class, Long.class)),
                new Reading("timetz", "'12:00:00+00'", List.of(java.time.LocalTime.class, OffsetTime.class)),
                new Reading("text", "'happy'", List.of(Mood.class, Integer.class)),
                new Reading("mood", "'happy'", List.of(Mood.class)),
                new Reading(
                        "int4[]",
                        "'{1,2}'",
                        List.of(int[].class, Integer[].class, long[].class, BigDecimal[].class, int[][].class)),
                new Reading("text[]", "'{sad,happy}'", List.of(String[].class, Mood[].class, int[].class)));
    }

    private static Reading integer(String type) {
        return new Reading(type, "7", numberClasses());
    }

    private static List<Class<?>> numberClasses() {
        return List.of(
                Byte.class,
                Short.class,
                Integer.class,
                Long.class,
                BigInteger.class,
                BigDecimal.class,
                Float.class,
                Double.class);
    }
}
