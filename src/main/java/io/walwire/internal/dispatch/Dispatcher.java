package io.walwire.internal.dispatch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.StoredEvents;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Transactions to the user's callbacks. Returns when every callback has, or its failure policy has settled it; throws what
 * stops the instance. One transaction at
 * a time, whoever brings it; handlers may come and go, which the next transaction sees.
 */
public final class Dispatcher implements AutoCloseable {
    private final ReentrantLock oneAtATime = new ReentrantLock(true);
    private final FunctionThreads functions;
    private final Attempts attempts;
    private volatile boolean closed;
    private volatile Routes routes = new Routes(List.of());

    /**
     * A dispatcher without handlers.
     *
     * @param instance the instance's name
     * @param threads the instance's threads, to which the function threads are added
     * @param functionThreads how many functions run side by side
     * @param pause how a failed call waits for its next attempt
     * @param boundary what stands around each call
     */
    public Dispatcher(String instance, ThreadGroup threads, int functionThreads, Pause pause, CallBoundary boundary) {
        this.attempts = new Attempts(instance, pause, boundary);
        this.functions = new FunctionThreads(threads, functionThreads);
    }

    /**
     * Adds a handler.
     *
     * @param handler what it declared
     */
    public synchronized void add(Declarations handler) {
        List<Declarations> all = new ArrayList<>(routes.handlers());
        all.add(handler);
        routes = new Routes(all);
    }

    /**
     * Removes a handler.
     *
     * @param handler the same object that was added
     * @return false if it was not there
     */
    public synchronized boolean remove(EventHandler handler) {
        List<Declarations> all = new ArrayList<>(routes.handlers());
        boolean removed = all.removeIf(declared -> declared.handler() == handler);
        routes = new Routes(all);
        return removed;
    }

    /** The handlers of this moment. */
    public List<Declarations> handlers() {
        return routes.handlers();
    }

    /** The tables that handlers name. */
    public Set<TableName> tables() {
        Set<TableName> tables = new LinkedHashSet<>();
        handlers().forEach(handler -> tables.addAll(handler.tables()));
        return tables;
    }

    /**
     * Runs the handlers of a transaction or part, and returns when all of them have.
     *
     * @param transaction what happened
     * @throws InterruptedException if the thread is interrupted
     */
    public void dispatch(Transaction transaction) throws InterruptedException {
        oneAtATime.lockInterruptibly();
        try {
            requireOpen();
            call(routes, transaction, attempts);
        } finally {
            oneAtATime.unlock();
        }
    }

    private void call(Routes current, Transaction transaction, Attempts how) throws InterruptedException {
        Runs runs = new Runs(current, functions);
        for (Event event : transaction.events()) {
            runs.add(event);
        }
        runs.call(how);
        for (Declarations handler : current.hearingTransactions()) {
            for (Named<Transaction> callback : handler.transactions()) {
                how.make(UserCall.ofTransaction(handler.owner(), callback, transaction));
            }
        }
    }

    /**
     * Makes a call again that was set aside: of the handlers of a name alone, and of the declaration alone that failed. Their
     * policies say how often it is tried; a call that goes on failing is not set aside once more.
     *
     * @param handler the handlers' name
     * @param declaration what failed; where the handler does not declare the same any more, all of the same sort is called
     * @param events what it was called with
     * @return false if no handler of that name declares anything of the sort
     * @throws WalwireException if it failed again
     * @throws InterruptedException if the thread is interrupted
     */
    public boolean replay(String handler, String declaration, StoredEvents.Restored events)
            throws InterruptedException {
        oneAtATime.lockInterruptibly();
        try {
            requireOpen();
            Routes wanted = new Routes(routes.handlers().stream()
                    .filter(declared -> declared.owner().name().equals(handler))
                    .map(declared -> declared.only(declaration))
                    .filter(declared -> !declared.isEmpty())
                    .toList());
            if (wanted.handlers().isEmpty()) {
                return false;
            }
            Attempts again = attempts.thatThrow();
            if (events instanceof StoredEvents.OfTransaction of) {
                call(wanted, of.transaction(), again);
            } else if (events instanceof StoredEvents.OfNone of) {
                tell(wanted, of.event(), again);
            }
            return true;
        } finally {
            oneAtATime.unlock();
        }
    }

    /**
     * Tells handlers of what belongs to no transaction: lost continuity, or a message.
     *
     * @param event a gap, or a message that is not transactional
     * @throws InterruptedException if the thread is interrupted
     */
    public void dispatch(Event event) throws InterruptedException {
        oneAtATime.lockInterruptibly();
        try {
            requireOpen();
            tell(routes, event, attempts);
        } finally {
            oneAtATime.unlock();
        }
    }

    /** Whoever waited for the lock may have waited beyond the end of the instance. */
    private void requireOpen() {
        if (closed) {
            throw new WalwireException(ErrorCode.CLOSED, "The instance was closed before its handlers ran. [CLOSED]");
        }
    }

    static void tell(Routes routes, Event event, Attempts attempts) throws InterruptedException {
        LogicalMessage message = event.message();
        for (Declarations handler : routes.handlers()) {
            for (Named<Event> callback : message == null ? handler.gaps() : handler.messages(message)) {
                attempts.make(
                        UserCall.ofEvent(handler.owner(), callback, event.kind().jsonName(), event));
            }
        }
    }

    /** Whether this very thread runs handlers. */
    public boolean isDispatching() {
        return oneAtATime.isHeldByCurrentThread();
    }

    /** How many failed calls were made again. */
    public long retries() {
        return attempts.retries();
    }

    /** How many failed calls were skipped or handed over as dead letters. */
    public long setAside() {
        return attempts.setAside();
    }

    /** Ends the function threads, interrupting what still runs. */
    @Override
    public void close() {
        closed = true;
        functions.close();
    }
}
