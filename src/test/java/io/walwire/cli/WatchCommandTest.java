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
            Walwire.builder()
                    .url(database.url())
                    .set("walwire.source", source)
                    .set("walwire.triggers.manage", "true")
                    .slotName(slot)
                    .start()
                    .close();
        }
        database.sql(
                "INSERT INTO item VALUES (1, 1, 'a', 7), (2, 1, 'b', NULL)",
                "INSERT INTO other VALUES (1)",
                "UPDATE item SET name = 'c' WHERE id = 1",
                "UPDATE item SET role_id = 8 WHERE id = 1",
                "DELETE FROM item WHERE id = 2");
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
}
