package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.cli.signal.Signals;
import io.walwire.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What {@code walwire tail} prints of rows that were there before. */
class TailBackfillTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void rows() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "INSERT INTO item SELECT i, 'note ' || i FROM generate_series(1, 3) i",
                "CREATE PUBLICATION events FOR TABLE item");
    }

    private int tail(String... more) {
        List<String> arguments = new ArrayList<>(List.of("tail", "--publication", "events", "--idle-timeout", "0.3"));
        arguments.addAll(List.of(more));
        return execute(arguments);
    }

    private int execute(List<String> command) {
        out.reset();
        err.reset();
        List<String> arguments = new ArrayList<>(command);
        arguments.addAll(List.of("--url", database.url()));
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        return Main.commandLine(out, errors, Map.of(), new Signals(), verbose -> {})
                .execute(arguments.toArray(String[]::new));
    }

    private List<String> printed() {
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void backfill_printsExistingRows_ofADurableSlotOnce() throws Exception {
        database.sql(Files.readString(Path.of("sql/backfill.sql")));
        String slot = database.unique("filled");
        assertThat(tail("--backfill", "--slot", slot)).as(said()).isZero();
        assertThat(printed()).hasSize(4);
        assertThat(printed().subList(0, 3)).allMatch(line -> line.contains("\"type\":\"read\""));
        assertThat(printed().get(0)).contains("\"new_record\":{\"id\":1,\"note\":\"note 1\"}");
        assertThat(printed().get(3)).contains("\"type\":\"backfilled\"");
        assertThat(said()).contains("existing rows of public.item are read: 3 rows, 27 B\n");

        database.sql("INSERT INTO item VALUES (4, 'new')");
        assertThat(tail("--backfill", "--slot", slot)).as(said()).isZero();
        assertThat(printed()).singleElement().asString().contains("\"type\":\"insert\"");
        assertThat(said()).doesNotContain("existing rows");
    }

    @Test
    void runThatAnotherProcessAskedFor_isPrinted_alsoWithoutBackfill() throws Exception {
        database.sql(Files.readString(Path.of("sql/backfill.sql")));
        String slot = database.unique("asked");
        assertThat(tail("--slot", slot)).as(said()).isZero();
        assertThat(printed()).isEmpty();
        assertThat(execute(List.of("backfill", "start", "item", "--where", "id > 1", "--slot", slot)))
                .as(said())
                .isZero();
        assertThat(tail("--slot", slot)).as(said()).isZero();
        assertThat(printed()).hasSize(3);
        assertThat(printed().subList(0, 2)).allMatch(line -> line.contains("\"type\":\"read\""));
        assertThat(printed().get(2)).contains("\"type\":\"backfilled\"");
        assertThat(said()).contains("existing rows of public.item are read: 2 rows");
    }

    @Test
    void backfill_ofATemporarySlot_readsAtEveryStart() {
        for (int i = 0; i < 2; i++) {
            assertThat(tail("--set", "walwire.backfill=new", "--format", "pretty"))
                    .as(said())
                    .isZero();
            assertThat(printed()).hasSize(6);
            assertThat(printed().get(0)).matches("[0-9:.]+  existing rows as of [0-9A-F]+/[0-9A-F]+");
            assertThat(printed().get(1)).isEqualTo("  = item       1  note note 1");
            assertThat(printed().get(5)).isEqualTo("  b item          all existing rows are read");
        }
    }

    @Test
    void backfill_thatTakesLong_saysHowFarItIs() throws Exception {
        database.sql("INSERT INTO item SELECT i, repeat('n', 100) FROM generate_series(4, 600) i"); // 60 kB
        assertThat(tail("--backfill", "--set", "walwire.backfill.rate=8KiB", "--set", "walwire.backfill.chunk=8KiB"))
                .as(said())
                .isZero();
        assertThat(said()).containsPattern("reading public\\.item +[0-9]+ %  [0-9,]+ rows  .* rows/s  .* left\n");
    }

    @Test
    void backfill_cutOff_saysSo() {
        assertThat(tail("--backfill", "--max-events", "2")).as(said()).isZero();
        assertThat(printed()).hasSize(2);
        assertThat(said())
                .contains(
                        "existing rows of public.item are not read to the end: 0 rows so far. The slot is temporary, so"
                                + " the next start begins again.");
    }

    @Test
    void backfill_withoutTheProgressTable_endsWithTheSql() throws Exception {
        String slot = database.unique("unprepared");
        assertThat(tail("--backfill", "--slot", slot)).isEqualTo(1);
        assertThat(said()).contains("sql/backfill.sql").doesNotContain("Unexpected");
    }
}
