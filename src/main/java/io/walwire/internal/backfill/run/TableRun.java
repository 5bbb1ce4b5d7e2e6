package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.BackfillSettings;
import io.walwire.internal.backfill.DeliveredTransaction;
import io.walwire.internal.backfill.EventKeys;
import io.walwire.internal.backfill.KeptProgress;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.backfill.ReadAmount;
import io.walwire.internal.backfill.RunSlot;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredLeaf;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.backfill.TableKey;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.backfill.TableReading;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReadTable;
import io.walwire.internal.transaction.ReceivedChange;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
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

    private final CompletableFuture<Void> completion = new CompletableFuture<>();

    /**
     * The turn to write the progress, of the keeper or the handler thread: the first must not overwrite what the second has committed.
     * If it is not known whether the handler thread has committed, or a group is stored, it keeps the turn. It is fair, for group follows group.
     */
    private final Semaphore saves = new Semaphore(1, true);

    private final long taken = System.nanoTime();
    private volatile StoredRun stored;
    private volatile Phase phase = Phase.NEW;
    private volatile @Nullable TablePlan plan;
    private volatile @Nullable TableReading backfill;
    private volatile Map<Relation, ReadTable> tables = Map.of();
    private volatile boolean handledMore;
    private volatile boolean reported;
    private volatile boolean again;
    private volatile int generation;
    private volatile int movesTo;
    private boolean reporting;
    private long savedAt = System.nanoTime() - SavedProgress.SAVE_NANOS;

    private final RunWish wish;
    private volatile SavedProgress saved = new SavedProgress(Lsn.ZERO, -1, -1, System.nanoTime(), Map.of());
    private List<StoredLeaf> leaves;
    private List<TableKey> keysToRead = List.of();
    private ReadAmount before = new ReadAmount(0, 0, 0);

    /** A run, as it is kept, and how far an earlier instance has come. */
    TableRun(StoredRun stored, List<StoredLeaf> leaves) {
        this.stored = stored;
        this.leaves = List.copyOf(leaves);
        this.wish = new RunWish(stored.wanted());
    }

    StoredRun stored() {
        return stored;
    }

    /** It is kept that it begins, on this timeline of the slot's server. */
    synchronized void on(RunSlot slot, int timeline) {
        stored = stored.on(slot, timeline);
    }

    TableName table() {
        return stored.table();
    }

    /** The name under which the stream sends its changes. */
    TableName sentName() {
        TablePlan as = plan;
        return as == null ? table() : as.sentName();
    }

    /** Another server of the same history is read. By the reader thread. */
    synchronized void moves(int timeline) {
        movesTo = timeline;
    }

    /** The timeline of another server, whose table of the progress may lack what was kept; 0 if there is none. */
    int movesTo() {
        return movesTo;
    }

    /** All of it is kept there. */
    synchronized void moved(RunSlot slot, int timeline) {
        on(slot, timeline);
        movesTo = movesTo == timeline ? 0 : movesTo;
    }

    /** Whether no progress of an earlier instance is gone on with. */
    boolean isFromStart() {
        return leaves.isEmpty();
    }

    Phase phase() {
        return phase;
    }

    CompletableFuture<Void> completion() {
        return completion;
    }

    @Nullable
    TableReading backfill() {
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
    synchronized void planned(TableReading of, TablePlan next, Map<Relation, ReadTable> described) {
        if (backfill != of) {
            return;
        }
        Map<Relation, ReadTable> all = new HashMap<>(tables); // chunks of the old plan are still under way
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
        TableReading begun = TableReading.begin(Objects.requireNonNull(plan), settings, unseen, leaves, keysToRead);
        begun.pause(wish.isPaused());
        before = new ReadAmount(begun.amount().rows(), begun.amount().bytes(), 0);
        saved = SavedProgress.begin(passed, begun.kept());
        backfill = begun;
        phase = Phase.BEGUN;
    }

    /** What was read is to be discarded, by the reader thread. Nothing more is kept or confirmed until then. By the keeper. */
    synchronized void haveBeginAgain() {
        if (phase == Phase.NEW) {
            beginAgain();
        } else {
            again = true;
        }
    }

    boolean hasToBeginAgain() {
        return again;
    }

    /** Discards what was read, since events may have been missed. Called by the reader thread, or before others know the run. */
    synchronized void beginAgain() {
        beginAgain(stored.again(RunIds.next()));
    }

    /**
     * Discards what was read. Called before others know the run.
     *
     * @param from without progress
     */
    synchronized void beginAgain(StoredRun from) {
        generation++;
        if (phase != Phase.ENDED) {
            phase = Phase.NEW; // first: from then on no more is confirmed
            TableReading.discard(backfill);
            backfill = null;
            reported = false;
            reporting = false;
            leaves = List.of();
            keysToRead = List.of();
            movesTo = 0;
            stored = from.in(RunState.RUNNING, null);
        }
        again = false;
    }

    /** Called by the reader thread, before the event is handed over. */
    void delivered(DeliveredTransaction by, ReceivedChange event) {
        TableReading running = backfill();
        TablePlan as = plan;
        if (running != null
                && as != null
                && as.isSentAs(event.table().schema(), event.table().name())) {
            running.delivered(by, event);
        }
    }

    /** Whether all rows are handled, and handlers did not get the end of the backfill yet. Called by the reader thread. */
    boolean beginsReport(TableReading running) {
        boolean begins = !reporting && running.isDone();
        reporting |= begins;
        return begins;
    }

    /** A table whose rows are read; null of one without partitions, which has no rows. */
    @Nullable
    ReadTable anyTable() {
        return tables.values().stream().findFirst().orElse(null);
    }

    /** Handlers have heard that all rows were read. */
    synchronized void reported(int since) {
        reported |= since == generation;
    }

    /** Whether handlers know that all rows were read. */
    boolean isReported() {
        return reported;
    }

    synchronized void pause(boolean now) { // what begins meanwhile has to know
        wish.pause(now);
        TableReading running = backfill;
        if (running != null) {
            running.pause(now);
        }
    }

    void cancel() {
        wish.cancel();
        pause(true);
    }

    boolean isCancelled() {
        return wish.isCancelled();
    }

    /** What is wanted of it. */
    RunWish wish() {
        return wish;
    }

    /** What the table says, which another process may have changed. By the keeper. */
    void wanted(RunState now) {
        if (!wish.learn(now)) {
            return;
        }
        if (now == RunState.CANCELLED) {
            cancel();
        } else {
            pause(isCancelled() || now == RunState.PAUSED);
        }
    }

    /**
     * Whether something has changed that is to be kept now. It may wait for a while: all keys are written each time. By the keeper.
     *
     * @param atOnce whether it cannot wait
     * @param handedOver everything that was committed before went to handlers
     */
    boolean hasToSave(boolean atOnce, Lsn handedOver) {
        TableReading running = backfill();
        if (running == null || again) {
            return false;
        }
        long since = atOnce ? Long.MAX_VALUE : System.nanoTime() - savedAt;
        return handledMore || running.version() != saved.version()
                ? since >= SavedProgress.SAVE_NANOS
                : since >= SavedProgress.REACH_NANOS && saved.upTo().isBefore(handedOver);
    }

    /** What is to be kept; null if it has begun again. By the keeper. */
    @Nullable
    KeptProgress toSave() {
        TableReading running = backfill();
        if (running == null || again) {
            return null;
        }
        handledMore = false;
        savedAt = System.nanoTime();
        return running.kept();
    }

    /** What of the progress is kept. */
    SavedProgress saved() {
        return saved;
    }

    /**
     * The progress is kept, with a state that is not written over.
     *
     * @param upTo everything that was handed over before this position is part of the keys
     * @param since the generation whose progress it is
     * @param withKeys whether the keys are kept, too
     */
    synchronized void saved(KeptProgress progress, RunState state, Lsn upTo, int since, boolean withKeys) {
        if (since != generation) {
            return;
        }
        saved = saved.after(progress, upTo, withKeys);
        if (withKeys) {
            stored = stored.with(progress.keysToRead(), upTo).in(state, null);
        }
    }

    /** The turn to write the progress. */
    Semaphore saves() {
        return saves;
    }

    /** There is progress that is not kept. */
    void notSaved() {
        handledMore = true;
    }

    /**
     * What may be confirmed of a position up to which everything is handled: no more than the progress is kept of. So a stream that
     * begins later than that has missed something. While it is not kept that the run begins again, another instance would go on where
     * the run was.
     */
    Lsn confirmable(Lsn handled) {
        SavedProgress known = saved;
        boolean isFree = isBeginningKept() && backfill() == null;
        return isFree || handled.isBefore(known.upTo()) ? handled : known.upTo();
    }

    /** Whether it is kept that the run begins again, if it does. */
    boolean isBeginningKept() {
        return !again && (phase != Phase.NEW || generation == 0);
    }

    /** The run is over. */
    synchronized void end(StoredRun last) {
        stored = last;
        phase = Phase.ENDED;
        TableReading.discard(backfill);
    }

    ReadAmount amount() {
        TableReading running = backfill;
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
}
