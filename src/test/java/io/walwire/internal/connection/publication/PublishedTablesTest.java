package io.walwire.internal.connection.publication;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublishedTablesTest {
    private static final String ROWS = "SELECT pubname || ' ' || schemaname || '.' || tablename%s FROM %s t ORDER BY 1";

    private static List<String> rows(Connection connection, String tables, String columns) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(ROWS.formatted(columns, tables))) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }

    private static void create(TestDatabase database, int version) throws SQLException {
        database.sql(
                "CREATE SCHEMA other",
                "CREATE TABLE plain (id int PRIMARY KEY, dropped int, doubled int GENERATED ALWAYS AS (id * 2) STORED)",
                "ALTER TABLE plain DROP COLUMN dropped",
                "CREATE UNLOGGED TABLE unlogged (id int)",
                "CREATE VIEW seen AS SELECT * FROM plain",
                "CREATE TABLE other.root (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE other.inner PARTITION OF other.root FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (id)",
                "CREATE TABLE other.leaf PARTITION OF other.inner FOR VALUES FROM (0) TO (5)",
                "CREATE TABLE leaf PARTITION OF other.root FOR VALUES FROM (9) TO (20)",
                "CREATE TABLE other.nothing ()",
                "CREATE PUBLICATION all_leaves FOR ALL TABLES",
                "CREATE PUBLICATION all_roots FOR ALL TABLES WITH (publish_via_partition_root = true)",
                "CREATE PUBLICATION leaves FOR TABLE plain, other.root, other.nothing",
                "CREATE PUBLICATION roots FOR TABLE other.root WITH (publish_via_partition_root = true)",
                "CREATE PUBLICATION middle FOR TABLE other.inner, leaf WITH (publish_via_partition_root = true)",
                "CREATE PUBLICATION empty");
        if (version >= 15) {
            database.sql(
                    "CREATE PUBLICATION listed FOR TABLE plain (id)",
                    "CREATE PUBLICATION listed_root FOR TABLE other.root (id) WITH (publish_via_partition_root = true)",
                    "CREATE PUBLICATION nested FOR TABLE other.root, leaf WITH (publish_via_partition_root = true)",
                    "CREATE PUBLICATION schema_leaves FOR TABLES IN SCHEMA other, TABLE leaf",
                    "CREATE PUBLICATION schema_roots FOR TABLES IN SCHEMA other, TABLE leaf"
                            + " WITH (publish_via_partition_root = true)");
        }
        if (version >= 18) {
            database.sql("CREATE PUBLICATION generated FOR TABLE plain WITH (publish_generated_columns = stored)");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void catalog_saysWhatTheViewSays(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            create(database, version);
            try (Connection connection = database.connect()) {
                String columns = version < 15 ? "" : " || coalesce(attnames::text, '')";
                List<String> view = rows(connection, "pg_publication_tables", columns).stream()
                        // the view of 15 names generated columns, which its pgoutput does not send
                        .map(row -> version == 15 ? row.replace(",doubled", "") : row)
                        .toList();
                assertThat(rows(connection, PublishedTables.in(PublishedTables.PLACE, connection), columns))
                        .isNotEmpty()
                        .isEqualTo(view);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void lockedTable_isNotWaitedFor(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version));
                Connection locking = database.connect();
                Connection reading = database.connect()) {
            create(database, version);
            locking.setAutoCommit(false);
            try (Statement lock = locking.createStatement();
                    Statement limit = reading.createStatement()) {
                lock.execute("LOCK TABLE plain, other.root IN ACCESS EXCLUSIVE MODE");
                limit.execute("SET lock_timeout = '100ms'");
                assertThat(rows(reading, PublishedTables.in(PublishedTables.PLACE, reading), ""))
                        .contains("leaves public.plain", "roots other.root", "leaves other.leaf");
            }
            locking.rollback();
        }
    }
}
