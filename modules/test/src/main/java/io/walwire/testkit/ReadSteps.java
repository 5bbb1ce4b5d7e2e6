package io.walwire.testkit;

import io.walwire.event.BackfilledEvent;
import io.walwire.event.Event;
import io.walwire.internal.backfill.ReadRange;
import io.walwire.internal.concurrent.TimedWait;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.TransactionPart;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets a test decide when the next chunk of a table is read, and knows what handlers have returned from. A table that no test steps
 * through is read at once.
 */
final class ReadSteps {
    /** Where the chunk is that a test has asked for last. */
    private enum Phase {
        /** Handlers have returned from it, or there was none yet. */
        HANDLED,
        /** It may be read. */
        ALLOWED,
        /** Its snapshot is taken, and the test does what it does meanwhile. */
        SEEN,
        /** Its rows go to handlers. */
        RELEASED
    }

    private final Consumer<List<Event>> delivered;
    private final Set<TableName> complete = new HashSet<>();
    private Phase phase = Phase.HANDLED;
    private @Nullable TableName table;
    private @Nullable String run;
    private @Nullable ReadRange reading;

    /**
     * Without a table that is stepped through.
     *
     * @param delivered gets what handlers have returned from
     */
    ReadSteps(Consumer<List<Event>> delivered) {
        this.delivered = delivered;
    }

    /** From now on a test steps through a table, until {@link #end}. */
    synchronized void through(TableName stepped) {
        if (table != null) {
            throw new IllegalStateException(
                    "The backfill of " + table + " has not ended: call rest() of what kit.backfill returned");
        }
        table = stepped;
        run = null;
        phase = Phase.HANDLED;
    }

    /** The run that reads it, once it is known. */
    synchronized void by(String id) {
        run = id;
    }

    /** What is left of the table is read without waiting for the test. */
    synchronized void end() {
        table = null;
        notifyAll();
    }

    /** The run has ended, or ends with its instance. */
    synchronized void end(String id) {
        if (id.equals(run)) {
            end();
        }
    }

    synchronized void wake() {
        notifyAll();
    }

    /** What was complete counts no more. */
    synchronized void reset() {
        complete.clear();
        end();
    }

    private boolean isStepped(TableName read) {
        return read.equals(table);
    }

    /** A reader waits until its chunk may be read. One that could not be placed is read again. */
    synchronized void begin(TableName read, ReadRange range, BooleanSupplier givenUp)
            throws SQLException, InterruptedException {
        TimedWait.until(
                this,
                () -> givenUp.getAsBoolean()
                        || !isStepped(read)
                        || phase == Phase.ALLOWED
                        || (phase == Phase.RELEASED && range.equals(reading)),
                Long.MAX_VALUE);
        if (givenUp.getAsBoolean()) {
            throw new SQLException("The reader is closed", "08003");
        }
        reading = range;
    }

    /** A reader that has its snapshot waits until the test has done what it does meanwhile. */
    synchronized void seen(TableName read, BooleanSupplier givenUp) throws InterruptedException {
        if (isStepped(read) && phase == Phase.ALLOWED) {
            phase = Phase.SEEN;
            notifyAll();
            TimedWait.until(
                    this, () -> givenUp.getAsBoolean() || !isStepped(read) || phase != Phase.SEEN, Long.MAX_VALUE);
        }
    }

    /**
     * Lets the next chunk be read, and waits until its snapshot is taken.
     *
     * @return false if the time has passed
     */
    synchronized boolean allow(Duration atMost) throws InterruptedException {
        if (table == null) {
            return true;
        }
        phase = Phase.ALLOWED;
        notifyAll();
        return TimedWait.until(this, () -> table == null || phase == Phase.SEEN, atMost.toNanos());
    }

    /** Whether a snapshot is taken whose rows wait. */
    synchronized boolean isSeen() {
        return table != null && phase == Phase.SEEN;
    }

    /** Lets the rows go to handlers. */
    synchronized void release() {
        if (phase == Phase.SEEN) {
            phase = Phase.RELEASED;
            notifyAll();
        }
    }

    /** Waits until handlers have returned from the rows; false if the time has passed. */
    synchronized boolean awaitHandled(Duration atMost) throws InterruptedException {
        return TimedWait.until(this, () -> table == null || phase == Phase.HANDLED, atMost.toNanos());
    }

    /** Handlers have returned from rows, or from the end of a run. */
    void handled(String of, TransactionPart part) {
        delivered.accept(part.events());
        synchronized (this) {
            boolean ended = false;
            for (Event event : part.events()) {
                if (event instanceof BackfilledEvent done) {
                    complete.add(
                            new TableName(done.source().schema(), done.source().table()));
                    ended = true;
                }
            }
            if (!ended && of.equals(run) && phase == Phase.RELEASED) {
                phase = Phase.HANDLED;
            }
            notifyAll();
        }
    }

    /** Waits until handlers have got the end of a backfill; false if the time has passed. */
    synchronized boolean awaitComplete(TableName read, Duration atMost) throws InterruptedException {
        return TimedWait.until(this, () -> complete.contains(read), atMost.toNanos());
    }
}
