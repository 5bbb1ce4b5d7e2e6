package io.walwire.cli.pretty;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.event.Event;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a person sees of a server's changes. */
class PrettyLinesTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @Test
    void events_ofEachKind() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text, n int)",
                "ALTER TABLE item REPLICA IDENTITY FULL",
                "CREATE PUBLICATION events FOR TABLE item");
        Recorder<Event> events = new Recorder<>();
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events")
                .handler(on -> on.onTransaction(tx -> tx.events().forEach(event -> events.add(event.detach()))))
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1, E'two\\nlines \\x1b[31m', NULL)",
                    "UPDATE item SET note = repeat('x', 1000)",
                    "DELETE FROM item");
            database.inTransaction("SELECT pg_logical_emit_message(true, 'mail', 'sent')");
            database.sql("TRUNCATE item");
            List<String> lines = lines(events.await(5));
            assertThat(lines.get(0)).matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3}  xid \\d+  commit [0-9A-F]+/[0-9A-F]+");
            assertThat(lines.get(1)).isEqualTo("  + item       1  note two\\nlines \\u001b[31m");
            assertThat(lines.get(2))
                    .isEqualTo("  ~ item       1  note two\\nlines \\u001b[31m → " + "x".repeat(100)
                            + "… (1000 characters)");
            assertThat(lines.get(3)).startsWith("  - item       1  note xxx");
            assertThat(lines.get(4)).contains("xid");
            assertThat(lines.get(5)).isEqualTo("  m               mail: sent");
            assertThat(lines.get(6)).contains("xid");
            assertThat(lines.get(7)).isEqualTo("  0 item          truncated");
            assertThat(lines).hasSize(8);
        }
    }

    private static List<String> lines(List<Event> events) {
        PrettyLines pretty = new PrettyLines(new Palette(false));
        List<String> lines = new ArrayList<>();
        events.forEach(event -> lines.addAll(pretty.of(event).lines().toList()));
        return lines;
    }

    @ParameterizedTest
    @CsvSource({
        "7,\\u0007",
        "9,\\t",
        "10,\\n",
        "13,\\r",
        "155,\\u009b",
        "8238,\\u202e",
        "8232,\\u2028",
        "55357,\\ud83d",
        "233,é"
    })
    void character_thatATerminalObeys_isEscaped(int point, String printed) {
        assertThat(VisibleText.of("a" + (char) point + "b")).isEqualTo("a" + printed + "b");
    }
}
