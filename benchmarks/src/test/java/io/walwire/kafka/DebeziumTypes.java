package io.walwire.kafka;

import java.util.Map;
import java.util.TreeMap;

/** Types whose values are compared with Debezium's. */
final class DebeziumTypes {
    /** A value of each type, as SQL, by the type. */
    static final Map<String, String> VALUES = new TreeMap<>(Map.ofEntries(
            Map.entry("bool", "true"),
            Map.entry("int2", "7"),
            Map.entry("int4", "7"),
            Map.entry("int8", "9007199254740993"),
            Map.entry("float4", "1.1"),
            Map.entry("float8", "0.1"),
            Map.entry("numeric", "1.50"),
            Map.entry("numeric(10,2)", "1.50"),
            Map.entry("money", "1234.50"),
            Map.entry("oid", "42"),
            Map.entry("text", "'größe'"),
            Map.entry("varchar", "'a'"),
            Map.entry("char(5)", "'ab'"),
            Map.entry("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"),
            Map.entry("bytea", "'\\xdeadbeef'"),
            Map.entry("bit(3)", "B'101'"),
            Map.entry("bit(1)", "B'1'"),
            Map.entry("varbit", "B'10'"),
            Map.entry("date", "'2024-02-29'"),
            Map.entry("time", "'12:00:00.12'"),
            Map.entry("timetz", "'12:00:00+05:30'"),
            Map.entry("timestamp", "'2024-02-29 12:00:00.123456'"),
            Map.entry("timestamptz", "'2024-02-29 12:00:00.123456+02:30'"),
            Map.entry("interval", "'1 year 2 months 3 days 04:05:06.789'"),
            Map.entry("json", "'{\"b\": 1.10, \"a\": [1]}'"),
            Map.entry("jsonb", "'{\"b\": 1.10, \"a\": [1]}'"),
            Map.entry("xml", "'<a>1</a>'"),
            Map.entry("int4[]", "'{1,NULL,3}'"),
            Map.entry("text[]", "'{a,b}'"),
            Map.entry("mood", "'happy'"),
            Map.entry("posint", "5"),
            Map.entry("inet", "'192.168.0.1/24'"),
            Map.entry("cidr", "'10.0.0.0/8'"),
            Map.entry("macaddr", "'08:00:2b:01:02:03'"),
            Map.entry("point", "'(1,2.5)'"),
            Map.entry("int4range", "'[1,10]'"),
            Map.entry("numrange", "'(,5)'"),
            Map.entry("tsrange", "'[2024-01-01,)'"),
            Map.entry("tstzrange", "'[2024-01-01 00:00+02,)'"),
            Map.entry("daterange", "'[2024-01-01,2024-01-31]'"),
            Map.entry("tsvector", "'fat:1 cat:2'"),
            Map.entry("citext", "'MiXed'"),
            Map.entry("hstore", "'a=>1,b=>NULL'"),
            Map.entry("ltree", "'a.b.c'")));

    /** Debezium's JSON of these values, and that of {@link KafkaValue#debezium}: docs/kafka.md lists them. */
    static final Map<String, String> DIFFERENT = new TreeMap<>(Map.ofEntries(
            Map.entry("bit(1)", "true \"1\""),
            Map.entry("bit(3)", "\"BQ==\" \"101\""),
            Map.entry("varbit", "\"Ag==\" \"10\""),
            Map.entry("date", "19782 \"2024-02-29\""),
            Map.entry("time", "43200120000 \"12:00:00.12\""),
            Map.entry("timetz", "\"06:30:00Z\" \"12:00:00+05:30\""),
            Map.entry("timestamp", "1709208000123456 \"2024-02-29T12:00:00.123456\""),
            Map.entry("interval", "37091106789000 \"P1Y2M3DT4H5M6.789S\""),
            Map.entry("numeric", "{\"scale\":1,\"value\":\"Dw==\"} 1.50"),
            Map.entry("numeric(10,2)", "\"AJY=\" 1.50"),
            Map.entry("money", "\"AeI6\" \"$1,234.50\""),
            Map.entry("json", "\"{\\\"b\\\": 1.10, \\\"a\\\": [1]}\" {\"b\":1.10,\"a\":[1]}"),
            Map.entry("jsonb", "\"{\\\"a\\\": [1], \\\"b\\\": 1.10}\" {\"a\":[1],\"b\":1.10}"),
            Map.entry("hstore", "\"{\\\"a\\\":\\\"1\\\",\\\"b\\\":null}\" {\"a\":\"1\",\"b\":null}"),
            Map.entry(
                    "point",
                    "{\"x\":1.0,\"y\":2.5,\"wkb\":\"AQEAAAAAAAAAAADwPwAAAAAAAARA\",\"srid\":null} \"(1,2.5)\"")));

    private DebeziumTypes() {}
}
