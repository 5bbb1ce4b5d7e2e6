package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.RowChange.Kind;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.pgoutput.TupleData;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows that are older than what was delivered. */
class DeliveredKeysTest {
    private static final ReadMode MODE = new ReadMode(true, false, true, 100_000);
    private final DeliveredKeys delivered = new DeliveredKeys(MODE);

    private static ModelRow row(String key, long version, @Nullable String large) {
        return new ModelRow(key, version, "n", large, 0);
    }

    private static RowChange update(ModelRow row) {
        TableKey key = row.tableKey();
        return new RowChange(Kind.UPDATE, List.of(key), key, row.large() == null, row.tuple(), ModelRow.COLUMNS);
    }

    private static RowChange insert(ModelRow row) {
        TableKey key = row.tableKey();
        return new RowChange(Kind.INSERT, List.of(key), key, false, row.tuple(), ModelRow.COLUMNS);
    }

    /** As of a row that an update has brought into the publication's row filter. */
    private static RowChange insertThatLacksValues(ModelRow row) {
        TableKey key = row.tableKey();
        return new RowChange(Kind.INSERT, List.of(key), key, true, row.tuple(), ModelRow.COLUMNS);
    }

    private static RowChange deleteOfUnknown() {
        return new RowChange(Kind.DELETE, null, null, false, null, ModelRow.COLUMNS);
    }

    private static DeliveredTransaction by(int xid) {
        return new DeliveredTransaction(xid, new Lsn(xid));
    }

    private OpenRead read(String snapshot) {
        OpenRead read = delivered.begin(ModelRow.COLUMNS);
        delivered.shows(read, Snapshot.parse(snapshot));
        return read;
    }

    private List<Long> decide(OpenRead read, ModelRow... rows) {
        return versions(delivered.decide(read, i -> rows[i].tableKey(), tuples(rows)));
    }

    private static List<Long> versions(ChunkDecision decision) {
        assertThat(decision.readAgain()).isFalse();
        return decision.kept().stream().map(kept -> ModelRow.of(kept).version()).toList();
    }

    private static List<TupleData> tuples(ModelRow... rows) {
        return List.of(rows).stream().map(ModelRow::tuple).toList();
    }

    @Test
    void row_withANewerEvent_isDropped_othersAreKept() {
        OpenRead read = read("10:20:10,15");
        delivered.delivered(by(15), insert(row("a", 100, "x")));
        delivered.delivered(by(20), insert(row("b", 100, "x")));
        delivered.delivered(by(16), insert(row("c", 1, "x")));
        assertThat(decide(read, row("a", 1, "x"), row("b", 2, "x"), row("c", 3, "x"), row("d", 4, "x")))
                .containsExactly(3L, 4L);
        assertThat(delivered.isComplete()).isTrue();
    }

    @Test
    void event_withoutKey_hasTheChunkReadAgain() {
        OpenRead read = read("10:20:10");
        OpenRead later = read("21:21:");
        delivered.delivered(by(10), deleteOfUnknown());
        assertThat(delivered
                        .decide(read, i -> ModelRow.key("a"), tuples(row("a", 1, "x")))
                        .readAgain())
                .isTrue();
        assertThat(decide(later, row("a", 1, "x"))).containsExactly(1L);
    }

    @Test
    void manyKeys_areForgotten_whenEverySnapshotSeesThem() {
        OpenRead old = read("10:10:");
        for (int i = 0; i < 10_000; i++) {
            delivered.delivered(by(10 + i), insert(row("k" + i, 5, "x")));
        }
        assertThat(delivered
                        .decide(old, i -> ModelRow.key("z"), tuples(row("z", 1, "x")))
                        .readAgain())
                .as("there were too many to know which ones")
                .isTrue();
        delivered.sees(Snapshot.parse("20000:20000:"));
        OpenRead next = read("20000:20000:");
        delivered.delivered(by(20_000), insert(row("a", 9, "x")));
        assertThat(decide(next, row("a", 1, "x"), row("k7", 2, "x")))
                .as("keys are known again")
                .containsExactly(2L);
    }

    /** After a crash or a promotion, ids come again that were given before, and not written to the log. */
    @Test
    void snapshotOfTheTimeBefore_showsNothingThatCameLater() {
        DeliveredKeys many = new DeliveredKeys(new ReadMode(true, false, true, 10_000_000));
        many.sees(Snapshot.parse("300:300:"));
        many.forgetSnapshot();
        for (int i = 0; i < 2_000; i++) {
            many.delivered(by(200), insert(row("k" + i, 9, "x")));
        }
        OpenRead read = many.begin(ModelRow.COLUMNS);
        many.shows(read, Snapshot.parse("200:200:"));
        assertThat(versions(many.decide(read, i -> ModelRow.key("k1"), tuples(row("k1", 1, "x")))))
                .isEmpty();
    }

    @Test
    void largeUpdate_keepsOneTransaction() {
        DeliveredKeys heard = new DeliveredKeys(new ReadMode(true, false, true, 20_000));
        heard.sees(Snapshot.parse("10:10:"));
        OpenRead open = heard.begin(ModelRow.COLUMNS);
        for (int i = 0; i < 100_000; i++) {
            heard.delivered(by(10), update(row("k" + i, 5, "x")));
        }
        assertThat(heard.isOutgrown()).isFalse();
        assertThat(heard.decide(open, i -> ModelRow.key("z"), tuples(row("z", 1, "x")))
                        .readAgain())
                .isTrue();
        OpenRead next = heard.begin(ModelRow.COLUMNS);
        heard.shows(next, Snapshot.parse("11:11:"));
        assertThat(versions(heard.decide(next, i -> ModelRow.key("k1"), tuples(row("k1", 5, "x")))))
                .containsExactly(5L);
    }

    @Test
    void keysToReadAgain_areBounded() {
        DeliveredKeys lacking = new DeliveredKeys(new ReadMode(true, false, true, 20_000));
        for (int i = 0; i < 1_000 && !lacking.isOutgrown(); i++) {
            lacking.delivered(by(10), update(row("k" + i, 5, null)));
        }
        assertThat(lacking.isOutgrown()).isTrue();
        assertThat(lacking.kept().values()).isEmpty();
        lacking.restart(new ReadMode(false, false, true, 20_000));
        assertThat(lacking.isOutgrown()).isFalse();
        lacking.delivered(by(11), update(row("k", 6, null)));
        assertThat(lacking.kept().values())
                .as("with ranges of the key no update moves a row")
                .isEmpty();
    }

    @Test
    void snapshotThatIsNotKnownYet_isTakenForOneThatSeesNothing() {
        delivered.sees(Snapshot.parse("10:10:"));
        OpenRead opening = delivered.begin(ModelRow.COLUMNS);
        delivered.delivered(by(10), insert(row("a", 5, "x")));
        delivered.sees(Snapshot.parse("100:100:"));
        delivered.shows(opening, Snapshot.parse("10:11:10"));
        assertThat(decide(opening, row("a", 1, "x")))
                .as("the entry was not forgotten meanwhile")
                .isEmpty();
    }

    /** As of a standby that was started again, and has not replayed all that it had replayed before. */
    @Test
    void snapshotThatSeesLessThanAnEarlierOne_isTakenAsItIs() {
        delivered.sees(Snapshot.parseOfStandby("100:100:", new Lsn(100)));
        OpenRead opening = delivered.begin(ModelRow.COLUMNS);
        delivered.delivered(by(50), insert(row("a", 5, "x")));
        delivered.sees(Snapshot.parseOfStandby("100:100:", new Lsn(100)));
        delivered.shows(opening, Snapshot.parseOfStandby("40:40:", new Lsn(40)));
        assertThat(decide(opening, row("a", 1, "x"))).isEmpty();
    }

    /** A transaction that began earlier is still open. */
    @Test
    void snapshotOfAStandby_seesWhatWasDeliveredBefore() {
        delivered.delivered(by(50), update(row("a", 5, null)));
        OpenRead after = delivered.begin(ModelRow.COLUMNS);
        delivered.delivered(by(70), insert(row("b", 5, "x")));
        delivered.shows(after, Snapshot.parseOfStandby("40:80:", new Lsn(60)));
        assertThat(decide(after, row("a", 5, "x"), row("b", 1, "x"))).containsExactly(5L);
        OpenRead ofPrimary = delivered.begin(ModelRow.COLUMNS);
        delivered.shows(ofPrimary, Snapshot.parse("40:80:50"));
        assertThat(decide(ofPrimary, row("a", 1, "x")))
                .as("a primary sends a commit before others see it")
                .isEmpty();
    }

    /** A writer that is open on the primary keeps the xmin of all snapshots of its standby. */
    @Test
    void standby_whoseXminStands_forgetsWhatWasReplayed() {
        for (int i = 100; i < 1_000_000; i++) {
            delivered.delivered(by(i), deleteOfUnknown());
            if (delivered.wantsSnapshot()) {
                delivered.sees(Snapshot.parseOfStandby("50:2000000:", new Lsn(i + 1)));
                assertThat(delivered.wantsSnapshot()).as("after %s", i).isFalse();
            }
        }
        OpenRead later = delivered.begin(ModelRow.COLUMNS);
        delivered.shows(later, Snapshot.parseOfStandby("50:2000000:", new Lsn(1_000_000)));
        assertThat(decide(later, row("a", 1, "x"))).containsExactly(1L);
    }

    @Test
    void keyThatIsReadAgain_waitsUntilItsRowIsDelivered() {
        delivered.delivered(by(10), update(row("a", 5, null)));
        long version = delivered.version();
        assertThat(delivered.kept().values()).containsExactly(List.of("a"));
        delivered.rangesAreDone();
        List<TableKey> taken = delivered.takeKeysToRead(5);
        assertThat(delivered.takeKeysToRead(5)).isEmpty();
        OpenRead read = read("11:11:");
        assertThat(delivered.isComplete()).isFalse();
        ModelRow found = row("a", 5, "x");
        assertThat(versions(delivered.decideKeys(read, taken, i -> found.tableKey(), tuples(found))))
                .containsExactly(5L);
        assertThat(delivered.isComplete()).isTrue();
        assertThat(delivered.version()).isNotEqualTo(version);
    }

    /** As where the update's commit waits for a standby. */
    @Test
    void keyWhoseUpdateIsNotVisibleYet_isReadUntilItIs() {
        delivered.delivered(by(10), update(row("a", 5, null)));
        delivered.rangesAreDone();
        for (int i = 0; i < 6; i++) {
            List<TableKey> taken = delivered.takeKeysToRead(5);
            ModelRow old = row("a", 1, "x");
            OpenRead read = read("10:20:10");
            assertThat(versions(delivered.decideKeys(read, taken, at -> old.tableKey(), tuples(old))))
                    .as("an older row than the event's, or one that is made of both")
                    .isEmpty();
            assertThat(delivered.isComplete()).isFalse();
        }
        List<TableKey> taken = delivered.takeKeysToRead(5);
        ModelRow now = row("a", 5, "x");
        assertThat(versions(delivered.decideKeys(read("11:20:"), taken, at -> now.tableKey(), tuples(now))))
                .containsExactly(5L);
        assertThat(delivered.isComplete()).isTrue();
    }

    @Test
    void truncate_isAnEventOfEveryKey() {
        OpenRead read = read("10:20:10");
        delivered.delivered(by(9), update(row("b", 1, null)));
        delivered.delivered(by(10), RowChange.truncate());
        assertThat(decide(read, row("a", 1, "x"), row("b", 1, "x"))).isEmpty();
        assertThat(delivered.isComplete()).isTrue();
        assertThat(decide(read("11:20:"), row("a", 2, "x"))).containsExactly(2L);
    }

    @Test
    void keyThatIsNotExact_isReadAgain_whenAnotherRowsEventDropsIt() {
        Object identity = "of all rows";
        TableKey a = new TableKey(identity, List.of("a"), false);
        TableKey b = new TableKey(identity, List.of("b"), false);
        OpenRead read = read("10:20:10");
        delivered.delivered(
                by(10),
                new RowChange(
                        Kind.INSERT, List.of(b), b, false, row("b", 2, "x").tuple(), ModelRow.COLUMNS));
        assertThat(versions(delivered.decide(read, i -> a, tuples(row("a", 1, "x")))))
                .isEmpty();
        assertThat(delivered.kept().values()).containsExactly(List.of("a"));
    }

    @Test
    void keptKeys_areRestored() {
        delivered.delivered(by(10), update(row("a", 5, null)));
        DeliveredKeys next = new DeliveredKeys(MODE);
        List<TableKey> keys = new ArrayList<>();
        delivered.kept().values().forEach(values -> keys.add(ModelRow.key(values.get(0))));
        next.restore(keys);
        next.rangesAreDone();
        assertThat(next.takeKeysToRead(5)).extracting(TableKey::values).containsExactly(List.of("a"));
    }

    /** An event of which the key is not known may be about a row whose events complete what is read. */
    @Test
    void eventWithoutKey_endsTheFollowingOfRows() {
        delivered.rangesAreDone();
        delivered.restore(List.of(ModelRow.key("a")));
        for (int xid = 10; xid <= 12; xid++) {
            List<TableKey> taken = delivered.takeKeysToRead(10);
            OpenRead read = read(xid + ":" + xid + ":");
            delivered.delivered(by(xid), update(row("a", xid, null)));
            ChunkDecision decision =
                    delivered.decideKeys(read, taken, i -> ModelRow.key("a"), tuples(row("a", 1, "x")));
            assertThat(versions(decision))
                    .as("it is followed from the third time on")
                    .hasSize(xid == 12 ? 1 : 0);
        }
        delivered.restore(List.of(ModelRow.key("a")));
        for (int xid = 20; xid <= 22; xid++) {
            List<TableKey> taken = delivered.takeKeysToRead(10);
            OpenRead read = read(xid + ":" + (xid + 1) + ":" + xid);
            if (xid == 22) {
                delivered.delivered(by(19), deleteOfUnknown());
            }
            delivered.delivered(by(xid), update(row("a", xid, null)));
            assertThat(versions(delivered.decideKeys(read, taken, i -> ModelRow.key("a"), tuples(row("a", 1, "x")))))
                    .isEmpty();
        }
        assertThat(delivered.isComplete()).isFalse();
    }

    /** A row that comes after it is another one, which events from before do not complete. */
    @Test
    void truncate_endsTheFollowingOfRows() {
        delivered.rangesAreDone();
        delivered.restore(List.of(ModelRow.key("a")));
        for (int xid = 10; xid <= 12; xid++) {
            List<TableKey> taken = delivered.takeKeysToRead(10);
            OpenRead read = read(xid + ":" + (xid + 1) + ":" + xid);
            if (xid == 12) {
                delivered.delivered(by(9), RowChange.truncate());
            }
            delivered.delivered(by(xid), update(row("a", xid, null)));
            assertThat(versions(delivered.decideKeys(read, taken, i -> ModelRow.key("a"), tuples(row("a", 1, "x")))))
                    .as("it would be followed from the third time on")
                    .isEmpty();
        }
        assertThat(delivered.isComplete()).isFalse();
    }

    /** It may lie in a range that was read, when the filter left it out. */
    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void insertThatLacksValues_isAlwaysRead(boolean byBlocks, boolean rangesDone) {
        DeliveredKeys keys = new DeliveredKeys(new ReadMode(byBlocks, false, true, 100_000));
        if (rangesDone) {
            keys.rangesAreDone();
        }
        keys.delivered(by(10), insertThatLacksValues(row("a", 5, null)));
        assertThat(keys.isComplete()).isFalse();
        assertThat(keys.kept().values()).containsExactly(List.of("a"));
        keys.rangesAreDone();
        List<TableKey> taken = keys.takeKeysToRead(5);
        OpenRead read = keys.begin(ModelRow.COLUMNS);
        keys.shows(read, Snapshot.parse("11:11:"));
        ModelRow now = row("a", 5, "x");
        assertThat(versions(keys.decideKeys(read, taken, i -> now.tableKey(), tuples(now))))
                .containsExactly(5L);
        assertThat(keys.isComplete()).isTrue();
    }

    /** As while the server refuses connections for long. */
    @Test
    void moreTransactionsThanCanBeKnown_haveTheTableReadAgain() {
        OpenRead before = read("10:10:");
        for (int i = 0; i <= LastEvents.MOST; i++) {
            assertThat(delivered.isOutgrown()).isFalse();
            delivered.delivered(by(10 + i), deleteOfUnknown());
        }
        assertThat(delivered.isOutgrown()).isTrue();
        OpenRead meanwhile = read("1000000:1000000:");
        delivered.restart(MODE);
        assertThat(delivered.isOutgrown()).isFalse();
        assertThat(delivered.wantsSnapshot()).isFalse();
        for (OpenRead read : List.of(before, meanwhile)) {
            assertThat(isReadAgain(read)).isTrue();
        }
        int last = 10 + LastEvents.MOST;
        OpenRead without = read(last + ":2000000:" + last);
        delivered.delivered(by(last), deleteOfUnknown());
        assertThat(isReadAgain(without)).as("more of the last transaction came").isTrue();
        assertThat(decide(read("2000000:2000000:"), row("a", 1, "x"))).containsExactly(1L);
    }

    /** The rest of the table is not read again. */
    @Test
    void moreTransactionsThanCanBeKnown_whileOneChunkIsRead_haveThatReadAgain() {
        OpenRead slow = read("10:10:");
        for (int i = 0; i <= LastEvents.MOST; i++) {
            delivered.delivered(by(10 + i), deleteOfUnknown());
            if (i == LastEvents.MOST / 2) {
                delivered.sees(Snapshot.parse("1000000:1000000:"));
            }
        }
        assertThat(delivered.isOutgrown()).isFalse();
        assertThat(isReadAgain(slow)).isTrue();
        assertThat(decide(read("1000000:1000000:"), row("a", 1, "x"))).containsExactly(1L);
    }

    private boolean isReadAgain(OpenRead read) {
        return delivered
                .decide(read, i -> ModelRow.key("a"), tuples(row("a", 1, "x")))
                .readAgain();
    }
}
