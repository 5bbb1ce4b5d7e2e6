package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.ValueCases.Case;
import io.walwire.event.ReadEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values that are read from a table are those that triggers capture, of every type. */
class TriggerReadValuesTest {
    private final Recorder<RowEvent<Row>> captured = new Recorder<>();
    private final Recorder<ReadEvent<Row>> read = new Recorder<>();

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void everyType_isReadAsItIsCaptured(int version) throws Exception {
        List<Case> cases = ValueCases.of(version);
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            for (String setting :
                    List.of("DateStyle = 'German, DMY'", "bytea_output = 'escape'", "TimeZone = 'Asia/Kolkata'")) {
                database.sql("ALTER DATABASE " + database.name() + " SET " + setting);
            }
            database.sql(ValueCases.TYPES);
            database.sql(ValueCases.createTable(cases));
            try (Walwire walwire = Outboxes.temporary(database)
                    .handler(
                            on -> on.table("everything").onInsert(captured::add).onRead(read::add))
                    .start()) {
                database.sql(ValueCases.insert(cases), "INSERT INTO everything (id) VALUES (2)");
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
                ExistingItems.await(walwire.backfill("everything").start());
            }
        }
        assertThat(captured.all()).hasSize(2);
        assertThat(read.all()).hasSize(2);
        for (int i = 0; i < 2; i++) {
            compare(cases, captured.all().get(i), read.all().get(i));
        }
    }

    /** Columns that were dropped, that the server fills, and that a partition has in another order. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void columns_areReadAsTheyAreCaptured(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            String virtual = version < 18 ? "" : ", f int GENERATED ALWAYS AS (b + 2) VIRTUAL";
            database.sql(
                    "CREATE TABLE everything (a int, b int, c text, id int, d int GENERATED ALWAYS AS (b + 1) STORED, e text"
                            + virtual + ", PRIMARY KEY (id)) PARTITION BY RANGE (id)",
                    "ALTER TABLE everything DROP COLUMN a",
                    "CREATE TABLE high (e text, id int NOT NULL, d int GENERATED ALWAYS AS (b + 1) STORED, c text, gone int, b int"
                            + virtual + ")",
                    "ALTER TABLE high DROP COLUMN gone",
                    "ALTER TABLE everything ATTACH PARTITION high FOR VALUES FROM (10) TO (20)",
                    "CREATE TABLE low PARTITION OF everything FOR VALUES FROM (0) TO (10)");
            try (Walwire walwire = Outboxes.temporary(database)
                    .handler(
                            on -> on.table("everything").onInsert(captured::add).onRead(read::add))
                    .start()) {
                for (int id : new int[] {1, 11}) {
                    database.sql("INSERT INTO everything (b, c, id, e) VALUES (7, 'c', " + id + ", 'e')");
                }
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
                ExistingItems.await(walwire.backfill("everything").start());
            }
        }
        assertThat(captured.all()).hasSize(2);
        for (RowEvent<Row> event : captured.all()) {
            RowEvent<Row> same = read.all().stream()
                    .filter(row ->
                            Objects.equals(row.row().text("id"), event.row().text("id")))
                    .findFirst()
                    .orElseThrow();
            compare(List.of(), event, same);
            assertThat(same.source()).isEqualTo(event.source());
        }
    }

    private static void compare(List<Case> cases, RowEvent<Row> expected, RowEvent<Row> read) {
        Row sent = Objects.requireNonNull(expected.afterRow());
        Row row = Objects.requireNonNull(read.afterRow());
        assertThat(row.toJson()).isEqualTo(sent.toJson());
        assertThat(row.columns()).isEqualTo(sent.columns());
        for (int i = 0; i < cases.size(); i++) {
            assertThat(row.text("c" + i)).as("%s", cases.get(i)).isEqualTo(sent.text("c" + i));
        }
    }
}
