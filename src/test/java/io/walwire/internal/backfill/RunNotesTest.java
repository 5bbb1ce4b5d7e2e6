package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Lsn;
import io.walwire.internal.text.TableName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The progress of a run as texts. */
class RunNotesTest {
    private static final TableName TABLE = new TableName("public", "a.b");
    private static final List<StoredLeaf> LEAVES = List.of(
            new StoredLeaf(7, TABLE, 8, "[]", true, 10, 11, 12), new StoredLeaf(9, TABLE, 9, "[]", false, 1, 2, 3));

    private static StoredRun run(String reading, String doneTo, List<List<String>> keys) {
        return new StoredRun(
                new RunSlot("1", "slot"),
                "run",
                TABLE,
                "v > 1",
                null,
                RunState.PAUSED,
                RunState.RUNNING,
                null,
                keys,
                3,
                reading,
                "owner",
                Lsn.parse(doneTo));
    }

    private static List<List<String>> keys(int count) {
        List<List<String>> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add(Arrays.asList("key \" " + i, "x"));
        }
        return keys;
    }

    private static Map<String, String> texts(StoredRun run, List<StoredLeaf> leaves) {
        return RunNotes.of(new RunNotes.Progress(run, leaves, 1), new RunNotes.Texts(Map.of()))
                .parts();
    }

    private static RunNotes.Progress read(StoredRun run, Map<String, String> parts) {
        return Objects.requireNonNull(RunNotes.read(run, parts));
    }

    @Test
    void whatIsRead_isWhatWasWritten() {
        StoredRun run = run("r", "0/20", keys(1_000));
        Map<String, String> parts = texts(run, LEAVES);
        RunNotes.Progress read = read(run("r", "0/10", List.of()), parts);
        assertThat(read.leaves()).containsExactlyInAnyOrderElementsOf(LEAVES);
        assertThat(read.run().keysToRead()).containsExactlyInAnyOrderElementsOf(run.keysToRead());
        assertThat(read.run().with(List.of(), Lsn.ZERO)).isEqualTo(run.with(List.of(), Lsn.ZERO));
        assertThat(read.run().doneTo()).isEqualTo(Lsn.parse("0/20"));
        assertThat(read(run, texts(run.in(RunState.DONE, null), List.of()))
                        .run()
                        .state())
                .isEqualTo(RunState.DONE);
    }

    @Test
    void oneKeyMore_changesFewTexts() {
        Map<String, String> before = texts(run("r", "0/20", keys(5_000)), LEAVES);
        Map<String, String> after = texts(run("r", "0/20", keys(5_001)), LEAVES);
        assertThat(after.entrySet().stream().filter(part -> !part.getValue().equals(before.get(part.getKey()))))
                .hasSize(1);
        assertThat(after.values()).allMatch(text -> text.length() < 10_000);
    }

    @Test
    void textsOfWhatIsTheSame_areNotWrittenAgain() {
        StoredRun run = run("r", "0/20", keys(100));
        RunNotes.Texts before =
                RunNotes.of(new RunNotes.Progress(run, LEAVES, 1), new RunNotes.Texts(texts(run, LEAVES)));
        StoredLeaf next = new StoredLeaf(9, TABLE, 9, "[]", true, 2, 3, 3);
        StoredRun more = run("r", "0/30", keys(101));
        List<StoredLeaf> leaves = List.of(LEAVES.get(0), next);
        Map<String, String> same =
                RunNotes.of(new RunNotes.Progress(run, leaves, 1), before).parts();
        assertThat(same).isEqualTo(texts(run, leaves));
        before.parts().forEach((part, text) -> {
            if (part.startsWith("keys-") || part.equals("7")) {
                assertThat(same.get(part)).isSameAs(text);
            }
        });
        assertThat(RunNotes.of(new RunNotes.Progress(more, leaves, 2), before).parts())
                .isEqualTo(texts(more, leaves));
        StoredRun again = run("again", "0/30", keys(1));
        assertThat(RunNotes.of(new RunNotes.Progress(again, leaves, 1), before).parts())
                .isEqualTo(texts(again, leaves));
    }

    @Test
    void keysOfOneHash_areDivided() {
        List<List<String>> keys = new ArrayList<>();
        for (int i = 0; i < 1 << 13; i++) {
            StringBuilder text = new StringBuilder("\u0001".repeat(100));
            for (int bit = 0; bit < 13; bit++) {
                text.append((i >> bit & 1) == 0 ? "Aa" : "BB");
            }
            keys.add(List.of(text.toString()));
        }
        assertThat(keys.stream().mapToInt(List::hashCode).distinct()).hasSize(1);
        Map<String, String> parts = texts(run("r", "0/20", keys), LEAVES);
        assertThat(parts.values()).allMatch(text -> text.length() < 70_000);
        assertThat(read(run("r", "0/10", List.of()), parts).run().keysToRead())
                .containsExactlyInAnyOrderElementsOf(keys);
    }

    @Test
    void textsOfAnotherReading_orBehindTheTable_areNotRead() {
        Map<String, String> parts = texts(run("r", "0/20", List.of()), LEAVES);
        assertThat(RunNotes.read(run("other", "0/10", List.of()), parts)).isNull();
        assertThat(RunNotes.read(run("r", "0/21", List.of()), parts)).isNull();
        assertThat(RunNotes.read(run("r", "0/20", List.of()), Map.of())).isNull();
        Map<String, String> mixed = new HashMap<>(texts(run("earlier", "0/10", keys(100)), LEAVES));
        mixed.putAll(texts(run("r", "0/20", List.of()), LEAVES.subList(0, 1)));
        RunNotes.Progress read = read(run("r", "0/10", List.of()), mixed);
        assertThat(read.leaves()).containsExactly(LEAVES.get(0));
        assertThat(read.run().keysToRead()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"secret\"",
                "",
                "null",
                "{}",
                "[]",
                "1",
                "{\"reading\":\"r\"}",
                "{\"reading\":null,\"doneTo\":null,\"done\":null}",
                "{\"reading\":\"r\",\"doneTo\":\"x\",\"done\":false}",
                "{\"reading\":\"r\",\"doneTo\":null,\"done\":false}",
                "{\"reading\":\"r\",\"keys\":null}",
                "{\"reading\":\"r\",\"keys\":[null]}",
                "{\"reading\":\"r\",\"keys\":[[\"secret\",null]]}",
                "{\"reading\":\"r\",\"table\":\"a\"}",
                "{\"reading\":\"r\",\"table\":\"a\",\"fileNode\":1,\"ranges\":\"null\","
                        + "\"done\":false,\"rows\":1,\"bytes\":1,\"totalBytes\":1}",
                "{\"reading\":\"r\",\"table\":null,\"fileNode\":1,\"ranges\":\"[]\","
                        + "\"done\":false,\"rows\":1,\"bytes\":1,\"totalBytes\":1}"
            })
    void damagedTexts_areRefused_withoutTheirContent(String damaged) {
        for (String part : List.of("0", "keys-1", "7", "other")) {
            Map<String, String> parts = new HashMap<>(texts(run("r", "0/20", List.of()), LEAVES));
            parts.put(part, damaged);
            assertThatThrownBy(() -> RunNotes.read(run("r", "0/10", List.of()), parts))
                    .as(part)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("secret");
        }
    }
}
