package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Change;
import io.walwire.event.ColumnState;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Partitions that are published as their root, and whose replica identity is another: what they do not send is not NULL. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class PartitionIdentitiesTest {
    private static final String[] TABLES = {
        "CREATE TABLE root (region text, id int, code text NOT NULL, note text, PRIMARY KEY (region, id))"
                + " PARTITION BY LIST (region)",
        "CREATE TABLE eu PARTITION OF root FOR VALUES IN ('eu')",
        "CREATE UNIQUE INDEX root_code ON root (region, code)",
        "CREATE PUBLICATION events FOR TABLE root WITH (publish_via_partition_root = true)",
        "INSERT INTO root VALUES ('eu', 1, 'a', 'n'), ('eu', 2, 'b', 'n')"
    };
    private static final String ROOT_BY_INDEX = "ALTER TABLE root REPLICA IDENTITY USING INDEX root_code";
    private static final String PARTITION_BY_INDEX = "ALTER TABLE eu REPLICA IDENTITY USING INDEX eu_region_code_idx";

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private Captured captured(boolean binary) {
        return binary ? Captured.inBinary(database, "events") : Captured.withOldRecords(database, "events");
    }

    private static Row old(Event event) {
        return Objects.requireNonNull(Typed.row(event).beforeRow());
    }

    private static List<String> changed(Event event) {
        return Objects.requireNonNull(Typed.row(event).changes()).list().stream()
                .map(Change::column)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rootByIndex_partitionByPrimaryKey_keyOfADeleteIsNotKnown(boolean binary) throws Exception {
        database.sql(TABLES);
        database.sql(ROOT_BY_INDEX);
        try (Captured captured = captured(binary)) {
            database.inTransaction("UPDATE root SET id = 3, code = 'c' WHERE id = 1", "DELETE FROM root WHERE id = 2");
            List<Event> events = captured.next();
            assertThat(Objects.requireNonNull(Typed.row(events.get(0)).key()).toJson())
                    .isEqualTo("{\"region\":\"eu\",\"code\":\"c\"}");
            assertThat(changed(events.get(0))).containsExactly("id");
            assertThat(events.get(0).toJson()).contains("\"old_record\":{\"region\":\"eu\",\"id\":1}");
            Event delete = events.get(1);
            assertThat(Typed.row(delete).key()).isNull();
            assertThat(delete.toJson()).contains("\"key\":null", "\"old_record\":{\"region\":\"eu\",\"id\":2}");
            assertThat(old(delete).state("code")).isEqualTo(ColumnState.NOT_SENT);
            assertThat(old(delete).toMap()).containsOnlyKeys("region", "id");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rootByPrimaryKey_partitionByIndex_keyOfADeleteIsNotKnown(boolean binary) throws Exception {
        database.sql(TABLES);
        database.sql(PARTITION_BY_INDEX);
        try (Captured captured = captured(binary)) {
            database.inTransaction("UPDATE root SET id = 3, code = 'c' WHERE id = 1", "DELETE FROM root WHERE id = 2");
            List<Event> events = captured.next();
            assertThat(changed(events.get(0))).containsExactly("code");
            assertThat(old(events.get(0)).state("id")).isEqualTo(ColumnState.NOT_SENT);
            assertThat(Typed.row(events.get(1)).key()).isNull();
            assertThat(events.get(1).toJson())
                    .contains("\"key\":null", "\"old_record\":{\"region\":\"eu\",\"code\":\"b\"}");
        }
    }

    @Test
    void partitionIsFull_everyValueIsKnown() throws Exception {
        database.sql(TABLES);
        database.sql("ALTER TABLE eu REPLICA IDENTITY FULL");
        try (Captured captured = captured(false)) {
            database.sql("DELETE FROM root WHERE id = 2");
            Event delete = captured.next().get(0);
            assertThat(Objects.requireNonNull(Typed.row(delete).key()).toJson())
                    .isEqualTo("{\"region\":\"eu\",\"id\":2}");
            assertThat(old(delete).text("note")).isEqualTo("n");
        }
    }

    @Test
    void rootHasNone_partitionByPrimaryKey_keyIsKnown() throws Exception {
        database.sql(TABLES);
        database.sql("ALTER TABLE root REPLICA IDENTITY NOTHING");
        try (Captured captured = captured(false)) {
            database.sql("DELETE FROM root WHERE id = 2");
            Event delete = captured.next().get(0);
            assertThat(Objects.requireNonNull(Typed.row(delete).key()).toJson())
                    .isEqualTo("{\"region\":\"eu\",\"id\":2}");
            assertThat(old(delete).state("note")).isEqualTo(ColumnState.NOT_SENT);
        }
    }

    /** A change of the partition's identity is seen with its next row, also by a stream that has known both tables for long. */
    @Test
    void sideBySide_eachRowsEventsStayInOrder() throws Exception {
        database.sql(TABLES);
        int rows = 60;
        Recorder<String> calls = new Recorder<>();
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events")
                .set("walwire.concurrency", "4")
                .handler(on -> on.table("root")
                        .onInsert(event -> calls.add("insert " + event.row().text("note")))
                        .onUpdate(event -> calls.add("update " + event.row().text("note")))
                        .onDelete(event -> calls.add("delete " + event.row().text("code"))))
                .start()) {
            database.sql("UPDATE root SET note = 'first' WHERE id = 1");
            calls.await(1);
            database.sql(PARTITION_BY_INDEX);
            for (int i = 10; i < 10 + rows; i++) {
                database.sql(
                        "INSERT INTO root VALUES ('eu', " + i + ", 'c" + i + "', 'c" + i + "')",
                        "UPDATE root SET id = id + 1000 WHERE id = " + i,
                        "DELETE FROM root WHERE code = 'c" + i + "'");
            }
            List<String> received = new ArrayList<>(calls.await(1 + 3 * rows));
            for (int i = 10; i < 10 + rows; i++) {
                String code = "c" + i;
                assertThat(received.stream().filter(call -> call.endsWith(" " + code)))
                        .containsExactly("insert " + code, "update " + code, "delete " + code);
            }
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }
}
