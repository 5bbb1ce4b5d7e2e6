package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.ChangeEvent;
import io.walwire.event.Row;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many tables that come for the first time: they are asked about together, and each is what it was by itself. */
@ParameterizedClass
@ValueSource(ints = {14, 16, 18})
class FirstSeenTablesTest {
    private static final int TABLES = 300;

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<String> rows = new Recorder<>();

    /** A third under FULL, whose keys only the catalog knows; a third by an index; a third by the primary key. */
    private void tables() throws Exception {
        database.sql("DO $$ BEGIN FOR i IN 1.." + TABLES + " LOOP"
                + " EXECUTE format('CREATE TABLE t%s (a bigint NOT NULL, b bigint, c bigint NOT NULL, PRIMARY KEY (c, a))', i);"
                + " IF i % 3 = 0 THEN EXECUTE format('ALTER TABLE t%s REPLICA IDENTITY FULL', i);"
                + " ELSIF i % 3 = 1 THEN EXECUTE format('CREATE UNIQUE INDEX u%s ON t%s (a)', i, i);"
                + " EXECUTE format('ALTER TABLE t%s REPLICA IDENTITY USING INDEX u%s', i, i); END IF;"
                + " END LOOP; END $$");
    }

    private static String expected(long table) {
        return "t" + table + " " + (table % 3 == 1 ? "[a]" : "[a, c]") + " " + table;
    }

    private static String found(ChangeEvent<?> event) {
        Row key = Objects.requireNonNull(Typed.row(event).key());
        return event.source().table() + " "
                + key.columns().stream().map(column -> column.name()).sorted().toList() + " "
                + Typed.row(event).row().getLong("b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "false"})
    void oneTransaction_takesFewLooks_andKeysAreRight(String binary) throws Exception {
        tables();
        database.sql("CREATE PUBLICATION events FOR ALL TABLES");
        WalwireBuilder reader = Items.reader(database)
                .slotName(database.name() + "_many")
                .set("walwire.binary", binary)
                .handler(on -> on.allTables().onChange(event -> rows.add(found(event))));
        reader.start().close(); // the transaction commits before the next stream begins, which then sees it
        database.sql("DO $$ BEGIN FOR i IN 1.." + TABLES
                + " LOOP EXECUTE format('INSERT INTO t%s VALUES (1, %s, 2)', i, i); END LOOP; END $$");
        List<String> asked;
        try (CatalogLooks looks = new CatalogLooks();
                Walwire walwire = reader.start()) {
            assertThat(rows.await(TABLES))
                    .containsExactlyElementsOf(LongStream.rangeClosed(1, TABLES)
                            .mapToObj(FirstSeenTablesTest::expected)
                            .toList());
            asked = looks.all();
        }
        // how many depends on how much has come at each look
        assertThat(asked).hasSizeLessThan(TABLES).anyMatch(look -> look.endsWith("tables after it"));
    }
}
