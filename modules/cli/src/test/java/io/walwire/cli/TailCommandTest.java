package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.cli.signal.Signals;
import io.walwire.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The two forms in which {@code walwire tail} prints. */
class TailCommandTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private String slot = "";

    @BeforeEach
    void change() throws Exception {
        slot = database.unique("tailed");
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text)", "CREATE PUBLICATION events FOR TABLE item");
        database.createSlot(slot);
        database.sql("INSERT INTO item VALUES (1, E'two\\nlines \\x1b[2J \u009b2J'), (2, 'b')");
    }

    private List<String> tail(String format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.commandLine(
                        out, new PrintStream(err, true, StandardCharsets.UTF_8), Map.of(), new Signals(), verbose -> {})
                .execute(
                        "tail",
                        "--format",
                        format,
                        "--max-events",
                        "2",
                        "--slot",
                        slot,
                        "--url",
                        database.url(),
                        "--publication",
                        "events");
        assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
        return List.of(out.toString(StandardCharsets.UTF_8).split("\n", -1));
    }

    @Test
    void pretty_transactionAndEachChange_areLinesOfTheirOwn() {
        List<String> lines = tail("pretty");
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3}  xid \\d+  commit [0-9A-F]+/[0-9A-F]+");
        assertThat(lines.get(1)).isEqualTo("  + item       1  note two\\nlines \\u001b[2J \\u009b2J");
        assertThat(lines.get(2)).isEqualTo("  + item       2  note b");
        assertThat(lines.get(3)).isEmpty();
    }

    @Test
    void json_noValueReachesTheTerminalAsACommand() {
        List<String> lines = tail("json");
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0)).contains("\"note\":\"two\\nlines \\u001B[2J \\u009b2J\"");
        assertThat(lines.get(1)).contains("\"note\":\"b\"");
        assertThat(lines.get(2)).isEmpty();
    }
}
