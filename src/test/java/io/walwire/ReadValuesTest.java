package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.ValueCases.Case;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.internal.backfill.Existing;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.transaction.ReceivedRow;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values that are read from a table are those that the stream sends, of every type, in both formats. */
class ReadValuesTest {
    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void everyType_isReadAsItIsSent(int version) throws Exception {
        List<Case> cases = ValueCases.of(version);
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            for (String setting :
                    List.of("DateStyle = 'German, DMY'", "bytea_output = 'escape'", "TimeZone = 'Asia/Kolkata'")) {
                database.sql("ALTER DATABASE " + database.name() + " SET " + setting);
            }
            database.sql(ValueCases.TYPES);
            database.sql(ValueCases.createTable(cases), "CREATE PUBLICATION events FOR TABLE everything");
            try (Captured sent = Captured.start(database, "events");
                    Existing existing = Existing.in(database, "events")) {
                database.sql(ValueCases.insert(cases), "INSERT INTO everything (id) VALUES (2)");
                List<RowEvent<?>> expected = List.of((RowEvent<?>) sent.next().get(0), (RowEvent<?>)
                        sent.next().get(0));
                TablePlan plan = existing.plan("everything");
                for (boolean byKey : new boolean[] {false, true}) {
                    List<ReceivedRow> read = existing.events(existing.readAll(plan, byKey));
                    assertThat(read).hasSize(2);
                    compare(cases, expected.get(0), read.get(0));
                    compare(cases, expected.get(1), read.get(1));
                }
            }
        }
    }

    private static void compare(List<Case> cases, RowEvent<?> expected, RowEvent<?> read) {
        Row sent = Objects.requireNonNull(expected.afterRow());
        Row row = Objects.requireNonNull(read.afterRow());
        assertThat(row.toJson()).isEqualTo(sent.toJson());
        for (int i = 0; i < cases.size(); i++) {
            assertThat(row.text("c" + i)).as("%s", cases.get(i)).isEqualTo(sent.text("c" + i));
        }
    }
}
