package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import io.walwire.internal.backfill.ChunkResult.Locked;
import io.walwire.internal.backfill.ChunkResult.PlanBroken;
import io.walwire.internal.backfill.ChunkResult.TooLarge;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.TupleData;
import io.walwire.internal.text.TableName;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The backfill of one table, step by step, without a server. */
class TableBackfillTest {
    private static final TableName ITEM = new TableName("public", "item");
    private static final Snapshot LATE = Snapshot.parse("100:100:");

    private final UnseenTransactions unseen = new UnseenTransactions();
    private TableBackfill backfill = new TableBackfill(plan(1, 16), settings(1 << 20), unseen);

    private static BackfillSettings settings(long keyBytes) {
        return new BackfillSettings(64 * 1024, keyBytes, false, true, false);
    }

    private static TablePlan plan(long fileNode, long blocks) {
        LeafFacts facts = new LeafFacts(
                1, ITEM, 'r', 'p', fileNode, "heap", true, false, "", 1, ITEM, "", List.of("id"), null, true, null);
        Relation relation = new Relation(1, "public", "item", ReplicaIdentity.DEFAULT, List.of());
        LeafPlan leaf = new LeafPlan(
                ITEM, facts, relation, List.of(new KeyColumn("id", "text", 0)), null, blocks, blocks * 8192, -1);
        return new TablePlan(new TableRequest(ITEM, null), ITEM, List.of(leaf));
    }

    private ReadJob take() {
        return Objects.requireNonNull(backfill.take());
    }

    private static ModelRow row(String key, @Nullable String large) {
        return new ModelRow(key, 1, "n", large, 0);
    }

    private static DeliveredTransaction by(int xid) {
        return new DeliveredTransaction(xid, new Lsn(xid));
    }

    private static RowChange lacking(String key) {
        ModelRow row = row(key, null);
        TableKey now = row.tableKey();
        return new RowChange(RowChange.Kind.UPDATE, List.of(now), now, true, row.tuple(), ModelRow.COLUMNS);
    }

    private void read(ReadJob job, Snapshot snapshot, String horizon, ModelRow... rows) {
        backfill.shows(job, snapshot);
        List<TupleData> tuples = Stream.of(rows).map(ModelRow::tuple).toList();
        Chunk chunk = new Chunk(
                job.leaf(),
                job.range(),
                snapshot,
                Lsn.parse(horizon),
                tuples,
                new ChunkResult.Size(64 * 1024, 64 * 1024),
                null);
        backfill.read(job, chunk, i -> rows[i].tableKey());
    }

    /** What is to be kept once handlers have returned. */
    private StoredLeaf handled(PlacedChunk placed) {
        backfill.handled(placed);
        return backfill.kept().leaves().get(0);
    }

    private static List<TableKey> keys(KeptProgress kept) {
        return kept.keysToRead().stream().map(key -> ModelRow.key(key.get(0))).toList();
    }

    private static List<String> keys(PlacedChunk placed) {
        return placed.rows().stream().map(row -> ModelRow.of(row).key()).toList();
    }

    @Test
    void table_isReadRangeByRange_untilAllIsHandled() {
        assertThat(backfill.wantsSnapshot()).isTrue();
        assertThat(backfill.take()).as("before the first snapshot").isNull();
        backfill.sees(LATE);
        assertThat(backfill.wantsSnapshot()).isFalse();
        ReadJob first = take();
        ReadJob second = take();
        assertThat(backfill.take()).isNull();
        read(second, LATE, "0/20", row("b", "x"));
        read(first, LATE, "0/10", row("a", "x"));
        List<PlacedChunk> placed = backfill.place(Lsn.parse("0/10"));
        assertThat(placed).hasSize(1);
        assertThat(keys(placed.get(0))).containsExactly("a");
        assertThat(backfill.place(Lsn.parse("0/1F"))).isEmpty();
        StoredLeaf stored = handled(placed.get(0));
        assertThat(stored.rows()).isEqualTo(1);
        assertThat(stored.done()).isFalse();
        placed = backfill.place(Lsn.parse("0/20"));
        assertThat(backfill.take()).isNull();
        assertThat(backfill.isDone()).isFalse();
        assertThat(handled(placed.get(0)).done()).isTrue();
        assertThat(backfill.isDone()).isTrue();
    }

    /** The chunk that is read as soon as handlers have returned must not wait until a quiet stream looks again. */
    @Test
    void stream_looksOften_untilHandlersHaveReturned() {
        backfill.sees(LATE);
        assertThat(backfill.isReading()).isFalse();
        ReadJob job = take();
        assertThat(backfill.isReading()).isTrue();
        read(job, LATE, "0/10", row("a", "x"));
        PlacedChunk placed = backfill.place(Lsn.parse("0/10")).get(0);
        assertThat(backfill.isReading()).isTrue();
        handled(placed);
        assertThat(backfill.isReading()).isFalse();
    }

    @Test
    void firstSnapshot_seesWhatWasDeliveredBefore() {
        unseen.delivered(by(100));
        backfill = new TableBackfill(plan(1, 16), settings(1 << 20), unseen);
        backfill.sees(LATE);
        assertThat(backfill.take()).isNull();
        backfill.sees(Snapshot.parse("101:101:"));
        assertThat(backfill.take()).isNotNull();
    }

    @Test
    void keys_areReadAgain_whenAllRangesHaveTheirPlace() {
        backfill.sees(LATE);
        ReadJob first = take();
        ReadJob second = take();
        backfill.delivered(by(100), lacking("a"));
        backfill.delivered(by(100), lacking("c"));
        read(first, LATE, "0/10", row("a", "x"), row("b", "x"));
        assertThat(keys(backfill.place(Lsn.parse("0/10")).get(0))).containsExactly("b");
        assertThat(backfill.take()).as("one range has no place yet").isNull();
        read(second, LATE, "0/10");
        backfill.place(Lsn.parse("0/10")).forEach(backfill::handled);
        ReadJob keys = take();
        assertThat(keys.range()).isEqualTo(new KeyList(List.of(List.of("a"), List.of("c"))));
        backfill.read(keys, new TooLarge(16, 0, 0, 2), i -> ModelRow.key("none"));
        ReadJob half = take();
        ReadJob other = take();
        assertThat(List.of(half.range(), other.range()))
                .containsExactlyInAnyOrder(new KeyList(List.of(List.of("a"))), new KeyList(List.of(List.of("c"))));
        backfill.failed(half);
        half = take();
        Snapshot later = Snapshot.parse("101:101:");
        read(half, later, "0/20", row(half.keys().get(0).values().get(0), "x"));
        read(other, later, "0/20", row(other.keys().get(0).values().get(0), "x"));
        List<PlacedChunk> placed = backfill.place(Lsn.parse("0/20"));
        assertThat(placed.stream().flatMap(each -> keys(each).stream())).containsExactlyInAnyOrder("a", "c");
        KeptProgress kept = backfill.kept();
        assertThat(kept.keysToRead())
                .as("handlers have not returned")
                .containsExactlyInAnyOrder(List.of("a"), List.of("c"));
        placed.forEach(backfill::handled);
        assertThat(backfill.kept().keysToRead()).isEmpty();
        assertThat(backfill.version()).isGreaterThan(kept.version());
    }

    @Test
    void brokenPlan_isReplaced_andARewrittenTableBeginsAgain() {
        backfill.sees(LATE);
        ReadJob first = take();
        ReadJob second = take();
        backfill.read(first, new Locked("locked"), i -> ModelRow.key("none"));
        assertThat(take().range()).isEqualTo(first.range());
        backfill.read(second, new PlanBroken(PlanState.REWRITTEN), i -> ModelRow.key("none"));
        assertThat(backfill.brokenPlan()).isEqualTo(PlanState.REWRITTEN);
        assertThat(backfill.take()).isNull();
        backfill.planned(plan(1, 16));
        assertThat(backfill.brokenPlan()).isNull();
        assertThat(take().range()).as("the same file").isEqualTo(second.range());
        backfill.planned(plan(2, 24));
        assertThat(take().range()).as("another file").isEqualTo(BlockRange.ofBlocks(0, 8));
        assertThat(backfill.kept().leaves().get(0).readAs()).isEqualTo(2);
    }

    @Test
    void pausedTable_givesNoJobs() {
        backfill.sees(LATE);
        backfill.pause(true);
        assertThat(backfill.take()).isNull();
        backfill.pause(false);
        assertThat(backfill.take()).isNotNull();
    }

    @Test
    void anotherInstance_goesOn() {
        backfill.sees(LATE);
        ReadJob first = take();
        ReadJob second = take();
        long before = backfill.version();
        backfill.delivered(by(100), lacking("z"));
        assertThat(backfill.version()).isNotEqualTo(before);
        read(first, LATE, "0/10", row("a", "x"));
        backfill.place(Lsn.parse("0/10")).forEach(backfill::handled);
        KeptProgress kept = backfill.kept();

        backfill = new TableBackfill(plan(1, 16), settings(1 << 20), unseen);
        backfill.resume(kept.leaves(), keys(kept));
        backfill.sees(LATE);
        ReadJob left = take();
        assertThat(left.range()).isEqualTo(second.range());
        assertThat(backfill.take()).isNull();
        read(left, LATE, "0/10");
        backfill.place(Lsn.parse("0/10")).forEach(backfill::handled);
        ReadJob keys = take();
        assertThat(keys.range()).isEqualTo(new KeyList(List.of(List.of("z"))));
        read(keys, Snapshot.parse("101:101:"), "0/20", row("z", "x"));
        List<PlacedChunk> placed = backfill.place(Lsn.parse("0/20"));
        assertThat(keys(placed.get(0))).containsExactly("z");
        backfill.handled(placed.get(0));
        assertThat(backfill.isDone()).isTrue();
        assertThat(backfill.kept().leaves().get(0).rows()).isEqualTo(2);

        backfill = new TableBackfill(plan(2, 16), settings(1 << 20), unseen);
        backfill.resume(kept.leaves(), keys(kept));
        backfill.sees(LATE);
        assertThat(take().range()).as("of another file").isEqualTo(BlockRange.ofBlocks(0, 8));
    }

    @Test
    void tooManyKeys_haveTheTableReadByItsKey_alsoByAnotherInstance() {
        backfill = new TableBackfill(plan(1, 16), settings(20_000), unseen);
        backfill.sees(LATE);
        ReadJob first = take();
        for (int i = 0; i < 1_000; i++) {
            backfill.delivered(by(100), lacking("k" + i));
        }
        assertThat(backfill.take()).as("the first snapshot is waited for again").isNull();
        KeptProgress kept = backfill.kept();
        assertThat(kept.leaves().get(0).ranges()).contains("keys");
        read(first, Snapshot.parse("101:101:"), "0/10", row("a", "x"));
        List<PlacedChunk> placed = backfill.place(Lsn.parse("0/10"));
        assertThat(keys(placed.get(0)))
                .as("what was read is delivered all the same")
                .containsExactly("a");
        assertThat(handled(placed.get(0)).ranges()).contains("keys");
        backfill.sees(Snapshot.parse("101:101:"));
        assertThat(take().range()).isEqualTo(new KeyRange(null, null, 1_024));

        backfill = new TableBackfill(plan(1, 16), settings(20_000), unseen);
        backfill.resume(kept.leaves(), keys(kept));
        backfill.sees(LATE);
        assertThat(take().range()).isInstanceOf(KeyRange.class);
        backfill.delivered(by(101), lacking("k"));
        assertThat(backfill.kept().keysToRead()).as("no update moves a row").isEmpty();
    }

    /** What is being read, or waits for a place to which the stream comes, is not read twice. */
    @Test
    void rowsBehindTheEndOfAQuietStream_areReadAgain_andNoOthers() {
        backfill = new TableBackfill(plan(1, 24), settings(1 << 20), unseen);
        backfill.sees(LATE);
        ReadJob behind = take();
        ReadJob before = take();
        ReadJob underWay = take();
        read(behind, LATE, "0/21", row("a", "x"));
        read(before, LATE, "0/20", row("b", "x"));
        backfill.forgetBehind(Lsn.parse("0/20"));
        assertThat(keys(backfill.place(Lsn.parse("0/20")).get(0))).containsExactly("b");
        read(underWay, LATE, "0/20", row("c", "x"));
        List<PlacedChunk> placed = backfill.place(Lsn.parse("0/20"));
        assertThat(placed).hasSize(1);
        assertThat(keys(placed.get(0))).containsExactly("c");
        assertThat(take().range()).isEqualTo(behind.range());
        assertThat(backfill.take()).isNull();
    }

    /** A later plan may have read the same rows in a later snapshot, with changes between both that no event says. */
    @Test
    void rowsOfAnEarlierPlan_areReadAgain() {
        backfill.sees(LATE);
        ReadJob read = take();
        ReadJob underWay = take();
        read(read, LATE, "0/20", row("a", "x"));
        backfill.planned(plan(1, 16));
        read(underWay, LATE, "0/20", row("b", "x"));
        assertThat(backfill.place(Lsn.parse("0/20"))).isEmpty();
        assertThat(Stream.of(take(), take()).map(ReadJob::range))
                .containsExactlyInAnyOrder(read.range(), underWay.range());
    }

    @Test
    void whatIsKeptWithRows_isWhatIsKeptAfterThem() {
        backfill.sees(LATE);
        read(take(), LATE, "0/20", row("a", null));
        PlacedChunk placed = backfill.place(Lsn.parse("0/20")).get(0);
        KeptProgress with = backfill.keptWith(List.of(placed));
        assertThat(backfill.kept()).isNotEqualTo(with);
        backfill.handled(placed);
        assertThat(backfill.kept()).isEqualTo(with);
        assertThat(backfill.version()).isEqualTo(with.version());
    }
}
