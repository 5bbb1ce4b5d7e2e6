package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the keeper looks for when it looks the next time, and what may not be confirmed before. Thread-safe. */
final class DueLooks {
    private final RunSettings settings;
    private final CountDownLatch looked = new CountDownLatch(1);
    private boolean isToTakeUp;
    private boolean isToTakeRequests;
    private boolean isToLookForNew;
    private boolean isToReadFailed;
    private boolean isFirst;
    private boolean goesOn = true;
    private boolean repeats;
    private int movedTo;

    /** What waits until it is kept which runs begin again. */
    private final Queue<Runnable> awaitingKept = new ConcurrentLinkedQueue<>();

    /** Nothing above it is confirmed; null for no bound. */
    private volatile @Nullable Lsn held;

    DueLooks(RunSettings settings) {
        this.settings = settings;
    }

    /**
     * What the keeper has to look for.
     *
     * @param takeUp whether for runs of other instances
     * @param requests whether for runs that other processes ask for
     * @param streamGoesOn whether the stream has missed nothing since
     * @param repeats whether positions of the runs of other instances may stand for other transactions by now
     * @param lookForNew whether for tables that were never read
     * @param failedToo whether also for those whose run has failed
     * @param first whether this instance begins
     * @param movedTo the timeline of another server, which has all that came of the one before; 0 if there is none
     */
    record Due(
            boolean takeUp,
            boolean requests,
            boolean streamGoesOn,
            boolean repeats,
            boolean lookForNew,
            boolean failedToo,
            boolean first,
            int movedTo) {
        static final Due NOTHING = new Due(false, false, true, false, false, false, false, 0);

        /** Whether it has nothing to do with the runs that there are. */
        boolean isOnlyForNew() {
            return lookForNew && !takeUp && !requests && !first && streamGoesOn;
        }

        boolean isNothing() {
            return !takeUp && !requests && !lookForNew;
        }
    }

    /**
     * The instance begins.
     *
     * @param streamGoesOn whether the stream has missed nothing since an earlier instance
     * @param repeats whether positions behind its start may stand for other transactions than before
     * @param from the start of the stream
     */
    synchronized void begins(boolean streamGoesOn, boolean repeats, Lsn from) {
        held = settings.durable() ? from : null;
        isToTakeUp = settings.durable();
        isToLookForNew = settings.automatic();
        isFirst = true;
        goesOn = streamGoesOn;
        this.repeats = repeats;
    }

    /**
     * Another instance may have had the slot meanwhile, and its runs.
     *
     * @param from nothing behind it is confirmed until they are found
     * @param timeline of another server, which has all that came of the one before; 0 if there is none
     */
    synchronized void takeUp(Lsn from, int timeline) {
        hold(from);
        movedTo = timeline == 0 ? movedTo : timeline;
        isToTakeUp = true;
    }

    /** Rows that another session held locked may be free. Their runs have missed events, and begin again: nothing is held back for them. */
    synchronized void takeUpLeft() {
        isToTakeUp = true;
    }

    /** Another process asks for a run. */
    synchronized void takeRequests() {
        isToTakeRequests = true;
    }

    private void hold(Lsn from) {
        Lsn before = held;
        held = before != null && before.isBefore(from) ? before : from;
    }

    /**
     * What was read is not all any more.
     *
     * @param from nothing behind it is confirmed until that is kept; null if nothing is kept
     */
    synchronized void lost(@Nullable Lsn from) {
        if (from != null) {
            hold(from);
        }
        isToLookForNew = settings.automatic();
        goesOn = false;
        movedTo = 0;
    }

    /** There may be tables that were never read, or can be read by now. */
    synchronized void lookForNew() {
        isToLookForNew = true;
        isToReadFailed = true;
    }

    /** There may be tables that were never read, among those that the stream has announced. */
    synchronized void lookForAnnounced() {
        isToLookForNew = true;
    }

    /** Takes what is due. */
    synchronized Due take() {
        Due due = new Due(
                isToTakeUp, isToTakeRequests, goesOn, repeats, isToLookForNew, isToReadFailed, isFirst, movedTo);
        isToTakeUp = false;
        isToTakeRequests = false;
        isToLookForNew = false;
        isToReadFailed = false;
        isFirst = false;
        goesOn = true;
        repeats = false;
        movedTo = 0;
        return due;
    }

    /** It could not be done. */
    synchronized void again(Due due) {
        isToTakeUp |= due.takeUp();
        isToTakeRequests |= due.requests();
        goesOn &= due.streamGoesOn();
        repeats |= due.repeats();
        isToLookForNew |= due.lookForNew();
        isToReadFailed |= due.failedToo();
        isFirst |= due.first();
        movedTo = !goesOn ? 0 : movedTo == 0 ? due.movedTo() : movedTo;
    }

    /** Whether the keeper has nothing to look for. */
    synchronized boolean isNone() {
        return !isToTakeUp && !isToTakeRequests && !isToLookForNew && (goesOn || held == null);
    }

    /** The keeper has found the runs to go on with, or cannot find them: each has its own bound from now on. */
    synchronized void looked() {
        if (goesOn && !isToTakeUp) { // else it has to look again
            held = null;
        }
        looked.countDown();
    }

    /** Waits until the keeper has looked, but not longer than this. */
    void awaitLook(long seconds) throws InterruptedException {
        if (!looked.await(seconds, TimeUnit.SECONDS)) {
            looked.countDown();
        }
    }

    /** Whether no event is handed over until the keeper has looked. */
    boolean isAwaited() {
        return looked.getCount() > 0;
    }

    /** Whether nothing is held back until the keeper has looked. */
    private boolean holdsNothing() {
        return held == null;
    }

    /** Runs something once it is kept that runs begin again: until then another instance would go on with them. Called by any thread. */
    void whenKept(Runnable then) {
        awaitingKept.add(then);
        runWhatAwaitsKept();
    }

    /** Runs what waits, if it need not wait any more. */
    void runWhatAwaitsKept() {
        Runnable next = holdsNothing() ? awaitingKept.poll() : null;
        while (next != null) {
            next.run();
            next = awaitingKept.poll();
        }
    }

    /** What may be confirmed while runs of an earlier instance may not be found yet, which would miss what is confirmed. */
    Lsn confirmable(Lsn handled) {
        Lsn most = held;
        return most == null || handled.isBefore(most) ? handled : most;
    }
}
