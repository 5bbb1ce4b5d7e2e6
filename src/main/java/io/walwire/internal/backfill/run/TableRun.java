package io.walwire.internal.backfill.run;

import io.walwire.backfill.BackfillState;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.BackfillSettings;
import io.walwire.internal.backfill.EventKeys;
import io.walwire.internal.backfill.KeptProgress;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.backfill.PlacedChunk;
import io.walwire.internal.backfill.ReadAmount;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredLeaf;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.backfill.TableBackfill;
import io.walwire.internal.backfill.TableKey;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.backfill.TableRequest;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReadTable;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.TransactionPart;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One table, or the partitions whose changes come under one name, that is being read. Thread-safe. */
final class TableRun {
    /** How far the preparation has come. */
    enum Phase {
        /** It has to be planned. */
        NEW,
        /** It begins at the next boundary between transactions. */
        READY,
        /** Events are reported to it. */
        BEGUN,
        /** It is over. */
        ENDED
    }

    private static final long SAVE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final CompletableFuture<Void> completion = new CompletableFuture<>();
    private final SaveTurn saves = new SaveTurn();
    private final long taken = System.nanoTime();
    private volatile StoredRun stored;
    private volatile Phase phase = Phase.NEW;
    private volatile @Nullable TablePlan plan;
    private volatile @Nullable TableBackfill backfill;
    private volatile Map<Relation, ReadTable> tables = Map.of();
    private volatile boolean paused;
    private volatile boolean cancelled;
    private volatile boolean handledMore;
    private volatile boolean reported;
    private volatile int generation;
    private boolean reporting;
    private long savedAt = System.nanoTime() - SAVE_NANOS;

    /** What the table of the progress says is wanted, as far as is known. By the keeper alone. */
    private RunState known;

    private volatile Saved saved = new Saved(Lsn.ZERO, -1, Map.of());
    private List<StoredLeaf> leaves;
    private List<TableKey> keysToRead = List.of();
    private ReadAmount before = new ReadAmount(0, 0, 0);

    /**
     * What of the progress is kept.
     *
     * @param upTo everything that was handed over before this position is part of it
     * @param version of the keys
     * @param leaves by OID
     */
    private record Saved(Lsn upTo, long version, Map<Long, StoredLeaf> leaves) {}

    /**
     * A run.
     *
     * @param stored what is kept of it
     * @param leaves how far an earlier instance has come
     */
    TableRun(StoredRun stored, List<StoredLeaf> leaves) {
        this.stored = stored;
        this.leaves = List.copyOf(leaves);
        this.paused = stored.wanted() == RunState.PAUSED;
        this.cancelled = stored.wanted() == RunState.CANCELLED;
        this.known = stored.wanted();
    }

    StoredRun stored() {
        return stored;
    }

    TableName table() {
        return stored.table();
    }

    /** The name under which the stream sends its changes. */
    TableName sentName() {
        TablePlan as = plan;
        return as == null ? table() : as.sentName();
    }

    /** Whether no progress of an earlier instance is gone on with. */
    boolean isFromStart() {
        return leaves.isEmpty();
    }

    TableRequest request() {
        return new TableRequest(stored.table(), stored.where());
    }

    Phase phase() {
        return phase;
    }

    CompletableFuture<Void> completion() {
        return completion;
    }

    @Nullable
    TableBackfill backfill() {
        return phase == Phase.BEGUN ? backfill : null;
    }

    /** The plan is made; it may begin, unless the stream has lost something since. */
    synchronized void ready(TablePlan planned, Map<Relation, ReadTable> described, int since) {
        if (since == generation) {
            plan = planned;
            tables = Map.copyOf(described);
            keysToRead = keys(planned);
            phase = Phase.READY;
        }
    }

    /** Those that were kept, as events have them. */
    private List<TableKey> keys(TablePlan planned) {
        if (planned.leaves().isEmpty()) {
            return List.of();
        }
        LeafPlan any = planned.leaves().get(0);
        EventKeys keys = new EventKeys(any.key());
        return stored.keysToRead().stream()
                .map(texts -> keys.ofTexts(table(any.relation()).table(), texts))
                .toList();
    }

    /** How often it has begun again. */
    int generation() {
        return generation;
    }

    /** Goes on with another plan, unless it has begun again since the plan of that backfill broke. */
    synchronized void planned(TableBackfill of, TablePlan next, Map<Relation, ReadTable> described) {
        if (backfill != of) {
            return;
        }
        Map<Relation, ReadTable> all =
                new HashMap<>(tables); // chunks that were read by the old plan are still under way
        all.putAll(described);
        tables = Map.copyOf(all);
        plan = next;
        of.planned(next);
    }

    ReadTable table(Relation relation) {
        return Objects.requireNonNull(tables.get(relation), "table");
    }

    /** Everything that was handed over so far is known to be waited for. Called by the reader thread, between two transactions. */
    synchronized void begin(BackfillSettings settings, UnseenTransactions unseen, Lsn passed) {
        if (phase != Phase.READY) {
            return; // it has ended meanwhile
        }
        TableBackfill begun = new TableBackfill(Objects.requireNonNull(plan), settings, unseen);
        begun.resume(leaves, keysToRead);
        begun.pause(paused);
        before = new ReadAmount(begun.amount().rows(), begun.amount().bytes(), 0);
        saved = new Saved(passed, begun.version(), Map.of());
        backfill = begun;
        phase = Phase.BEGUN;
    }

    /** Discards what was read. Called by the reader thread. */
    synchronized void beginAgain() {
        generation++;
        if (phase != Phase.ENDED) {
            phase = Phase.NEW; // first: from then on no more is confirmed
            backfill = null;
            reported = false;
            reporting = false;
            leaves = List.of();
            keysToRead = List.of();
            stored = stored.with(List.of()).in(RunState.RUNNING, null);
        }
    }

    /** Called by the reader thread, before the event is handed over. */
    void delivered(ReceivedChange event) {
        TableBackfill running = backfill();
        TablePlan as = plan;
        if (running != null
                && as != null
                && as.sentName().table().equals(event.table().name())
                && as.sentName().schema().equals(event.table().schema())) {
            running.delivered(event);
        }
    }

    /** Whether all rows are handled, and handlers did not get the end of the backfill yet. Called by the reader thread. */
    boolean beginsReport(TableBackfill running) {
        boolean begins = !reporting && running.isDone();
        reporting |= begins;
        return begins;
    }

    /** Rows that have their place. */
    TransactionPart part(PlacedChunk chunk, Lsn passed) {
        return table(chunk.job().leaf().relation())
                .placed(stored.id(), stored.handlers(), passed, Instant.now(), chunk.rows());
    }

    /** That all rows were read; null of a table without partitions, which has no rows, and nobody has heard of it. */
    @Nullable
    TransactionPart allRead(Lsn passed) {
        return tables.values().stream()
                .findFirst()
                .map(table -> table.done(stored.id(), stored.handlers(), passed, Instant.now()))
                .orElse(null);
    }

    /** Handlers have heard that all rows were read. */
    synchronized void reported(int since) {
        reported |= since == generation;
    }

    /** Whether handlers know that all rows were read. */
    boolean isReported() {
        return reported;
    }

    void pause(boolean now) {
        paused = now;
        TableBackfill running = backfill;
        if (running != null) {
            running.pause(now);
        }
    }

    void cancel() {
        cancelled = true;
        pause(true);
    }

    boolean isCancelled() {
        return cancelled;
    }

    /** What has to be written as wanted; null if that is known. By the keeper. */
    @Nullable
    RunState wantedNow() {
        RunState wanted = cancelled ? RunState.CANCELLED : paused ? RunState.PAUSED : RunState.RUNNING;
        return wanted == known ? null : wanted;
    }

    /** What the table says, which another process may have changed. By the keeper. */
    void wanted(RunState now) {
        if (now != known) {
            known = now;
            cancelled |= now == RunState.CANCELLED;
            pause(cancelled || now == RunState.PAUSED);
        }
    }

    /** It is written. By the keeper. */
    void wrote(RunState wanted) {
        known = wanted;
    }

    /**
     * Whether something has changed that is to be kept now. It may wait for a while: all keys are written each time, and a busy table
     * has others all the time. By the keeper.
     *
     * @param atOnce whether it cannot wait
     */
    boolean hasToSave(boolean atOnce) {
        TableBackfill running = backfill();
        return running != null
                && (atOnce || System.nanoTime() - savedAt >= SAVE_NANOS)
                && (handledMore || running.version() != saved.version());
    }

    /** What is to be kept; null if it has begun again. By the keeper. */
    @Nullable
    KeptProgress toSave() {
        TableBackfill running = backfill();
        if (running == null) {
            return null;
        }
        handledMore = false;
        savedAt = System.nanoTime();
        return running.kept();
    }

    /** Those leaves that are not kept as they are. */
    List<StoredLeaf> changed(KeptProgress progress) {
        return progress.leaves().stream()
                .filter(leaf -> !leaf.equals(saved.leaves().get(leaf.oid())))
                .toList();
    }

    /** The progress is kept, with a state that is not written over. */
    synchronized void saved(KeptProgress progress, RunState state, Lsn upTo, int since) {
        if (since != generation) {
            return;
        }
        Map<Long, StoredLeaf> now = new HashMap<>();
        progress.leaves().forEach(leaf -> now.put(leaf.oid(), leaf));
        saved = new Saved(upTo, progress.version(), now);
        stored = stored.with(progress.keysToRead()).in(state, null);
    }

    /** Whether the keys that are to be read again are not kept as they are. */
    boolean hasOtherKeys(KeptProgress progress) {
        return progress.version() != saved.version();
    }

    /** Who may write the progress now. */
    SaveTurn saves() {
        return saves;
    }

    /** There is progress that is not kept. */
    void notSaved() {
        handledMore = true;
    }

    /**
     * What may be confirmed of a position up to which everything is handled. While it is not kept that the run begins again, another
     * instance would go on where the run was.
     */
    Lsn confirmable(Lsn handled) {
        TableBackfill running = backfill();
        Saved known = saved;
        boolean isKept = running == null ? phase != Phase.NEW || generation == 0 : running.version() == known.version();
        return isKept || handled.isBefore(known.upTo()) ? handled : known.upTo();
    }

    /** The run is over. */
    synchronized void end(StoredRun last) {
        stored = last;
        phase = Phase.ENDED;
    }

    ReadAmount amount() {
        TableBackfill running = backfill;
        if (running != null) {
            return running.amount();
        }
        return leaves.stream()
                .map(leaf -> new ReadAmount(leaf.rows(), leaf.bytes(), leaf.totalBytes()))
                .reduce(new ReadAmount(0, 0, 0), ReadAmount::plus);
    }

    /** What this instance has read of it. */
    ReadAmount ownAmount() {
        ReadAmount all = amount();
        return new ReadAmount(
                Math.max(0, all.rows() - before.rows()), Math.max(0, all.bytes() - before.bytes()), all.totalBytes());
    }

    /** The nanoseconds that this instance has worked on it. */
    long nanos() {
        return System.nanoTime() - taken;
    }

    BackfillState state() {
        if (phase == Phase.ENDED) {
            return switch (stored.state()) {
                case DONE -> BackfillState.DONE;
                case CANCELLED -> BackfillState.CANCELLED;
                default -> BackfillState.FAILED;
            };
        }
        TableBackfill running = backfill();
        if (paused) {
            return BackfillState.PAUSED;
        }
        return running == null || !running.hasBegun() ? BackfillState.WAITING : BackfillState.RUNNING;
    }
}
