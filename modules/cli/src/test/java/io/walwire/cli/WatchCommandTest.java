package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.cli.signal.Signals;
import io.walwire.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code walwire watch} on a database whose changes wait in a slot, or in an outbox. */
@ParameterizedClass
@ValueSource(strings = {"replication", "triggers"})
class WatchCommandTest {
    @Parameter
    String source = "";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private String slot = "";

    @BeforeEach
    void changes() throws SQLException {
        slot = database.unique("watched");
        database.sql(
                "CREATE TABLE item (id int, part int, name text, role_id int, PRIMARY KEY (id, part))",
                "CREATE TABLE other (id int PRIMARY KEY)",
                "ALTER TABLE item REPLICA IDENTITY FULL",
                "CREATE PUBLICATION events FOR TABLE item, other");
        if (isReplication()) {
            database.createSlot(slot);
        } else {
            restart("*");
        }
        database.sql(
                "INSERT INTO item VALUES (1, 1, 'a', 7), (2, 1, 'b', NULL)",
                "INSERT INTO other VALUES (1)",
                "UPDATE item SET name = 'c' WHERE id = 1",
                "UPDATE item SET role_id = 8 WHERE id = 1",
                "DELETE FROM item WHERE id = 2");
    }

    /** Makes triggers. */
    private void restart(String tables) {
        Walwire.builder()
                .url(database.url())
                .set("walwire.source", source)
                .set("walwire.triggers.manage", "true")
                .subscriptions(tables)
                .slotName(slot)
                .start()
                .close();
    }

    private boolean isReplication() {
        return source.equals("replication");
    }

    private int watch(String... arguments) {
        List<String> all = new ArrayList<>(List.of("watch"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--url", database.url(), "--slot", slot));
        all.addAll(isReplication() ? List.of("--publication", "events") : List.of("--set", "walwire.source=triggers"));
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        return Main.commandLine(out, errors, Map.of(), new Signals(), verbose -> {})
                .execute(all.toArray(String[]::new));
    }

    /** Type and key of each line. */
    private List<String> printed(String... arguments) {
        int code = watch(Stream.concat(Stream.of(arguments), Stream.of("--idle-timeout", "1"))
                .toArray(String[]::new));
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("streaming from");
        assertThat(code).isZero();
        return out.toString(StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.replaceFirst(
                        ".*\"type\":\"(\\w+)\".*\"key\":\\{\"id\":(\\d+),\"part\":(\\d+)}.*", "$1 $2,$3"))
                .toList();
    }

    @Test
    void table_allItsChanges_andNoOthers() {
        assertThat(printed("item"))
                .containsExactly("insert 1,1", "insert 2,1", "update 1,1", "update 1,1", "delete 2,1");
    }

    @Test
    void kinds_andColumns() {
        assertThat(printed("public.item", "--updated", "--deleted", "--columns", "name,part"))
                .containsExactly("update 1,1", "delete 2,1");
    }

    @Test
    void key_ofSeveralColumns() {
        assertThat(printed("item", "--key", "part=1,id=2")).containsExactly("insert 2,1", "delete 2,1");
    }

    @Test
    void where_oldAndNewValue() {
        assertThat(printed("item", "--where", "role_id=7")).containsExactly("insert 1,1", "update 1,1", "update 1,1");
    }

    @Test
    void where_null_andKeysOnly() {
        assertThat(printed("item", "--where", "role_id", "--inserted", "--keys-only"))
                .containsExactly("insert 2,1");
        assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("name\":\"b", "new_record");
    }

    @Test
    void maxEvents_endsIt_whatWasNotPrintedComesAgain() {
        assertThat(watch("item", "--updated", "--max-events", "1")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
        out.reset();
        assertThat(printed("item", "--updated", "--deleted")).containsExactly("update 1,1", "delete 2,1");
    }

    @Test
    void wrong_everyProblemOnALine_confirmsNothing() {
        assertThat(watch("item", "--columns", "nmae", "--key", "id=1")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8).lines().filter(line -> line.startsWith("walwire: ")))
                .hasSize(2)
                .anyMatch(line -> line.contains("did you mean name?"))
                .anyMatch(line -> line.contains("which is id, part"));
        assertThat(out.size()).isZero();
        err.reset();
        assertThat(printed("item")).hasSize(5);
    }

    @Test
    void unknownTable_oneLine() {
        assertThat(watch("itm")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .singleElement()
                .asString()
                .contains("Did you mean public.item?");
    }

    @Test
    void valuesAndNames_withCommas_areQuoted() throws SQLException {
        database.sql(
                "CREATE TABLE \"odd,one\" (\"co=de\" text PRIMARY KEY, \"a,b\" text)",
                "ALTER TABLE \"odd,one\" REPLICA IDENTITY FULL");
        if (isReplication()) {
            database.sql("ALTER PUBLICATION events ADD TABLE \"odd,one\"");
        } else {
            restart("\"odd,one\"");
        }
        database.sql(
                "INSERT INTO \"odd,one\" VALUES ('x,y', 'u'), ('x', 'u'), ('\"x,y\"', 'v=,'), ('say \"x\"', NULL),"
                        + " ('last', 'so that --max-events cuts the transaction')",
                "UPDATE \"odd,one\" SET \"a,b\" = 'w' WHERE \"co=de\" = 'x'");
        assertThat(keys("--key", "\"co=de\"=\"x,y\"")).containsExactly("x,y");
        assertThat(keys("--key", "\"x,y\"")).containsExactly("x,y");
        assertThat(keys("--key", "\"\"\"x,y\"\"\"")).containsExactly("\\\"x,y\\\"");
        assertThat(keys("--key", "\"co=de\"=say \"x\"")).containsExactly("say \\\"x\\\"");
        assertThat(keys("--where", "a,b=v=,")).containsExactly("\\\"x,y\\\"");
        assertThat(keys("--where", "a,b=\"v=,\"")).containsExactly("\\\"x,y\\\"");
        assertThat(keys("--where", "a,b")).containsExactly("say \\\"x\\\"");
        assertThat(keys("--updated", "--columns", "\"a,b\",co=de")).containsExactly("x");
    }

    /** The keys of a table with one key column; nothing is confirmed, so that the next call prints from the same place. */
    private List<String> keys(String... arguments) {
        out.reset();
        err.reset();
        List<String> all = new ArrayList<>(List.of("\"odd,one\""));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--max-events", "1", "--idle-timeout", "20"));
        assertThat(watch(all.toArray(String[]::new)))
                .as(() -> err.toString(StandardCharsets.UTF_8))
                .isZero();
        return out.toString(StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.replaceFirst(".*\"key\":\\{\"co=de\":\"((?:[^\"\\\\]|\\\\.)*)\"}.*", "$1"))
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--key|id=1,part|no value for part",
                "--key|id=1,id=2|column id twice",
                "--key|id=\"x|not closed",
                "--key|id=\"x\"y|has text after a closing quote",
                "--key|=1|no column",
                "--key|id=1,|no column",
                "--where|=1|no column",
                "--columns|name,,part|no column"
            })
    void optionThatCannotBeRead_isRefused_beforeAnythingIsConnected(String option, String value, String why) {
        assertThat(watch("item", option, value, "--max-events", "1")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(why).doesNotContain("streaming from");
    }

    @Test
    void where_ofOneColumnTwice_isRefused() {
        assertThat(watch("item", "--where", "id=1", "--where", "id=2")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("--where names column id twice");
    }
}
