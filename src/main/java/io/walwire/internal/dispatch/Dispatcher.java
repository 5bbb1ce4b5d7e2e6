package io.walwire.internal.dispatch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.GapEvent;
import io.walwire.event.Kind;
import io.walwire.event.MessageEvent;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.internal.lanes.Lanes;
import io.walwire.internal.transaction.StoredEvents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Calls the user's callbacks with transactions. It returns when every callback has returned, or its failure policy has settled the
 * failure, unless it is asked only to {@link #begin}. It throws what stops the instance. Any thread may call it; one transaction is
 * dispatched at a time. Handlers may be added and removed meanwhile, which the next transaction sees.
 */
public final class Dispatcher implements AutoCloseable {
    private final ReentrantLock oneAtATime = new ReentrantLock(true);
    private final FunctionThreads functions;
    private final Attempts attempts;
    private final AsyncCalls async;
    private final Callers callers;
    private final SideBySide sideBySide;
    private volatile boolean closed;
    private volatile Routes routes = new Routes(List.of());

    /**
     * What bounds the calls that run or are in flight.
     *
     * @param functionThreads how many functions run side by side
     * @param asyncCalls how many stages may be in flight
     * @param patience how long the end of the instance, and what waits for calls of which one has failed, wait for them
     */
    public record Limits(int functionThreads, int asyncCalls, Duration patience) {}

    /**
     * A dispatcher without handlers.
     *
     * @param instance the instance's name
     * @param threads the instance's threads, to which those of functions are added
     * @param limits what bounds the calls
     * @param context what surrounds each call
     */
    public Dispatcher(String instance, ThreadGroup threads, Limits limits, CallContext context) {
        this(instance, threads, limits, context, null);
    }

    /**
     * A dispatcher without handlers.
     *
     * @param instance the instance's name
     * @param threads the instance's threads, to which those of functions are added
     * @param limits what bounds the calls
     * @param context what surrounds each call
     * @param lanes where handlers of different keys run side by side; null if they do not
     */
    public Dispatcher(String instance, ThreadGroup threads, Limits limits, CallContext context, @Nullable Lanes lanes) {
        this.attempts = new Attempts(instance, context);
        this.functions = new FunctionThreads(threads, limits.functionThreads());
        this.async = new AsyncCalls(threads, limits, context.lifecycle(), functions);
        this.callers = new Callers(attempts, functions, async);
        this.sideBySide = new SideBySide(lanes, callers);
    }

    /**
     * Adds a handler.
     *
     * @param handler what it declared
     */
    public void add(Declarations handler) {
        addAll(List.of(handler));
    }

    /**
     * Adds handlers at once: each addition looks at all routes.
     *
     * @param handlers what they declared
     */
    public synchronized void addAll(List<Declarations> handlers) {
        List<Declarations> all = new ArrayList<>(routes.handlers());
        all.addAll(handlers);
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

    /**
     * Runs the handlers of a transaction on this thread, without lanes and batches, and returns when all of them have. For what does
     * not come from the stream.
     *
     * @param transaction what happened
     * @throws InterruptedException if the thread is interrupted
     */
    public void dispatch(Transaction transaction) throws InterruptedException {
        inTurn(() -> {
            sideBySide.awaitQuiet();
            FailureCollector.await(part -> call(routes, callers, transaction, part));
        });
    }

    /**
     * Begins a transaction or part. Without lanes, batches and stages all of it is done when this returns. Otherwise
     * calls in lanes, batches and stages may go on.
     *
     * @param transaction what happened
     * @param part held by this thread alone, before it goes on elsewhere, for as long as anything is left to do there
     * @throws InterruptedException if the thread is interrupted
     */
    public void begin(Transaction transaction, PendingPart part) throws InterruptedException {
        enter();
        try {
            sideBySide.begin(routes, transaction, part);
        } finally {
            oneAtATime.unlock();
        }
    }

    /**
     * Runs the handlers of a transaction or part, in lanes where there are any, and returns when all of them have. When it
     * throws a failure, none of them runs any more.
     *
     * @param transaction what happened
     * @throws InterruptedException if the thread is interrupted
     */
    public void complete(Transaction transaction) throws InterruptedException {
        inTurn(() -> sideBySide.complete(routes, transaction));
    }

    /** Whether batches are gathered at this moment. */
    public boolean hasBatches() {
        return sideBySide.hasBatches();
    }

    /** How long until the first batch's time is over. */
    public long nanosToNextBatch() throws InterruptedException {
        oneAtATime.lockInterruptibly();
        try {
            return sideBySide.batches().nanosLeft();
        } finally {
            oneAtATime.unlock();
        }
    }

    /**
     * Hands over what is gathered.
     *
     * @param all not only where the time is over
     * @throws InterruptedException if the thread is interrupted
     */
    public void endBatches(boolean all) throws InterruptedException {
        inTurn(all ? sideBySide.batches()::endAll : sideBySide.batches()::endDue);
    }

    /** Waits until no stage is in flight and nothing runs in lanes any more, whether it was done or given up. For the end. */
    public void awaitIdle() throws InterruptedException {
        async.awaitIdle();
        sideBySide.awaitIdle();
    }

    private void inTurn(ThrowingRunnable<InterruptedException> turn) throws InterruptedException {
        enter();
        try {
            turn.run();
        } finally {
            oneAtATime.unlock();
        }
    }

    private void enter() throws InterruptedException {
        if (isLane()) {
            throw new IllegalStateException("A handler that runs side by side with others cannot wait for all of them,"
                    + " itself among them: call process or replay from another thread");
        }
        if (functions.isFunction()) {
            throw new IllegalStateException("A function cannot wait for the handlers that wait for it: call process or"
                    + " replay from another thread, and do not wait for that one");
        }
        if (async.isOwnThread()) {
            throw new IllegalStateException(
                    "The thread that goes on when stages complete cannot wait for handlers: call"
                            + " process or replay from another thread");
        }
        if (async.isCalling()) {
            throw new IllegalStateException(
                    "An asynchronous callback cannot wait for handlers: they may wait for room that"
                            + " its own stage takes. Call process or replay from another thread, and let no stage wait for it");
        }
        oneAtATime.lockInterruptibly();
        if (closed) {
            // a thread that waited for the lock may have waited beyond the end of the instance
            oneAtATime.unlock();
            throw new WalwireException(ErrorCode.CLOSED, "The instance was closed before its handlers ran.");
        }
    }

    static void call(Routes current, Callers how, Transaction transaction, PendingPart part)
            throws InterruptedException {
        Runs runs = new Runs(current, how.attempts().interrupts());
        for (Event event : transaction.events()) {
            runs.add(event);
        }
        runs.call(how, part);
        callTransactions(current, transaction, how.attempts());
    }

    /** Rows that were read are no transaction. */
    private static boolean isOfReads(Transaction transaction) {
        List<Event> events = transaction.events();
        return !events.isEmpty() && isOfReads(events.get(0).kind());
    }

    static boolean isOfReads(Kind kind) {
        return kind == Kind.READ || kind == Kind.BACKFILLED;
    }

    static void callTransactions(Routes current, Transaction transaction, Attempts how) throws InterruptedException {
        if (isOfReads(transaction)) {
            return;
        }
        for (Declarations handler : current.hearingTransactions()) {
            for (DeclaredCallback<Transaction> callback : handler.transactions()) {
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
        Routes wanted = new Routes(routes.handlers().stream()
                .filter(declared -> declared.owner().name().equals(handler))
                .map(declared -> declared.only(declaration))
                .filter(declared -> !declared.isEmpty())
                .toList());
        if (wanted.handlers().isEmpty()) {
            return false;
        }
        Callers again = callers.thatThrow();
        inTurn(() -> {
            sideBySide.awaitQuiet();
            if (events instanceof StoredEvents.OfTransaction of) {
                FailureCollector.await(part -> call(wanted, again, of.transaction(), part));
            } else if (events instanceof StoredEvents.OfNone of) {
                deliver(wanted, of.event(), again.attempts());
            }
        });
        return true;
    }

    /**
     * Calls handlers with what belongs to no transaction: a gap, or a message. Everything that was begun before is
     * done then.
     *
     * @param event a gap, or a message that is not transactional
     * @throws InterruptedException if the thread is interrupted
     */
    public void dispatch(Event event) throws InterruptedException {
        inTurn(() -> {
            if (event.kind() == Kind.GAP) {
                sideBySide.batches().endAll();
                async.awaitQuiet();
            }
            sideBySide.awaitQuiet();
            deliver(routes, event, attempts);
        });
    }

    static void deliver(Routes routes, Event event, Attempts attempts) throws InterruptedException {
        for (Declarations handler : routes.handlers()) {
            if (event instanceof GapEvent gap) {
                deliver(handler, handler.gaps(), gap, attempts);
            } else if (event instanceof MessageEvent message) {
                deliver(handler, handler.messages(message.message()), message, attempts);
            }
        }
    }

    private static <E extends Event> void deliver(
            Declarations handler, List<DeclaredCallback<E>> callbacks, E event, Attempts attempts)
            throws InterruptedException {
        for (DeclaredCallback<E> callback : callbacks) {
            attempts.make(
                    UserCall.ofEvent(handler.owner(), callback, event.kind().jsonName(), event));
        }
    }

    /** Whether this very thread runs handlers or functions, for any caller. */
    public boolean isDispatching() {
        return oneAtATime.isHeldByCurrentThread() || isLane() || functions.isFunction() || async.isOwnThread();
    }

    private boolean isLane() {
        return sideBySide.isLane();
    }

    /** The threads that run lanes and functions at this moment, and the one that goes on when stages complete. */
    public Stream<Thread> running() {
        return Stream.of(sideBySide.running(), functions.running(), async.running())
                .flatMap(threads -> threads);
    }

    /** What looks after the interrupt flags of threads that run user code. */
    public Interrupts interrupts() {
        return attempts.interrupts();
    }

    /** User code that runs on the thread of a caller. */
    @FunctionalInterface
    public interface Calls<R> {
        /** Runs it. */
        R make() throws InterruptedException;
    }

    /**
     * Runs what calls handlers on a thread that is not the instance's.
     *
     * @param calls what is run
     * @return what it returns
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public <R> R forCaller(Calls<R> calls) throws InterruptedException {
        if (isDispatching()) {
            return calls.make();
        }
        interrupts().forget();
        try {
            return calls.make();
        } finally {
            interrupts().restore();
        }
    }

    /** How many failed calls were made again. */
    public long retries() {
        return attempts.retries();
    }

    /** How many failed calls were skipped or handed over as dead letters. */
    public long setAside() {
        return attempts.setAside();
    }

    /** Ends lanes and function threads, interrupting what still runs, and gives up stages in flight. */
    @Override
    public void close() {
        closed = true;
        sideBySide.close();
        functions.close();
        async.close();
    }
}
