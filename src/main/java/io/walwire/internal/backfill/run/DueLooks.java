package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
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
    private boolean isFirst;
    private boolean goesOn = true;

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
     * @param lookForNew whether for tables that were never read
     * @param first whether this instance begins
     */
    record Due(boolean takeUp, boolean requests, boolean streamGoesOn, boolean lookForNew, boolean first) {
        static final Due NOTHING = new Due(false, false, true, false, false);

        boolean isNothing() {
            return !takeUp && !requests && !lookForNew;
        }
    }

    /**
     * The instance begins.
     *
     * @param streamGoesOn whether the stream has missed nothing since an earlier instance
     * @param from the start of the stream
     */
    synchronized void begins(boolean streamGoesOn, Lsn from) {
        held = settings.durable() ? from : null;
        isToTakeUp = settings.durable();
        isToLookForNew = settings.automatic();
        isFirst = true;
        goesOn = streamGoesOn;
    }

    /**
     * Another instance may have had the slot meanwhile, and its runs.
     *
     * @param from nothing behind it is confirmed until they are found
     */
    synchronized void takeUp(Lsn from) {
        hold(from);
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
    }

    /** There may be tables that were never read. */
    synchronized void lookForNew() {
        isToLookForNew = true;
    }

    /** Takes what is due. */
    synchronized Due take() {
        Due due = new Due(isToTakeUp, isToTakeRequests, goesOn, isToLookForNew, isFirst);
        isToTakeUp = false;
        isToTakeRequests = false;
        isToLookForNew = false;
        isFirst = false;
        goesOn = true;
        return due;
    }

    /** It could not be done. */
    synchronized void again(Due due) {
        isToTakeUp |= due.takeUp();
        isToTakeRequests |= due.requests();
        goesOn &= due.streamGoesOn();
        isToLookForNew |= due.lookForNew();
        isFirst |= due.first();
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
    boolean holdsNothing() {
        return held == null;
    }

    /** What may be confirmed while runs of an earlier instance may not be found yet, which would miss what is confirmed. */
    Lsn confirmable(Lsn handled) {
        Lsn most = held;
        return most == null || handled.isBefore(most) ? handled : most;
    }
}
