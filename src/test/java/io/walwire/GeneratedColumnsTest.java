package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Event;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Virtual generated columns, and those that are published or not, as PostgreSQL 18 has them. */
class GeneratedColumnsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(18));

    private static String row(Event event) {
        return Objects.requireNonNull(Typed.row(event).afterRow()).toJson();
    }

    @Test
    void publishedStored_storedAloneAreSent_virtualNever() throws Exception {
        database.sql("""
                CREATE TABLE t (id int PRIMARY KEY, kept int GENERATED ALWAYS AS (a * 2) STORED, a int,
                  made int GENERATED ALWAYS AS (a * 3) VIRTUAL)""", "CREATE PUBLICATION events FOR TABLE t WITH (publish_generated_columns = stored)");
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction("INSERT INTO t (id, a) VALUES (1, 5)", "UPDATE t SET a = 6");
            assertThat(captured.next())
                    .extracting(GeneratedColumnsTest::row)
                    .containsExactly("{\"id\":1,\"kept\":10,\"a\":5}", "{\"id\":1,\"kept\":12,\"a\":6}");
        }
    }

    /** A column list that names one publishes it, whatever the publication's option. */
    @Test
    void namedByAColumnList_isSent() throws Exception {
        database.sql(
                "CREATE TABLE t (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED)",
                "CREATE PUBLICATION events FOR TABLE t (id, twice)");
        try (Captured captured = Captured.start(database, "events")) {
            database.sql("INSERT INTO t (id, a) VALUES (1, 5)");
            assertThat(captured.next())
                    .extracting(GeneratedColumnsTest::row)
                    .containsExactly("{\"id\":1,\"twice\":10}");
        }
    }

    /** Its old value belongs to the identity and is not published, so that the server refuses. */
    @Test
    void unpublished_underFull_updateIsRefusedByTheServer() throws Exception {
        database.sql(
                "CREATE TABLE t (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED)",
                "ALTER TABLE t REPLICA IDENTITY FULL",
                "INSERT INTO t (id, a) VALUES (1, 5)",
                "CREATE PUBLICATION events FOR TABLE t");
        assertThatThrownBy(() -> database.sql("UPDATE t SET a = 6"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("unpublished generated columns");
        database.sql("ALTER PUBLICATION events SET (publish_generated_columns = stored)");
        try (Captured captured = Captured.withOldRecords(database, "events")) {
            database.sql("UPDATE t SET a = 6");
            assertThat(captured.next().get(0).toJson())
                    .contains(
                            "\"changes\":{\"a\":{\"old_value\":5,\"new_value\":6},\"twice\":{\"old_value\":10,\"new_value\":12}}");
        }
    }
}
