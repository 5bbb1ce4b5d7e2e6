package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Event;
import io.walwire.event.RowEvent;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A table with triggers that is to become a partition, or a child. */
@ParameterizedClass
@ValueSource(ints = {14, 18})
class TriggerAttachTest {
    private static final String ATTACH =
            "ALTER TABLE orders ATTACH PARTITION orders_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')";

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<String> events = new Recorder<>();

    private Walwire recording() {
        return Outboxes.temporary(database)
                .handler(on -> on.onTransaction(each -> each.events().forEach(this::record)))
                .start();
    }

    private void record(Event event) {
        if (event instanceof RowEvent<?> row) {
            events.add(row.source().table() + " " + row.kind());
        }
    }

    private void orders() throws Exception {
        database.sql(
                "CREATE TABLE orders (id bigint, day date) PARTITION BY RANGE (day)",
                "CREATE TABLE orders_2027 (id bigint, day date)");
    }

    /** The SQL of the document. */
    private static String documented() throws Exception {
        String text = Files.readString(Path.of("docs/triggers.md"));
        int begin = text.indexOf("```sql\nBEGIN;\nDO $$", text.indexOf("## Attaching a table")) + "```sql\n".length();
        return text.substring(begin, text.indexOf("```", begin));
    }

    @Test
    void attach_watchedTable_isRefusedByPostgresThatNamesTheTrigger() throws Exception {
        orders();
        try (Walwire walwire = recording()) {
            assertThatThrownBy(() -> database.sql(ATTACH)).hasMessageContaining("!walwire_");

            database.sql("INSERT INTO orders_2027 VALUES (1, '2027-05-01')");
            assertThat(events.await(1)).containsExactly("orders_2027 INSERT");
            walwire.drain(Items.LONG);
        }
    }

    @Test
    void attach_asDocumented_noChangeIsMissing() throws Exception {
        orders();
        try (Walwire walwire = recording()) {
            database.sql("INSERT INTO orders_2027 VALUES (1, '2027-05-01')", documented());
            database.sql(
                    "INSERT INTO orders VALUES (2, '2027-05-02')",
                    "INSERT INTO orders_2027 VALUES (3, '2027-05-03')",
                    "UPDATE orders SET id = 4 WHERE id = 1");

            assertThat(events.await(4))
                    .containsExactly("orders_2027 INSERT", "orders INSERT", "orders INSERT", "orders UPDATE");
            walwire.drain(Items.LONG);
        }
    }

    @Test
    void inherit_asDocumented_changesComeAfterTheNextStart() throws Exception {
        orders();
        database.sql("CREATE TABLE parent (id bigint, day date)");
        try (Walwire walwire = recording()) {
            assertThatThrownBy(() -> database.sql("ALTER TABLE orders_2027 INHERIT parent"))
                    .hasMessageContaining("!walwire_");
            database.sql(documented().replace(ATTACH, "ALTER TABLE orders_2027 INHERIT parent"));
            walwire.drain(Items.LONG);
        }
        try (Walwire walwire = recording()) {
            database.sql("INSERT INTO orders_2027 VALUES (1, '2027-05-01')", "UPDATE parent SET id = 2");

            assertThat(events.await(2)).containsExactly("orders_2027 INSERT", "orders_2027 UPDATE");
            walwire.drain(Items.LONG);
        }
    }
}
