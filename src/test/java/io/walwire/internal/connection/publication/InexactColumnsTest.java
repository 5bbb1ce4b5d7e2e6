package io.walwire.internal.connection.publication;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which published columns keep a stream from being in binary. */
class InexactColumnsTest {
    private static final List<String> EXACT = List.of(
            "bool",
            "int2",
            "int4",
            "int8",
            "float4",
            "float8",
            "numeric(10, 2)",
            "money",
            "text",
            "varchar(9)",
            "char(3)",
            "name",
            "\"char\"",
            "bytea",
            "json",
            "jsonb",
            "jsonpath",
            "xml",
            "uuid",
            "date",
            "time",
            "timetz",
            "timestamp",
            "timestamptz",
            "interval",
            "inet",
            "cidr",
            "macaddr",
            "macaddr8",
            "bit(5)",
            "varbit",
            "point",
            "lseg",
            "line",
            "box",
            "path",
            "polygon",
            "circle",
            "tsvector",
            "tsquery",
            "oid",
            "xid",
            "xid8",
            "cid",
            "tid",
            "pg_lsn",
            "int2vector",
            "oidvector",
            "int4range",
            "nummultirange",
            "int4[]",
            "text[]",
            "box[]",
            "daterange[]",
            "mood",
            "mood[]",
            "moody",
            "pair",
            "pair[]",
            "nested",
            "positive",
            "positive[]",
            "floats",
            "hstore",
            "citext",
            "citext[]",
            "ltree",
            "lquery",
            "aclitem",
            "seg");

    private static final List<String> INEXACT = List.of(
            "regclass",
            "regtype",
            "regproc",
            "regrole[]",
            "pg_snapshot",
            "txid_snapshot",
            "cube",
            "cube[]",
            "cubic",
            "cubic[]",
            "cubes",
            "aclitem[]",
            "seg[]",
            "segments",
            "holder",
            "holder[]");

    private static void types(TestDatabase database) throws SQLException {
        database.sql(
                "CREATE EXTENSION cube",
                "CREATE EXTENSION seg",
                "CREATE EXTENSION hstore",
                "CREATE EXTENSION citext",
                "CREATE EXTENSION ltree",
                "CREATE TYPE mood AS ENUM ('sad', 'glad')",
                "CREATE DOMAIN moody AS mood",
                "CREATE TYPE pair AS (a int, b mood[])",
                "CREATE TYPE nested AS (p pair, r int4range)",
                "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
                "CREATE TYPE floats AS RANGE (subtype = float8)",
                "CREATE DOMAIN cubic AS cube",
                "CREATE TYPE cubes AS RANGE (subtype = cube)",
                "CREATE TYPE segments AS RANGE (subtype = seg)",
                "CREATE TYPE holder AS (a int, c cubic)");
    }

    private static @Nullable String first(TestDatabase database, String... publications) throws SQLException {
        try (Connection connection = database.connect()) {
            return InexactColumns.first(connection, List.of(publications)).orElse(null);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void types_thatAreRead_andThatAreNot(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            types(database);
            List<String> columns = new ArrayList<>();
            EXACT.forEach(type -> columns.add("c" + columns.size() + " " + type));
            database.sql(
                    "CREATE TABLE exact (id int PRIMARY KEY, " + String.join(", ", columns) + ")",
                    "CREATE PUBLICATION exact FOR TABLE exact");
            assertThat(first(database, "exact")).isNull();
            for (int i = 0; i < INEXACT.size(); i++) {
                database.sql("CREATE TABLE t" + i + " (id int PRIMARY KEY, note text, c " + INEXACT.get(i) + ")");
                database.sql("CREATE PUBLICATION p" + i + " FOR TABLE exact, t" + i);
                assertThat(first(database, "p" + i))
                        .as(INEXACT.get(i))
                        .startsWith("column public.t" + i + ".c is of type ")
                        .contains(INEXACT.get(i));
            }
            assertThat(first(database, "exact", "p1")).contains("public.t1.c");
            assertThat(first(database, "exact", "none")).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 18})
    void onlyWhatIsPublished(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            types(database);
            database.sql(
                    "CREATE TABLE item (id int PRIMARY KEY, c cube, gone cube)",
                    "ALTER TABLE item DROP gone",
                    "CREATE TABLE plain (id int PRIMARY KEY, gone cube)",
                    "ALTER TABLE plain DROP gone",
                    "CREATE UNLOGGED TABLE unlogged (c cube)",
                    "CREATE SCHEMA other",
                    "CREATE TABLE other.root (id int, at cube) PARTITION BY RANGE (id)",
                    "CREATE TABLE other.leaf PARTITION OF other.root FOR VALUES FROM (0) TO (5)",
                    "CREATE PUBLICATION plain FOR TABLE plain",
                    "CREATE PUBLICATION leaves FOR TABLE plain, other.root",
                    "CREATE PUBLICATION roots FOR TABLE other.root WITH (publish_via_partition_root = true)",
                    "CREATE PUBLICATION everything FOR ALL TABLES");
            assertThat(first(database, "plain")).isNull();
            assertThat(first(database, "leaves")).contains("other.leaf.at");
            assertThat(first(database, "roots")).contains("other.root.at");
            assertThat(first(database, "everything")).contains("public.item.c");
            if (version >= 15) {
                database.sql(
                        "CREATE PUBLICATION listed FOR TABLE item (id), other.root (id)"
                                + " WITH (publish_via_partition_root = true)",
                        "CREATE PUBLICATION cubes FOR TABLE item (id, c)",
                        "CREATE PUBLICATION schema FOR TABLES IN SCHEMA other");
                assertThat(first(database, "listed")).isNull();
                assertThat(first(database, "cubes")).contains("public.item.c");
                assertThat(first(database, "listed", "cubes")).contains("public.item.c");
                assertThat(first(database, "schema")).contains("other.leaf.at");
            }
        }
    }
}
