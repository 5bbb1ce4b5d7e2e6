package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.StoredLeaf;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.replication.StreamStart;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
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
    private @Nullable Thread requests;
    private final StreamReach reach = new StreamReach();
    private volatile boolean following;
    private volatile boolean hasTable;
    private final DueLooks due;
    private final RowNotes notes = new RowNotes();

    /** Whether events may have been handed over that a run of an earlier instance has missed. */
    private boolean handsOver;

    private final ReadAsNew readAsNew = new ReadAsNew();
    private @Nullable RunKeeper keeping;
    private @Nullable HoldingThread holding;
    private final StreamHold hold = new StreamHold();
    private final FirstReading first;

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
        this.due = new DueLooks(settings);
        this.first = new FirstReading(settings, context, this);
    }

    RunList runs() {
        return runs;
    }

    LagPause lag() {
        return lag;
    }

    RowNotes notes() {
        return notes;
    }

    StreamHold hold() {
        return hold;
    }

    /** What is read before the stream's first change. */
    FirstReading first() {
        return first;
    }

    ReadAsNew readAsNew() {
        return readAsNew;
    }

    @Nullable
    StreamStart stream() {
        return reach.stream();
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

    StreamReach reach() {
        return reach;
    }

    /**
     * Goes on with what an earlier instance has left.
     *
     * @param streamGoesOn whether the stream has missed nothing since
     * @param repeats whether positions behind its start may stand for other transactions than before
     * @param from the start of the stream
     */
    void takeUp(boolean streamGoesOn, boolean repeats, Lsn from) {
        due.begins(streamGoesOn, repeats, from);
        ensureRunning();
    }

    /** The table of the progress is there, and other processes can ask for runs there. */
    void tableExists() {
        hasTable = true;
        lock.lock();
        try {
            if (requests == null && runs.isOpen()) {
                requests = start(new RequestThread(settings, context, this), "backfill-requests");
            }
        } finally {
            lock.unlock();
        }
    }

    /** The rows that were left may be free. */
    void takeUpLeft() {
        due.takeUpLeft();
        ensureRunning();
    }

    /** Another process asks for a run. */
    void takeRequests() {
        due.takeRequests();
        ensureRunning();
    }

    /**
     * Another instance may have had the slot meanwhile, and its runs.
     *
     * @param from the start of the stream
     * @param movedTo the timeline of another server, if it has all that came of the one before; otherwise 0
     */
    void takeUpAgain(Lsn from, int movedTo) {
        if (hasTable) {
            due.takeUp(from, movedTo);
            ensureRunning();
        }
    }

    /**
     * What was read is not all any more.
     *
     * @param from nothing behind it is confirmed until it is kept which tables are read again
     */
    void lost(Lsn from) {
        boolean isKept = settings.durable() && (settings.automatic() || hasTable);
        due.lost(isKept ? from : null);
        if (isKept || (settings.automatic() && settings.tables() != null)) {
            ensureRunning();
        }
    }

    /** Looks for tables that were never read. */
    void lookForNew() {
        due.lookForNew();
        ensureRunning();
    }

    /** Looks for tables that the stream has announced. While tables are read first, no others are found. */
    void lookForAnnounced() {
        if (first.runs().isEmpty()) {
            due.lookForAnnounced();
            ensureRunning();
        }
    }

    /** What the keeper has to look for. */
    DueLooks due() {
        return due;
    }

    /** Waits until the keeper has looked, for a while: what it finds later begins again. */
    void awaitLook() throws InterruptedException {
        due.awaitLook(LOOK_SECONDS);
        lock.lock();
        try {
            handsOver = true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether no event was handed over yet, which a run of an earlier instance would have missed. */
    boolean isFirstLook() {
        lock.lock();
        try {
            return !handsOver;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds a run of an earlier instance.
     *
     * @param run as it is kept; without progress, and as another reading, if its handlers may have missed something
     * @param leaves how far it had come; of no use once events were handed over, which it has missed
     */
    TableRun add(StoredRun run, List<StoredLeaf> leaves) {
        lock.lock();
        try {
            boolean goesOnWhereItWas = !handsOver && !leaves.isEmpty();
            TableRun added = goesOnWhereItWas ? new TableRun(run, leaves) : new TableRun(run.fromStart(), List.of());
            if (!goesOnWhereItWas) {
                boolean hasRead = !handsOver && !run.reading().isEmpty();
                // nothing is confirmed until that is kept
                added.beginAgain(hasRead ? run.fromStart() : run.again(RunIds.next()));
            }
            runs.add(added);
            return added;
        } finally {
            lock.unlock();
        }
    }

    /** Adds a run of a table that was never read, or that has to be read again since the stream has missed something. */
    TableRun addNew(StoredRun run, boolean streamGoesOn) {
        TableRun added = new TableRun(run, List.of());
        if (!streamGoesOn) {
            added.beginAgain(); // it may be kept as done: nothing is confirmed until that is changed
        }
        runs.add(added);
        return added;
    }

    /** The stream comes from another server, or may: existing rows are read there, too. */
    void reconnect() {
        lock.lock();
        try {
            readers.forEach(ReadingThread::reconnect);
            if (keeping != null) {
                keeping.reconnect();
            }
            if (holding != null) {
                holding.reconnect();
            }
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

    /** There is something to read: beside the stream, or while it is held. */
    void ensureReaders(boolean beside) {
        lock.lock();
        try {
            if (!beside && holding == null && runs.isOpen()) {
                holding = new HoldingThread(settings, context, runs, this, null);
                start(holding, "backfill-held");
            }
            while (beside && readers.size() < settings.readers() && runs.isOpen()) {
                ReadingThread reader = new ReadingThread(settings, context, runs, notes, reach, lag.writers());
                readers.add(reader);
                start(reader, "backfill-" + readers.size());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Tables that come before the first change of a stream that begins with a slot of its own are read from now on. */
    void readFirst(StreamStart start) {
        FirstAttempt attempt = first.attempt(start);
        lock.lock();
        try {
            if (attempt != null) {
                stopHolding();
                holding = new HoldingThread(settings, context, runs, this, attempt);
                start(holding, "backfill-held");
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
            if (!runs.isEmpty() || !due.isNone()) {
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
        stopHolding();
        runs.wake();
    }

    private void stopHolding() {
        if (holding != null) {
            holding.stop();
            holding = null;
        }
    }

    /** The instance ends. */
    void end() {
        runs.close();
        first.discard();
        List<Thread> ending;
        lock.lock();
        try {
            stopReaders();
            ending = Stream.of(keeper, requests).filter(Objects::nonNull).toList();
        } finally {
            lock.unlock();
        }
        ending.forEach(RunThreads::awaitEnd); // what they use may be the application's, which closes it next
    }

    private static void awaitEnd(Thread ending) {
        try {
            ending.join(END_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ending.interrupt();
    }
}
