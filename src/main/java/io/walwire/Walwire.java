package io.walwire;

import io.walwire.backfill.Backfill;
import io.walwire.backfill.BackfillRun;
import io.walwire.deadletter.Replay;
import io.walwire.deadletter.StoredLetter;
import io.walwire.doctor.Finding;
import io.walwire.error.WalwireException;
import io.walwire.event.Position;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Interceptor;
import io.walwire.internal.engine.Engine;
import io.walwire.internal.engine.UserCode;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.transaction.StoredTransaction;
import io.walwire.lifecycle.Details;
import io.walwire.lifecycle.Health;
import io.walwire.lifecycle.State;
import io.walwire.lifecycle.Status;
import io.walwire.watch.Watch;
import io.walwire.watch.WatchStatus;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A running instance: reads the changes of one PostgreSQL database and calls handlers with them. Several may live in one
 * JVM. All methods may be called from any thread. Only methods that wait for handlers must not be called from handlers.
 *
 * <p>Delivery is at least once and in commit order: a transaction's position is confirmed to the server only after every
 * handler has returned, or its {@link FailurePolicy} has settled the failure, so that what was not finished comes again after
 * a restart (with a durable slot), each event with the same {@code id()}. Handlers of one instance never run at the same time,
 * unless {@code walwire.concurrency} says so: then the events of each row come in order.
 * A lost connection is replaced for ever; an error that only the user can correct, and a handler's failure whose policy is
 * to stop, end the instance: see {@link #completion()}.
 */
public final class Walwire implements AutoCloseable {
    private final Engine engine;

    Walwire(Engine engine) {
        this.engine = engine;
    }

    /**
     * Begins to assemble an instance.
     *
     * @return a builder without any settings
     */
    public static WalwireBuilder builder() {
        return new WalwireBuilder();
    }

    /**
     * Reads a transaction that {@link Transaction#toBytes()} stored.
     *
     * @param stored the bytes
     * @return an equal transaction or part, for {@link #process}
     * @throws IllegalArgumentException if these are not such bytes
     */
    public static Transaction restore(byte[] stored) {
        return StoredTransaction.read(stored);
    }

    /**
     * What the instance is doing.
     *
     * @return the state at this moment
     */
    public State state() {
        return engine.state();
    }

    /**
     * State, positions and counts.
     *
     * @return a glance at this moment
     */
    public Status status() {
        return engine.statusView().status();
    }

    /**
     * What the instance reads, and from where.
     *
     * @return as of this moment
     */
    public Details details() {
        return engine.statusView().details();
    }

    /**
     * Waits until the instance streams; a stand-by waits for the slot.
     *
     * @param atMost how long to wait
     * @return true once it streams; false if the time passed, or it was closed
     * @throws WalwireException if the instance has failed
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public boolean awaitStreaming(Duration atMost) throws InterruptedException {
        return engine.control().awaitStreaming(atMost);
    }

    /**
     * Waits until the instance has ended.
     *
     * @throws WalwireException if it failed
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public void awaitTermination() throws InterruptedException {
        engine.control().awaitTermination(Duration.ofNanos(Long.MAX_VALUE));
    }

    /**
     * Waits until the instance has ended.
     *
     * @param atMost how long to wait
     * @return false if the time passed
     * @throws WalwireException if it failed
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public boolean awaitTermination(Duration atMost) throws InterruptedException {
        return engine.control().awaitTermination(atMost);
    }

    /**
     * How the instance ends: normally when it is closed, exceptionally with a {@link WalwireException} when it fails.
     *
     * @return a stage of its own for each call; completing it has no effect on the instance
     */
    public CompletionStage<Void> completion() {
        return engine.completion();
    }

    /**
     * Whether the instance does what it is for; for a liveness or readiness probe.
     *
     * @return a judgement of this moment, and why
     */
    public Health health() {
        return engine.statusView().health();
    }

    /**
     * Examines the database as {@link WalwireBuilder#check()} does, with the handlers and subscriptions of this moment. The
     * slot's being in use by this instance is no finding.
     *
     * @return what was found, worst first; empty if all is well
     */
    public List<Finding> check() {
        return engine.check();
    }

    /**
     * Holds handlers back: from now on no call of user code begins, until {@link #resume()}. A call that runs goes on to its
     * end, and is not waited for. The connection stays alive; what is received meanwhile waits within {@code walwire.buffer},
     * and the rest at the server, whose slot keeps it. Nothing happens if it is paused already. {@link Status#paused()} shows
     * it; the state still describes the connection. {@link #process} is held back too.
     *
     * @throws WalwireException if the instance is closed
     */
    public void pause() {
        engine.control().pause();
    }

    /**
     * Lets handlers be called again, from where {@link #pause()} held them. Nothing happens if it is not paused.
     *
     * @throws WalwireException if the instance is closed
     */
    public void resume() {
        engine.control().resume();
    }

    /**
     * Ends the instance when all that it has received is handled and confirmed. Takes nothing more from the server: of a large
     * transaction that is received in part only, the rest stays there, and all of it comes again after a restart. Retries of
     * failure policies are waited for. A paused instance is resumed, and one that has never streamed just ends.
     *
     * <p>{@link #close()} is the quick end: it finishes only the current transaction. With a durable slot neither loses
     * anything, and neither makes anything come twice.
     *
     * @param atMost how long to wait; then the instance is closed as by {@link #close()}, which waits for handlers in turn
     * @return true if everything received was handled, false if the time passed before
     * @throws IllegalStateException if called by a handler or function of this instance, which would wait for itself
     * @throws WalwireException if the instance failed, such as a handler whose policy is to stop
     * @throws InterruptedException if the waiting thread is interrupted; the instance goes on draining
     */
    public boolean drain(Duration atMost) throws InterruptedException {
        return engine.control().drain(atMost);
    }

    /**
     * Waits until everything that was committed up to a position is handled: its handlers have returned, or their failure
     * policies have settled it, or nothing of it concerns this instance. So what a handler has written can be read from then
     * on. The position is for example what {@code SELECT pg_current_wal_insert_lsn()} says after one's own COMMIT.
     * ({@code pg_current_wal_lsn()} does where {@code synchronous_commit} is on; with {@code off} it may lie before a commit
     * that has returned.) {@link #awaitCurrent} asks for it itself.
     *
     * @param position any position of the server that is streamed from: an {@code Lsn}, or with {@code walwire.source=triggers} a
     *     {@code TransactionId}
     * @param atMost how long to wait
     * @return true once all of it is handled; false if the time passed, or the instance was closed before
     * @throws IllegalStateException if called by a handler or function of this instance, which would wait for itself
     * @throws WalwireException if the instance failed before it came there
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public boolean awaitPosition(Position position, Duration atMost) throws InterruptedException {
        return engine.control().awaitPosition(position, atMost);
    }

    /**
     * Waits until everything is handled that was committed before the call, in whatever session: asks the server where its log
     * ends, on a connection of its own, and then does as {@link #awaitPosition}. For tests: write, commit, wait, and look at
     * what the handlers did.
     *
     * @param atMost how long to wait
     * @return as {@link #awaitPosition}
     * @throws IllegalStateException as {@link #awaitPosition}
     * @throws WalwireException as {@link #awaitPosition}, or if the server cannot be asked, or the instance is closed
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public boolean awaitCurrent(Duration atMost) throws InterruptedException {
        return engine.control().awaitCurrent(atMost);
    }

    /**
     * Subscribes to more tables, from the transactions that are received next on. They must be in the publication, or are
     * added where {@code walwire.publication.manage} is set; PostgreSQL sends of a table what was committed after it was added.
     *
     * @param tables as in {@code walwire.subscriptions}: {@code user}, {@code billing.invoice}, {@code billing.*}, {@code *}
     * @throws IllegalArgumentException if a name cannot be read
     * @throws WalwireException if a table is not in the publication, or the instance is closed; nothing is changed then
     */
    public void addTables(String... tables) {
        engine.changes().subscribe(patterns(tables));
    }

    /**
     * Ends subscriptions, from the transactions that are received next on.
     *
     * @param tables exactly as they were subscribed
     * @throws IllegalArgumentException if one is not subscribed
     */
    public void removeTables(String... tables) {
        engine.changes().unsubscribe(patterns(tables));
    }

    private static List<TablePattern> patterns(String... tables) {
        return Stream.of(tables).map(TablePattern::parse).toList();
    }

    /**
     * Begins a watch, from anywhere in the application: of the changes of a table, of one record, or of the records of one parent.
     * It lasts until its subscription is closed.
     *
     * @param table {@code user} in schema public, {@code billing.invoice}, or {@code billing."Weird, name"}
     * @return a watch of all its changes, to be narrowed down and subscribed to
     * @throws IllegalArgumentException if the name cannot be read
     */
    public Watch watch(String table) {
        return engine.watches().watch(TableName.parse(table));
    }

    /**
     * Reads the rows that a table has already, while its changes go on, and gives them to handlers as read events
     * ({@code onRead}, {@code onUpsert}): for a cache, an index or a copy that is to have all rows. Rows and changes of each row come
     * in an order in which no state is older than one before.
     *
     * @param table {@code user} in schema public, {@code billing.invoice}, or {@code billing."Weird, name"}
     * @return what is to be read, to be narrowed down and started
     * @throws IllegalArgumentException if the name cannot be read
     */
    public Backfill backfill(String table) {
        return engine.backfills().backfill(TableName.parse(table));
    }

    /**
     * The runs that have not ended, including runs that an earlier instance on this slot has begun.
     *
     * @return as of this moment
     */
    public List<BackfillRun> backfills() {
        return engine.backfills().runs();
    }

    /**
     * How many subscriptions there are, and how many failed.
     *
     * @return a glance at this moment
     */
    public WatchStatus watchStatus() {
        return engine.watches().status();
    }

    /**
     * Adds a handler, from the next transaction on.
     *
     * @param handler asked what it listens to, now, on this thread
     * @throws WalwireException if a table that it names is not subscribed or not in the publication, it is a lambda without a
     *     name while dead letters are kept, or the instance is closed; nothing is changed then
     */
    public void addHandler(EventHandler handler) {
        engine.changes().addHandler(new UserCode.Registration(handler, null));
    }

    /**
     * Adds a handler with a failure policy of its own, as {@link #addHandler(EventHandler)}.
     *
     * @param handler asked what it listens to, now, on this thread
     * @param policy what happens when it fails, in place of the instance's policy
     * @throws WalwireException as {@link #addHandler(EventHandler)}
     */
    public void addHandler(EventHandler handler, FailurePolicy policy) {
        engine.changes().addHandler(new UserCode.Registration(handler, Objects.requireNonNull(policy, "policy")));
    }

    /**
     * Adds a handler under a name, as {@link #addHandler(EventHandler)}: for a lambda, which has none of its own.
     *
     * @param name shown in messages and kept in dead letters; not blank
     * @param handler asked what it listens to, now, on this thread
     * @throws WalwireException as {@link #addHandler(EventHandler)}
     * @throws IllegalArgumentException if the name is blank
     */
    public void addHandler(String name, EventHandler handler) {
        engine.changes().addHandler(new UserCode.Registration(handler, Objects.requireNonNull(name, "name"), null));
    }

    /**
     * Adds a handler under a name, with a failure policy of its own.
     *
     * @param name as {@link #addHandler(String, EventHandler)}
     * @param handler asked what it listens to, now, on this thread
     * @param policy what happens when it fails, in place of the instance's policy
     * @throws WalwireException as {@link #addHandler(EventHandler)}
     * @throws IllegalArgumentException if the name is blank
     */
    public void addHandler(String name, EventHandler handler, FailurePolicy policy) {
        engine.changes()
                .addHandler(new UserCode.Registration(
                        handler, Objects.requireNonNull(name, "name"), Objects.requireNonNull(policy, "policy")));
    }

    /**
     * Removes a handler, from the next transaction on.
     *
     * @param handler the same object that was added or built in
     * @throws IllegalArgumentException if it is not a handler of this instance
     */
    public void removeHandler(EventHandler handler) {
        engine.changes().removeHandler(handler);
    }

    /**
     * Runs the handlers of a transaction on the calling thread, after any that runs now and under their failure policies, and
     * returns when all have: for an {@link Interceptor} that stored it. Confirms nothing.
     *
     * @param transaction a transaction or part of this instance, or {@link #restore restored}
     * @throws WalwireException if a handler failed and its policy is to stop, or the instance is closed; the instance goes on
     * @throws IllegalStateException if called by a function of this instance, or by a handler that runs side by side with others:
     *     it would wait for itself
     * @throws InterruptedException if the calling thread is interrupted
     */
    public void process(Transaction transaction) throws InterruptedException {
        engine.process(transaction);
    }

    /**
     * Makes the calls of all dead letters of this instance again, as {@link #replay(DeadLetters, Predicate)}.
     *
     * @param letters where they are kept
     * @return how many succeeded, and why others stay
     * @throws WalwireException if the letters cannot be read or removed, or the instance is closed
     * @throws InterruptedException if the calling thread is interrupted
     */
    public Replay replay(DeadLetters letters) throws InterruptedException {
        return replay(letters, letter -> true);
    }

    /**
     * Makes calls again that failed for good: the oldest letter first, on the calling thread, between the transactions that
     * come from the stream. Only the handler of the letter's name is called, and of its declarations only the one that had
     * failed; where it does not declare that any more, all of the same sort, such as all of tables. The handler's policy
     * says how often a call is tried. A call that succeeds removes its letter; one that does not, and one whose handler is
     * not there any more, leaves its letter where it is. A crash between the two makes a call again that had succeeded.
     *
     * @param letters where they are kept
     * @param which selects letters; letters of another instance ({@code walwire.name}) are never replayed
     * @return how many succeeded, and why others stay
     * @throws WalwireException if the letters cannot be read or removed, or the instance is closed
     * @throws InterruptedException if the calling thread is interrupted
     */
    public Replay replay(DeadLetters letters, Predicate<StoredLetter> which) throws InterruptedException {
        return engine.replay(letters.store(), which);
    }

    /**
     * Ends the instance: finishes the transaction that its handlers are busy with, confirms it to the server, and
     * disconnects. Handlers that take longer than {@code walwire.close.timeout} are interrupted, and their transaction stays
     * unconfirmed. A failed call that waits for its next attempt is not waited for: its transaction stays unconfirmed, too.
     * With {@code walwire.concurrency} above 1 the calls that run are finished, and those that wait are not made: what others had
     * finished meanwhile of later transactions comes again after a restart. Called from a handler, returns at once and ends when
     * the handler returns. Called again, waits for the end.
     */
    @Override
    public void close() {
        engine.close();
    }

    @Override
    public String toString() {
        return "Walwire[" + status() + "]";
    }
}
