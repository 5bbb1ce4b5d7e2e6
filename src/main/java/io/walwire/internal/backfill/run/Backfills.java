package io.walwire.internal.backfill.run;

import io.walwire.backfill.Backfill;
import io.walwire.backfill.BackfillRun;
import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.BackfillSettings;
import io.walwire.internal.backfill.DeliveredTransaction;
import io.walwire.internal.backfill.ReadableTables;
import io.walwire.internal.backfill.Sender;
import io.walwire.internal.backfill.TableReading;
import io.walwire.internal.backfill.TableRequest;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.log.Logs;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.replication.SnapshotUse;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.listener.ObservedBackfill;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The backfill runs of one instance. The reader thread reports every part that it hands over. Between transactions it asks for rows
 * whose place is there. Without a run and an announced table, both calls do nothing.
 */
public final class Backfills {
    private static final Logger LOG = Logs.of(Backfills.class);

    private final RunSettings settings;
    private final RunContext context;
    private final LagPause lag;
    private final RunList runs;
    private final RunThreads threads;
    private final RunRows rows;
    private final RunStarts starts;
    private final AnnouncedTables announced;
    private final UnseenTransactions unseen = new UnseenTransactions();
    private volatile @Nullable StreamStart stream;

    /** All transactions up to this position were reported. Used only by the reader thread. */
    private Lsn furthest = Lsn.ZERO;

    /** The end of the last transaction that was reported. Used only by the reader thread. */
    private Lsn lastEnd = Lsn.ZERO;

    /** Whether positions are transaction ids. */
    private final boolean hasIdsAlone;

    /** What is to be handed over next. Used only by the reader thread. */
    private final Queue<PlacedRows> placed = new ArrayDeque<>();

    /**
     * Without runs.
     *
     * @param settings shared by all runs
     * @param group the thread group of the instance
     * @param context the instance
     */
    public Backfills(RunSettings settings, ThreadGroup group, RunContext context) {
        this.settings = settings;
        this.context = context;
        ReadableTables tables = settings.tables();
        Sender sender = tables == null ? null : tables.sender();
        this.hasIdsAlone = sender != null && !sender.isLogged();
        this.lag = new LagPause(settings.instance());
        this.runs = new RunList(2 * settings.readers(), lag);
        this.threads = new RunThreads(settings, group, context, runs, unseen, lag);
        this.rows = new RunRows(settings, context, runs);
        this.starts = new RunStarts(settings, context, runs, threads);
        this.announced = new AnnouncedTables(settings, context, threads);
    }

    /**
     * A stream begins. Called by the reader thread.
     *
     * @param start its start
     * @param goesOn whether it continues at the end of the last stream
     * @param repeats whether positions behind its start may stand for other transactions than before
     * @param seen the highest position that came in the streams before
     * @throws InterruptedException if the thread is interrupted while runs of an earlier instance are looked for
     */
    public void begins(StreamStart start, boolean goesOn, boolean repeats, Lsn seen) throws InterruptedException {
        StreamStart before = stream;
        Lsn delivered = seen.isBefore(furthest) ? furthest : seen;
        Continuation continues = Continuation.of(before, start, goesOn, repeats, hasIdsAlone ? null : delivered);
        int movedTo = continues.movesTo(start);
        threads.reconnect(); // first: the server may be another one, or have started again unnoticed
        boolean startsOver = movedTo != 0 || !continues.same(); // on another server what was delivered is visible
        threads.reach().begins(start, startsOver ? unseen::clear : () -> {});
        threads.hold().clear();
        threads.readFirst(start);
        if (!continues.same()) { // first, because a run that begins again is prepared at once
            furthest = Lsn.ZERO;
            lastEnd = Lsn.ZERO;
            placed.clear(); // all runs begin again
            rows.forget();
            threads.reach().forget();
        }
        for (TableRun run : runs.all()) {
            if (!continues.same()) {
                LOG.info(
                        "The backfill of {} begins again, because the stream does not continue at its former end",
                        run.table());
                run.beginAgain();
            } else if (!keepsPlaced(run)) {
                LOG.info("The backfill of {} begins again, because the stream was interrupted", run.table());
                run.beginAgain();
            } else if (movedTo != 0 && hasReadNothing(run)) {
                run.beginAgain(); // it waits for what runs on the server now
            } else if (movedTo != 0) {
                run.moves(movedTo);
            }
        }
        if (!continues.missesNothing() && before != null) {
            threads.lost(start.position());
        }
        if (before != null && settings.durable()) {
            threads.takeUpAgain(start.position(), movedTo);
        }
        if (before == null && settings.tables() != null && (settings.durable() || settings.automatic())) {
            threads.takeUp(goesOn && !start.slot().create(), repeats, start.position());
            goOn(start);
        }
        stream = start; // last: runs that start from now on belong to this instance
    }

    private static boolean hasReadNothing(TableRun run) {
        TableReading reading = run.backfill();
        return run.isFromStart() && (reading == null || !reading.hasBegun());
    }

    private static boolean keepsPlaced(TableRun run) {
        TableReading reading = run.backfill();
        return reading == null || reading.forgetUnplaced();
    }

    /** Changes are missing in the stream, which goes on. Called by the reader thread. */
    public void lost() {
        threads.first().discard(); // its rows would come after the gap, and are older than its end
        for (TableRun run : runs.all()) {
            LOG.info("The backfill of {} begins again, because changes are missing", run.table());
            run.beginAgain();
        }
        threads.lost(context.handedOver());
    }

    /**
     * Runs something once it is kept which runs begin again because of a gap. Until then another instance would not know that.
     *
     * @param then called by any thread
     */
    public void whenKept(Runnable then) {
        threads.due().whenKept(then);
    }

    /**
     * Runs continue if they get every event from the first one on. Otherwise they begin again. Runs of tables that were never read
     * are known when the instance streams.
     */
    private void goOn(StreamStart start) throws InterruptedException {
        threads.awaitLook();
        if (!settings.durable()) {
            return;
        }
        threads.reach().passed(start.position()); // an earlier instance has delivered what was before
        for (TableRun run : runs.all()) {
            if (run.phase() == TableRun.Phase.READY) {
                run.begin(settingsOf(run), unseen, start.position());
            } else if (!run.isFromStart()) {
                run.beginAgain();
            }
        }
    }

    private BackfillSettings settingsOf(TableRun run) {
        return new BackfillSettings(
                settings.chunkBytes(),
                settings.keyBytes(),
                false,
                context.everyEventHeard(run.table(), run.stored().handlers()),
                threads.first().of(run) != null);
    }

    /** What is done around the creation of a slot, if the instance begins with one. */
    public SnapshotUse first() {
        return threads.first();
    }

    /**
     * A part of a transaction is handed over next. Called by the reader thread.
     *
     * @param part the part
     */
    public void delivered(TransactionPart part) {
        announced.look();
        if (!threads.isFollowing() || part.place().isBefore(furthest)) {
            return; // reported before the connection was lost
        }
        DeliveredTransaction by = new DeliveredTransaction((int) part.xid(), part.place());
        lag.delivered(part.timestamp(), part.events().size());
        threads.reach().delivers(part.place());
        for (TableRun run : runs.all()) {
            for (Event event : part.events()) {
                if (event instanceof ReceivedChange change && change.isOfRows()) {
                    run.delivered(by, change);
                }
            }
        }
        Lsn end = part.end();
        lastEnd = end == null ? lastEnd : end;
        if (part.isLast()) {
            unseen.delivered(by);
        }
    }

    /** Everything that was received is handed over. Called by the reader thread. */
    public void rests() {
        lag.rests();
        announced.look();
    }

    /**
     * Everything that was committed before a position is handed over. Called by the reader thread, between two transactions.
     *
     * @param position the end of a transaction, or the position of an idle server
     * @return as {@link #placed}
     */
    public Queue<PlacedRows> passed(Lsn position) {
        if (!threads.isFollowing() || position.isBefore(furthest)) {
            return placed;
        }
        furthest = position;
        boolean between = isBetween(position);
        Lsn lowest = hasIdsAlone ? new Lsn(lastEnd.value() + 1) : null;
        if (between) {
            threads.reach().passed(position);
        }
        for (TableRun run : runs.all()) {
            if (run.hasToBeginAgain()) {
                run.beginAgain();
                runs.wake();
            } else if (run.phase() == TableRun.Phase.READY) {
                run.begin(settingsOf(run), unseen, position);
                runs.wake();
            } else {
                placed.addAll(rows.of(run, position, lowest, between));
            }
        }
        return placed;
    }

    /**
     * A transaction comes next. Where positions are transaction ids, only its own shows whether one was left out before it. Called by the
     * reader thread.
     *
     * @param position the transaction's
     * @return as {@link #placed}
     */
    public Queue<PlacedRows> beforeBegin(Lsn position) {
        return hasIdsAlone ? passed(position) : placed;
    }

    /** Whether rows can have the position before this one. Of two ids that follow each other, it is that of the last transaction. */
    private boolean isBetween(Lsn position) {
        return !hasIdsAlone || lastEnd.isBefore(position);
    }

    /**
     * Rows to hand over next. What is handed over is to be removed: the rest is kept for the next stream. Called by the reader thread.
     *
     * @return the first of them first
     */
    public Queue<PlacedRows> placed() {
        return placed;
    }

    /** Whether rows are being read, or wait for their place. Called by the reader thread. */
    public boolean isReading() {
        return threads.isFollowing() && runs.readings().stream().anyMatch(TableReading::isReading);
    }

    /**
     * Whether a transaction has to wait, because rows of a table without a key come before it. Called by the reader thread.
     *
     * @param commit where the transaction has committed
     */
    public boolean holds(Lsn commit) {
        return threads.hold().holds(commit);
    }

    /**
     * Waits for a moment, or until something has changed for a transaction that waits. Called by the reader thread. The position of the
     * snapshot may be known only after the wait, and lie behind what comes next: that is delivered first then.
     *
     * @param next where the next transaction has committed, or how far everything has come
     * @return as {@link #placed}, before that transaction
     */
    public Queue<PlacedRows> awaitHeld(Lsn next) throws InterruptedException {
        runs.await();
        Lsn at = threads.hold().position();
        return at == null || next.isBefore(at) ? placed : passed(at.isBefore(furthest) ? furthest : at);
    }

    /** Whether rows wait until the stream is beyond this position. Called by the reader thread. */
    public boolean isAwaited(Lsn position) {
        return threads.isFollowing()
                && runs.readings().stream()
                        .map(TableReading::horizon)
                        .anyMatch(at -> at != null && (position.isBefore(at) || !isBetween(position)));
    }

    /**
     * The position that may be confirmed. A change may be confirmed only after runs have stored what they need of it. Called by any
     * thread.
     *
     * @param handled everything up to this position is handled
     * @return this position, or a lower one
     */
    public Lsn confirmable(Lsn handled) {
        Lsn lowest = threads.due().confirmable(handled);
        if (settings.durable()) {
            for (TableRun run : runs.all()) {
                Lsn of = run.confirmable(handled);
                lowest = of.isBefore(lowest) ? of : lowest;
            }
        }
        return lowest;
    }

    /** See {@code Walwire.backfill}. */
    public Backfill backfill(TableName table) {
        return new RequestedBackfill(this, table);
    }

    /** See {@code Walwire.backfills}. */
    public List<BackfillRun> runs() {
        return runs.all().stream()
                .<BackfillRun>map(run -> new StartedRun(run.table(), List.of(run), runs::wake))
                .toList();
    }

    /** See {@code ObservedInstance.backfills}. */
    public List<ObservedBackfill> observed() {
        return runs.all().stream()
                .<ObservedBackfill>map(run -> ObservedRun.of(run, runs))
                .toList();
    }

    /** More tables are subscribed. */
    public void subscribed() {
        if (settings.automatic() && threads.stream() != null) {
            threads.lookForNew();
        }
    }

    /** The stream announces a table. Called by the reader thread. */
    public void announced(Relation relation) {
        announced.add(relation);
    }

    BackfillRun start(TableRequest request, @Nullable List<String> handlers) {
        StreamStart current = requireStream();
        return starts.start(current, request, handlers);
    }

    private StreamStart requireStream() {
        if (settings.tables() == null) {
            throw new ConfigurationException(List.of(
                    "Existing rows cannot be read: there is no database where the test kit replays a recording."));
        }
        StreamStart current = stream;
        if (context.isStopping() || current == null) {
            throw new WalwireException(
                    ErrorCode.CLOSED,
                    "Existing rows cannot be read: the instance " + settings.instance()
                            + (context.isStopping() ? " is closed." : " does not stream yet."));
        }
        PlanChecks.requireWritable(current, settings);
        return current;
    }

    /**
     * The instance has ended.
     *
     * @param failure its failure; null if it was closed
     */
    public void end(@Nullable WalwireException failure) {
        threads.end();
        runs.all().forEach(run -> EndedRun.left(run, settings, failure));
    }
}
