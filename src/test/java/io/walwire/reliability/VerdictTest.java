package io.walwire.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The judge itself: it finds nothing in a ledger that is as promised, and finds each fault that is put into one. */
class VerdictTest {
    private static final List<String> LOG = List.of(
            change(0x10, 0, "insert", "account", "1", "1|a"),
            change(0x10, 1, "insert", "account", "2", "1|b"),
            change(0x20, 0, "update", "account", "1>1", "2|c"),
            change(0x28, 0, "message", "note", "", "0000000000000028|hello"),
            change(0x30, 0, "update", "account", "1>3", "3|~"),
            change(0x30, 1, "insert", "tally", "7", "1|x"),
            change(0x40, 0, "delete", "account", "2", ""));
    private static final Map<String, Map<String, String>> TABLES =
            Map.of("account", Map.of("3", "3|c"), "tally", Map.of("7", "1|x"));

    private static String change(long position, long index, String kind, String table, String key, String after) {
        return new Change(Change.hex(position), index, kind, table, key, after).toString();
    }

    private static String delivered(String change, long confirmed) {
        return "E\t" + change + "\t" + Change.hex(confirmed);
    }

    private static String life(long confirmed) {
        return "L\t" + Change.hex(confirmed);
    }

    /** A life in which everything is delivered once. */
    private static List<String> ledger() {
        List<String> lines = new ArrayList<>();
        lines.add(life(0));
        LOG.forEach(change -> lines.add(delivered(change, 0x10)));
        return lines;
    }

    private static Verdict judge(List<String> ledger) {
        return Verdict.of(LOG, ledger.stream(), TABLES);
    }

    @Test
    void everythingOnce() {
        Verdict verdict = judge(ledger());
        assertThat(verdict.complaints()).isEmpty();
        assertThat(verdict).hasToString("transactions 5, events 7, duplicates 0, losses 0, lives 1, faults 0 {}");
    }

    @Test
    void redelivery_aboveWhatWasConfirmed() {
        List<String> lines = ledger();
        lines.add("A\tCLIENT_KILLED");
        lines.add(life(0x2F));
        LOG.subList(4, 7).forEach(change -> lines.add(delivered(change, 0x2F)));
        lines.add(life(0x48));
        Verdict verdict = judge(lines);
        assertThat(verdict.complaints()).isEmpty();
        assertThat(verdict.duplicates()).isEqualTo(3);
        assertThat(verdict.faults()).isEqualTo(Map.of("CLIENT_KILLED", 1));
    }

    /** PostgreSQL stops at a change for good: what comes before it was delivered, as far as it goes, and the rest was not. */
    @Test
    void serverCannotDecode_explainsTheRest() {
        List<String> lines = new ArrayList<>(ledger().subList(0, 4));
        lines.add("X\tFailed streaming: could not map filenumber [SERVER XX000]");
        lines.add("X\tFailed streaming: could not map filenumber [SERVER XX000]");
        Verdict verdict = judge(lines);
        assertThat(verdict.complaints())
                .filteredOn(line -> line.contains("filenumber"))
                .hasSize(1);
        assertThat(verdict.losses()).isEqualTo(4);
        verdict.explainRefusal("could not map filenumber");
        assertThat(verdict.serverDiffers()).isTrue();
    }

    @Test
    void serverCannotDecode_explainsNothingElse() {
        String stopped = "X\tFailed streaming: could not map filenumber [SERVER XX000]";
        List<String> disordered = new ArrayList<>(ledger().subList(0, 4));
        Collections.swap(disordered, 2, 3);
        List<String> otherwise = new ArrayList<>(ledger().subList(0, 4));
        otherwise.add("X\tFailed streaming: a handler threw");
        List<String> silent = ledger().subList(0, 4);
        for (List<String> lines : List.of(disordered, otherwise, silent)) {
            List<String> all = new ArrayList<>(lines);
            if (lines != silent) {
                all.add(stopped);
            }
            Verdict verdict = judge(all);
            verdict.explainRefusal("could not map filenumber");
            assertThat(verdict.serverDiffers()).as("%s", verdict.complaints()).isFalse();
        }
    }

    @Test
    void eventDropped() {
        List<String> lines = ledger();
        lines.remove(3);
        Verdict verdict = judge(lines);
        assertThat(verdict.losses()).isEqualTo(1);
        assertThat(verdict.complaints())
                .anyMatch(line -> line.startsWith("lost: 0000000000000020"))
                .anyMatch(line -> line.startsWith("delivered before what precedes it"))
                .anyMatch(line -> line.startsWith("update met version 1"))
                .anyMatch(line -> line.startsWith("checksums differ"));
    }

    @Test
    void lastEventDropped() {
        List<String> lines = ledger();
        lines.remove(lines.size() - 1);
        Verdict verdict = judge(lines);
        assertThat(verdict.losses()).isEqualTo(1);
        assertThat(verdict.complaints())
                .anyMatch(line -> line.startsWith("lost: 0000000000000040"))
                .anyMatch(line -> line.startsWith("table account differs"));
    }

    @Test
    void twoEventsReordered() {
        List<String> lines = ledger();
        Collections.swap(lines, 6, 7);
        assertThat(judge(lines).complaints())
                .anyMatch(line -> line.startsWith("delivered before what precedes it"))
                .anyMatch(line -> line.startsWith("delivered after what follows it"));
    }

    @Test
    void redelivery_belowWhatTheServerHadConfirmed() {
        List<String> lines = ledger();
        lines.add(life(0x38));
        lines.add(delivered(LOG.get(5), 0));
        assertThat(judge(lines).complaints())
                .singleElement()
                .asString()
                .startsWith("delivered although the server had confirmed 0000000000000038");
    }

    @Test
    void redelivery_belowWhatTheInstanceHadConfirmed() {
        List<String> lines = ledger();
        lines.add(delivered(LOG.get(5), 0x38));
        assertThat(judge(lines).complaints())
                .singleElement()
                .asString()
                .startsWith("delivered although the instance had confirmed 0000000000000038");
    }

    @Test
    void confirmed_beforeItWasDelivered() {
        List<String> lines = ledger();
        lines.add(lines.size() - 1, life(0x48));
        assertThat(judge(lines).complaints())
                .anyMatch(line -> line.startsWith("confirmed up to 0000000000000048, but not delivered before"));
    }

    @Test
    void redelivery_underAnotherIdentity() {
        List<String> lines = ledger();
        lines.add(delivered(change(0x40, 1, "delete", "account", "2", ""), 0));
        assertThat(judge(lines).complaints())
                .singleElement()
                .asString()
                .startsWith("delivered what the log does not hold");
    }

    @Test
    void valueChanged() {
        List<String> lines = ledger();
        lines.set(1, lines.get(1).replace("1|a", "1|A"));
        assertThat(judge(lines).complaints())
                .anyMatch(line -> line.startsWith("delivered what the log does not hold"))
                .anyMatch(line -> line.startsWith("lost: 0000000000000010"));
    }

    @Test
    void tableOtherThanTheEventsMakeIt() {
        Map<String, Map<String, String>> tables = new TreeMap<>(TABLES);
        tables.put("tally", Map.of("7", "1|x", "8", "1|y"));
        assertThat(Verdict.of(LOG, ledger().stream(), tables).complaints())
                .singleElement()
                .asString()
                .startsWith("table tally differs: {8=1|y is null here}");
    }

    @Test
    void eventsMissing_gapCameBefore() {
        List<String> lines = ledger();
        lines.subList(3, 6).clear();
        lines.add(3, "G\t" + Change.hex(0x20) + "\t" + Change.hex(0x30));
        Verdict verdict = judge(lines);
        assertThat(verdict.complaints()).isEmpty();
        assertThat(verdict.losses()).isZero();
        assertThat(verdict.missing()).isEqualTo(3);
    }

    @Test
    void eventsMissing_gapCameTooLate_orCoversLess() {
        List<String> late = ledger();
        late.remove(3);
        late.add(4, "G\t" + Change.hex(0x20) + "\t" + Change.hex(0x20));
        assertThat(judge(late).complaints()).anyMatch(line -> line.startsWith("lost: 0000000000000020"));
        List<String> less = ledger();
        less.subList(3, 6).clear();
        less.add(3, "G\t" + Change.hex(0x28) + "\t" + Change.hex(0x30));
        assertThat(judge(less).complaints()).anyMatch(line -> line.startsWith("lost: 0000000000000020"));
    }

    @Test
    void clientInTrouble() {
        List<String> lines = ledger();
        lines.add("X\ta gap where none may be");
        assertThat(judge(lines).complaints()).singleElement().asString().contains("a gap where none may be");
    }

    private static Verdict judgeKeys(List<String> ledger) {
        return Verdict.ofKeys(LOG, ledger.stream(), TABLES);
    }

    private static List<String> swapped(int one, int other) {
        List<String> lines = ledger();
        java.util.Collections.swap(lines, one + 1, other + 1);
        return lines;
    }

    @Test
    void keysApart_othersOvertake() {
        assertThat(judgeKeys(swapped(4, 5)).complaints()).isEmpty();
        assertThat(judge(swapped(4, 5)).complaints()).isNotEmpty();
    }

    @Test
    void keysApart_sameKeyOvertakes() {
        assertThat(judgeKeys(swapped(0, 2)).complaints())
                .anyMatch(line -> line.startsWith("delivered after what follows it of its key"))
                .anyMatch(line -> line.startsWith("checksums differ"));
    }

    @Test
    void keysApart_whatStandsAloneIsOvertaken() {
        assertThat(judgeKeys(swapped(3, 5)).complaints())
                .anyMatch(line -> line.startsWith("delivered beside others, though it stands alone"));
    }

    @Test
    void keysApart_confirmedWhatWasNotDelivered() {
        List<String> lines = ledger();
        lines.remove(2);
        lines.add(life(0x20));
        assertThat(judgeKeys(lines).complaints())
                .anyMatch(line -> line.startsWith("confirmed up to"))
                .anyMatch(line -> line.startsWith("lost: "));
    }

    /** A transaction with a message and three changes, a message outside, and another transaction. */
    private static final List<String> MESSAGES = List.of(
            change(0x50, 0, "insert", "tally", "1", "1|a"),
            change(0x50, 0, "message", "note", "", "0000000000000042|within"),
            change(0x50, 1, "insert", "tally", "2", "1|b"),
            change(0x50, 2, "insert", "tally", "3", "1|c"),
            change(0x50, 0, "message", "note", "", "0000000000000050|outside"),
            change(0x60, 0, "message", "note", "", "0000000000000058|first"),
            change(0x60, 0, "insert", "tally", "4", "1|d"));

    private static List<String> complaints(boolean keysApart, int... order) {
        List<String> lines = new ArrayList<>(List.of(life(0)));
        IntStream.of(order).forEach(i -> lines.add(delivered(MESSAGES.get(i), 0)));
        Map<String, Map<String, String>> tables =
                Map.of("tally", Map.of("1", "1|a", "2", "1|b", "3", "1|c", "4", "1|d"));
        return (keysApart
                        ? Verdict.ofKeys(MESSAGES, lines.stream(), tables)
                        : Verdict.of(MESSAGES, lines.stream(), tables))
                .complaints();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void messageAndItsNeighbour_inEitherOrder_evenAgain(boolean keysApart) {
        assertThat(complaints(keysApart, 0, 1, 2, 3, 4, 5, 6)).isEmpty();
        assertThat(complaints(keysApart, 1, 0, 2, 3, 4, 6, 5)).isEmpty();
        assertThat(complaints(keysApart, 0, 2, 1, 3, 4, 5, 6)).isEmpty();
        assertThat(complaints(keysApart, 0, 2, 1, 0, 1, 2, 3, 4, 5, 6)).isEmpty();
        assertThat(complaints(keysApart, 0, 1, 2, 0, 2, 1, 3, 4, 5, 6)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void message_twoPlacesAway_orOutside_orOfAnotherTransaction_isFound(boolean keysApart) {
        assertThat(complaints(keysApart, 0, 2, 3, 1, 4, 5, 6)).as("late").isNotEmpty();
        assertThat(complaints(keysApart, 0, 1, 2, 4, 3, 5, 6)).as("outside").isNotEmpty();
        assertThat(complaints(keysApart, 0, 1, 2, 3, 5, 4, 6))
                .as("two messages")
                .isNotEmpty();
        assertThat(complaints(keysApart, 0, 1, 2, 5, 3, 4, 6))
                .as("another transaction")
                .isNotEmpty();
    }

    @Test
    void twoChanges_exchangedBesideAMessage_areFound() {
        assertThat(complaints(false, 1, 2, 0, 3, 4, 5, 6)).isNotEmpty();
        assertThat(complaints(false, 0, 1, 3, 2, 4, 5, 6))
                .anyMatch(line -> line.startsWith("delivered before what precedes it"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void messageOrNeighbour_lost_isFound(boolean keysApart) {
        assertThat(complaints(keysApart, 0, 2, 3, 4, 5, 6)).anyMatch(line -> line.startsWith("lost: "));
        assertThat(complaints(keysApart, 0, 1, 3, 4, 5, 6)).anyMatch(line -> line.startsWith("lost: "));
        assertThat(complaints(keysApart, 0, 1, 2, 3, 4, 6)).anyMatch(line -> line.startsWith("lost: "));
    }

    @Test
    void confirmed_beforeTheNeighbourWasDelivered() {
        List<String> lines = new ArrayList<>(List.of(life(0)));
        List.of(0, 2).forEach(i -> lines.add(delivered(MESSAGES.get(i), 0)));
        lines.add(life(0x58));
        assertThat(Verdict.of(MESSAGES, lines.stream(), Map.of()).complaints())
                .anyMatch(line -> line.startsWith("confirmed up to") && line.endsWith("within\t"));
    }
}
