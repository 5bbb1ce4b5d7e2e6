package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.BackfillSettings;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredLeaf;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.backfill.TableRequest;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.replication.StreamStart;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The threads of runs: one that keeps them, and some that read. They live while there are runs. Thread-safe. */
final class RunThreads {
    /** Well within half of any sensible wal_sender_timeout. */
    private static final long LOOK_SECONDS = 10;

    private static final long END_MILLIS = TimeUnit.SECONDS.toMillis(3);

    private final RunSettings settings;
    private final ThreadGroup group;
    private final RunContext context;
    private final RunList runs;
    private final UnseenTransactions unseen;
    private final LagPause lag;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<ReadingThread> readers = new ArrayList<>();
    private @Nullable Thread keeper;
    private volatile @Nullable StreamStart stream;
    private volatile Lsn passed = Lsn.ZERO;
    private volatile boolean following;
    private volatile @Nullable Lsn held;

    /** What the keeper looks for when it looks the next time. */
    private boolean isToTakeUp;

    private boolean isToLookForNew;
    private boolean goesOn = true;

    /** Whether events may have been handed over that a run of an earlier instance has missed. */
    private boolean handsOver;

    /** The OIDs of tables that were read as new in this instance, whichever keeper was at work. */
    private final Set<Long> readAsNew = ConcurrentHashMap.newKeySet();

    private @Nullable RunKeeper keeping;

    private final CountDownLatch looked = new CountDownLatch(1);

    RunThreads(
            RunSettings settings,
            ThreadGroup group,
            RunContext context,
            RunList runs,
            UnseenTransactions unseen,
            LagPause lag) {
        this.settings = settings;
        this.group = group;
        this.context = context;
        this.runs = runs;
        this.unseen = unseen;
        this.lag = lag;
    }

    static StoredRun storedRun(String slot, String id, TableRequest request, @Nullable List<String> handlers) {
        return new StoredRun(
                slot,
                id,
                request.table(),
                request.where(),
                handlers,
                RunState.RUNNING,
                RunState.RUNNING,
                null,
                List.of());
    }

    LagPause lag() {
        return lag;
    }

    Set<Long> readAsNew() {
        return readAsNew;
    }

    void streams(StreamStart start) {
        stream = start;
    }

    @Nullable
    StreamStart stream() {
        return stream;
    }

    /** Whether delivered transactions are reported. */
    boolean isFollowing() {
        return following;
    }

    void follow() {
        if (!following) {
            unseen.clear(); // what was delivered before is waited for by what runs now
        }
        following = true;
    }

    void passed(Lsn position) {
        passed = position;
    }

    /** Up to here everything was handed over. */
    Lsn passed() {
        return passed;
    }

    BackfillSettings settingsOf(TableRun run) {
        return new BackfillSettings(
                settings.chunkBytes(),
                settings.keyBytes(),
                false,
                null,
                context.everyEventHeard(run.table(), run.stored().handlers()));
    }

    /**
     * Goes on with what an earlier instance has left.
     *
     * @param streamGoesOn whether the stream has missed nothing since
     * @param from the start of the stream
     */
    void takeUp(boolean streamGoesOn, Lsn from) {
        held = settings.durable() ? from : null;
        lock.lock();
        try {
            isToTakeUp = true;
            isToLookForNew = settings.automatic();
            goesOn = streamGoesOn;
        } finally {
            lock.unlock();
        }
        ensureRunning();
    }

    /**
     * What was read is not all any more.
     *
     * @param from nothing behind it is confirmed until it is kept which tables are read again
     */
    void lost(Lsn from) {
        Lsn before = held;
        if (settings.durable() && settings.automatic() && settings.plans() != null) {
            held = before != null && before.isBefore(from) ? before : from;
        }
        lock.lock();
        try {
            isToLookForNew = settings.automatic();
            goesOn = false;
        } finally {
            lock.unlock();
        }
        if (settings.automatic() && settings.plans() != null) {
            ensureRunning();
        }
    }

    /** Looks for tables that were never read. */
    void lookForNew() {
        lock.lock();
        try {
            isToLookForNew = true;
        } finally {
            lock.unlock();
        }
        ensureRunning();
    }

    /** What the keeper has to look for. */
    record Due(boolean takeUp, boolean streamGoesOn, boolean lookForNew) {
        static final Due NOTHING = new Due(false, true, false);

        boolean isNothing() {
            return !takeUp && !lookForNew;
        }
    }

    Due takeDue() {
        lock.lock();
        try {
            Due due = new Due(isToTakeUp, goesOn, isToLookForNew);
            isToTakeUp = false;
            isToLookForNew = false;
            goesOn = true;
            return due;
        } finally {
            lock.unlock();
        }
    }

    /** The keeper has found the runs to go on with, or cannot find them: each has its own bound from now on. */
    void looked() {
        held = null;
        looked.countDown();
    }

    /** What may be confirmed while runs of an earlier instance may not be found yet, which would miss what is confirmed. */
    Lsn confirmable(Lsn handled) {
        Lsn most = held;
        return most == null || handled.isBefore(most) ? handled : most;
    }

    /** Waits until the keeper has looked, for a while: what it finds later begins again. */
    void awaitLook() throws InterruptedException {
        if (!looked.await(LOOK_SECONDS, TimeUnit.SECONDS)) {
            looked.countDown();
        }
        lock.lock();
        try {
            handsOver = true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds a run of an earlier instance.
     *
     * @param run as it is kept
     * @param leaves how far it had come; of no use once events were handed over, which it has missed
     */
    TableRun add(StoredRun run, List<StoredLeaf> leaves) {
        lock.lock();
        try {
            boolean goesOnWhereItWas = !handsOver && !leaves.isEmpty();
            TableRun added =
                    goesOnWhereItWas ? new TableRun(run, leaves) : new TableRun(run.with(List.of()), List.of());
            if (!goesOnWhereItWas) {
                added.beginAgain(); // nothing is confirmed until that is kept
            }
            runs.add(added);
            return added;
        } finally {
            lock.unlock();
        }
    }

    /** Adds a run of a table that was never read, or that has to be read again since the stream has missed something. */
    void addNew(StoredRun run, boolean streamGoesOn) {
        TableRun added = new TableRun(run, List.of());
        if (!streamGoesOn) {
            added.beginAgain(); // it may be kept as done: nothing is confirmed until that is changed
        }
        runs.add(added);
    }

    /** The stream comes from another server, or may: existing rows are read there, too. */
    void reconnect() {
        lock.lock();
        try {
            readers.forEach(ReadingThread::reconnect);
            if (keeping != null) {
                keeping.reconnect();
            }
        } finally {
            lock.unlock();
        }
    }

    /** It could not be done. */
    void again(Due due) {
        lock.lock();
        try {
            isToTakeUp |= due.takeUp();
            goesOn &= due.streamGoesOn();
            isToLookForNew |= due.lookForNew();
        } finally {
            lock.unlock();
        }
    }

    void ensureRunning() {
        lock.lock();
        try {
            if (keeper == null && runs.isOpen()) {
                RunKeeper next = new RunKeeper(settings, context, runs, this, unseen);
                keeping = next;
                keeper = start(next, "backfill");
            }
        } finally {
            lock.unlock();
        }
        runs.wake();
    }

    /** There is something to read. */
    void ensureReaders() {
        lock.lock();
        try {
            while (readers.size() < settings.readers() && runs.isOpen()) {
                ReadingThread reader = new ReadingThread(settings, context, runs);
                readers.add(reader);
                start(reader, "backfill-" + readers.size());
            }
        } finally {
            lock.unlock();
        }
    }

    private Thread start(Runnable work, String role) {
        Thread thread = new Thread(group, work, "walwire-" + settings.instance() + "-" + role);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Called by the keeper when nothing is left to do. Returns false if there is new work. */
    boolean mayEnd() {
        lock.lock();
        try {
            if (!runs.isEmpty() || isToTakeUp || isToLookForNew) {
                return false;
            }
            keeper = null;
            keeping = null;
            following = false;
            stopReaders();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void stopReaders() {
        readers.forEach(ReadingThread::stop);
        readers.clear();
        runs.wake();
    }

    /** The instance ends. */
    void end() {
        runs.close();
        Thread ending;
        lock.lock();
        try {
            stopReaders();
            ending = keeper;
        } finally {
            lock.unlock();
        }
        if (ending != null) {
            try {
                ending.join(END_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            ending.interrupt();
        }
    }
}
