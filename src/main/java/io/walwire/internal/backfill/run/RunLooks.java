package io.walwire.internal.backfill.run;

import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.backfill.LeafRanges;
import io.walwire.internal.backfill.RunNotes;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredLeaf;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.text.ShortList;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Looks for runs that another instance has left, and for tables that were never read. Used by the keeper's thread. */
final class RunLooks {
    private static final Logger LOG = Logs.of(RunLooks.class);

    private final RunSettings settings;
    private final RunContext context;
    private final RunList runs;
    private final RunThreads threads;
    private final RunPlans plans;
    private final RequestedRuns requests;

    RunLooks(RunSettings settings, RunContext context, RunList runs, RunThreads threads, RunPlans plans) {
        this.settings = settings;
        this.context = context;
        this.runs = runs;
        this.threads = threads;
        this.plans = plans;
        this.requests = new RequestedRuns(settings, context, runs, threads);
    }

    /**
     * Takes all runs of the slot, and goes on with those that have not ended.
     *
     * @return false if other sessions hold rows of such runs locked: they are left until later
     */
    boolean takeUp(StreamStart stream, ProgressStore store, DueLooks.Due due) throws SQLException {
        if (PlanChecks.keepsNothing(stream, settings)) {
            leaveOnStandby(stream, store);
            return true;
        }
        if (!settings.automatic() && !store.hasTable()) {
            return true;
        }
        ProgressStore.Claimed claimed = store.claim(due.streamGoesOn(), due.repeats(), read(), due.movedTo());
        threads.tableExists();
        if (due.movedTo() != 0) { // what another instance got of the server before is not known here
            threads.readAsNew().forget(claimed.taken());
        }
        takeBack(claimed); // first: a look that fails later does not see again that another instance had them
        requests.tryTake(store);
        forgetEnded(claimed);
        for (StoredRun run : claimed.runs()) {
            if (run.state() == RunState.RUNNING && !isKnown(run.id())) {
                RunNotes.Progress sunk = stored(run);
                StoredRun known = sunk == null ? run : sunk.run();
                boolean goesOn = due.streamGoesOn() && threads.isFirstLook() && hasMissedNothing(known, stream);
                LOG.info("The backfill {} of {} goes on{}", run.id(), run.table(), goesOn ? "" : " from its beginning");
                if (goesOn && sunk != null) {
                    takeUp(store, sunk);
                } else {
                    takeUp(store, run, goesOn);
                }
            }
        }
        return isNoneLeft(claimed.left());
    }

    private RunNotes.@Nullable Progress stored(StoredRun run) {
        GroupProgress groups = settings.groups();
        return groups == null ? null : groups.stored(run);
    }

    private void forgetEnded(ProgressStore.Claimed claimed) {
        GroupProgress groups = settings.groups();
        if (groups != null && threads.isFirstLook()) {
            Set<String> left = new HashSet<>(claimed.left());
            claimed.runs().stream()
                    .filter(run -> run.state() == RunState.RUNNING)
                    .forEach(run -> left.add(run.id()));
            groups.keepOnly(left);
        }
    }

    /** Whether an instance works on it, or will as soon as its row is free. */
    private boolean isUnderWay(String run) {
        return runs.find(run) != null || threads.notes().left().contains(run);
    }

    /** Runs of tables that this instance knows as read. Those that it works on are kept as they are. */
    private Set<String> read() {
        return threads.readAsNew().runs().stream().filter(run -> !isKnown(run)).collect(Collectors.toSet());
    }

    private boolean isKnown(String run) {
        return runs.isStarting(run) || runs.find(run) != null;
    }

    /** Nothing is held back for them: a run whose table was read meanwhile to a later position begins again. */
    private boolean isNoneLeft(Set<String> left) {
        threads.notes().left(left);
        if (left.isEmpty() || threads.due().isAwaited()) {
            return left.isEmpty();
        }
        threads.notes()
                .warnOnce(
                        "Backfills {} are taken up later: other sessions hold their rows of walwire_backfill locked. Those that"
                                + " another instance has left begin again then.",
                        left);
        return false;
    }

    /** Its database can only be read. */
    private void leaveOnStandby(StreamStart stream, ProgressStore store) throws SQLException {
        if (!store.hasTable()) {
            return;
        }
        threads.tableExists(); // the server may become the primary
        try {
            boolean wanted = store.runs().stream()
                    .anyMatch(run -> run.state() == RunState.RUNNING || run.state() == RunState.REQUESTED);
            if (wanted) {
                LOG.warn(
                        "Walwire does not continue backfills of replication slot \"{}\": {}",
                        stream.slot().name(),
                        PlanChecks.unwritable().getMessage());
            }
        } catch (WalwireException e) {
            LOG.debug("The rows of walwire_backfill cannot be looked at on the standby", e);
        }
    }

    /** Takes the runs that other processes ask for. */
    void takeRequests(StreamStart stream, ProgressStore store) throws SQLException {
        if (!PlanChecks.keepsNothing(stream, settings)) {
            requests.tryTake(store);
        }
    }

    /** A confirmed position is never above what the progress is kept of, unless the slot was moved on, or is another one. */
    private static boolean hasMissedNothing(StoredRun run, StreamStart stream) {
        return run.timeline() == stream.server().timeline() && !run.doneTo().isBefore(stream.position());
    }

    /** The stream has missed something. */
    void forget(StreamStart stream, ProgressStore store) throws SQLException {
        boolean isKept = !PlanChecks.keepsNothing(stream, settings); // else no run of its slot is kept as read
        if (isKept && (settings.automatic() || store.hasTable())) {
            store.forget();
        }
    }

    /** Another instance had the slot meanwhile, and these runs. */
    private void takeBack(ProgressStore.Claimed claimed) {
        for (StoredRun now : claimed.runs()) {
            TableRun known = claimed.taken().contains(now.id()) ? runs.find(now.id()) : null;
            if (known != null) {
                takeBack(known, now);
            }
        }
    }

    private void takeBack(TableRun known, StoredRun now) {
        if (now.state() == RunState.RUNNING) {
            LOG.info(
                    "The backfill {} of {} begins again: another instance has worked on it meanwhile",
                    now.id(),
                    now.table());
            known.haveBeginAgain();
            return;
        }
        known.end(now);
        runs.remove(known);
        WalwireException failure = now.state() == RunState.FAILED
                ? new WalwireException(
                        ErrorCode.CHECKPOINT,
                        "It failed in another instance: " + Objects.requireNonNullElse(now.problem(), "") + ".")
                : null;
        plans.ended(known, failure);
        EndedRun.report(known, failure);
    }

    /** Goes on with a run where the sink is. First the table has the same: later only what changes is written there. */
    private void takeUp(ProgressStore store, RunNotes.Progress sunk) throws SQLException {
        StoredRun run = sunk.run();
        store.keep(sunk);
        if (run.state() != RunState.DONE) {
            takeUp(store, run, true);
            return;
        }
        Objects.requireNonNull(settings.groups()).ended(run.id());
        LOG.info("The backfill {} of {} is done: the sink has stored its end", run.id(), run.table());
    }

    /** Goes on with a run where the table of the progress is, or begins it again. */
    private void takeUp(ProgressStore store, StoredRun run, boolean goesOn) throws SQLException {
        ConfigurationException unheard = PlanChecks.unheard(context, run);
        if (unheard != null && settings.automatic() && RunIds.isOfNew(run.id())) {
            LOG.info(
                    "The backfill {} of {} begins again when a handler asks for its rows: no handler does now",
                    run.id(),
                    run.table());
            store.forgetProgress(run.again(RunIds.next()));
            return;
        }
        List<StoredLeaf> leaves = List.of();
        WalwireException failure = unheard;
        try {
            leaves = goesOn ? store.leaves(run) : List.of();
            leaves.forEach(leaf -> LeafRanges.parse(leaf.ranges()));
        } catch (RuntimeException e) {
            leaves = List.of();
            failure = new WalwireException(
                    ErrorCode.CHECKPOINT,
                    "The backfill of " + run.table() + " cannot go on: another program has changed its"
                            + " rows in walwire_backfill.",
                    "Start the backfill again.",
                    e);
        }
        TableRun added = threads.add(goesOn ? run : run.again(RunIds.next()), failure == null ? leaves : List.of());
        if (threads.notes().isAbandoned(run.id())) {
            added.cancel();
        }
        if (failure != null) {
            runs.fail(added, failure);
        }
    }

    /**
     * Adds runs of tables that were never read. What keeps one from being read ends the instance at its start, with everything that
     * keeps others from it; later it fails the run of that table alone.
     */
    void lookForNew(StreamStart stream, @Nullable ProgressStore store, DueLooks.Due due) throws SQLException {
        List<RunPlans.NewRun> found;
        try {
            PlanChecks.requireWritable(stream, settings);
            found = plans.neverRead(stream, store, due, this::isUnderWay);
        } catch (WalwireException e) {
            if (due.first()) {
                context.fail(e);
            } else {
                LOG.error("Walwire could not look for tables whose existing rows were never read: {}", e.getMessage());
            }
            return;
        }
        List<String> problems = new ArrayList<>();
        found.forEach(run -> problems.addAll(run.problems()));
        if (due.first() && !problems.isEmpty()) {
            context.fail(new ConfigurationException(problems));
            return;
        }
        if (settings.first() && due.first() && !stream.slot().create() && !found.isEmpty()) {
            LOG.info(
                    "Replication slot \"{}\" was there already, so that walwire.backfill.order=first has no effect: {} are read beside"
                            + " the stream, or while it is held if they have no key",
                    stream.slot().name(),
                    ShortList.of(found.stream().map(each -> each.run().table()).toList()));
        }
        for (RunPlans.NewRun each : found) {
            if (runs.find(each.run().id()) == null) {
                TableRun added = threads.addNew(each.run(), due.streamGoesOn());
                if (!each.problems().isEmpty()) {
                    runs.fail(added, new ConfigurationException(each.problems()));
                }
            }
        }
        LOG.debug("{} tables were found that were never read", found.size());
    }
}
