package io.walwire.testkit;

import io.walwire.Walwire;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.internal.text.TableName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs handlers and watches without a database: a test declares tables and commits transactions, which are encoded as
 * PostgreSQL's pgoutput would and then go the whole way of a real instance, through decoder, transaction stage, dispatch,
 * failure policies and confirmation. What goes wrong in production can be made to: calls fail, the connection breaks in the
 * middle of a transaction, the process dies before it has confirmed, the slot is lost.
 *
 * <pre>{@code
 * try (WalwireKit kit = WalwireKit.builder()
 *         .table("users", t -> t.column("id", "int8").column("email", "text").primaryKey("id"))
 *         .handler(new UserEvents(mailbox))
 *         .start()) {
 *     kit.commit(tx -> tx.insert("users", row("id", 1, "email", "a@b.c")));
 *     kit.awaitHandled();
 *     assertThat(mailbox.sent()).containsExactly("a@b.c");
 * }
 * }</pre>
 *
 * <p>The stages of an asynchronous callback are waited for before the next transaction is handled.
 *
 * <p>A test of SQL (defaults, triggers, what a migration does to old rows) needs {@link WalwireExtension}. The kit itself is
 * for one test at a time; its methods may be called from several threads.
 */
public final class WalwireKit implements AutoCloseable {
    /** In an update, a large value that did not change, which PostgreSQL does not send. */
    public static final Object UNCHANGED = new Object() {
        @Override
        public String toString() {
            return "unchanged";
        }
    };

    private final Tape tape;
    private final KitTables tables;
    private final ReadSteps steps;
    private final Delivered delivered;
    private final List<FaultyHandler> handlers;
    private final RunningInstance instance;

    WalwireKit(
            Tape tape,
            KitTables tables,
            ReadSteps steps,
            Delivered delivered,
            List<FaultyHandler> handlers,
            RunningInstance instance) {
        this.tape = tape;
        this.tables = tables;
        this.steps = steps;
        this.delivered = delivered;
        this.handlers = handlers;
        this.instance = instance;
    }

    /**
     * Begins to describe a kit.
     *
     * @return a builder without tables and handlers
     */
    public static WalwireKitBuilder builder() {
        return new WalwireKitBuilder();
    }

    /**
     * A row, or some columns of one.
     *
     * @param columnsAndValues the name of a column, its value, the next name, and so on; values may be null
     * @return unmodifiable, in this order
     */
    public static Map<String, @Nullable Object> row(@Nullable Object... columnsAndValues) {
        if (columnsAndValues.length % 2 != 0) {
            throw new IllegalArgumentException(
                    "A row is pairs of a column's name and its value; the last value is missing");
        }
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        for (int i = 0; i < columnsAndValues.length; i += 2) {
            if (!(columnsAndValues[i] instanceof String column)) {
                throw new IllegalArgumentException(
                        "A row is pairs of a column's name and its value; number " + i / 2 + " has no text for a name");
            }
            row.put(column, columnsAndValues[i + 1]);
        }
        return Collections.unmodifiableMap(row);
    }

    /**
     * Commits a transaction. Returns at once; handlers are called on the instance's own thread.
     *
     * @param changes what it does; called now, on this thread
     * @return its positions
     * @throws IllegalArgumentException if a table or column is not declared, or a value cannot be written as PostgreSQL would
     */
    public Committed commit(Consumer<KitTransaction> changes) {
        return tape.commit(new KitTransaction(tables::get).with(changes));
    }

    /**
     * Emits a logical message outside of transactions, as {@code pg_logical_emit_message(false, prefix, content)}.
     *
     * @param prefix whom it is for
     * @param content text
     * @return its position
     */
    public Lsn message(String prefix, String content) {
        return tape.emit(new KitTransaction.Emitted(prefix, content.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Declares one more table, or what a table has become, as {@code ALTER TABLE} does: a schema event comes before its next
     * change.
     *
     * @param name as in {@link WalwireKitBuilder#table}
     * @param definition all of its columns
     */
    public void table(String name, Consumer<TableDefinition> definition) {
        tables.define(name, definition);
    }

    /**
     * Declares rows that a table has, without a change that says so. What is committed later changes them.
     *
     * @param table as it was declared; it needs a key
     * @param rows each with its key, best made by {@link #row}; they are read together, as a chunk
     * @throws IllegalArgumentException if the table has no key, a row has none or that of another row, or a value cannot be written
     */
    @SafeVarargs
    public final void existing(String table, Map<String, ? extends @Nullable Object>... rows) {
        List<Map<String, ? extends @Nullable Object>> declared = new ArrayList<>();
        for (Map<String, ? extends @Nullable Object> row : rows) {
            declared.add(row);
        }
        tape.declare(tables.get(table), declared);
    }

    /**
     * Starts a backfill of a table, as {@code Walwire.backfill} does. Nothing is read before the test says so.
     *
     * @param table as it was declared
     * @return what reads its rows
     * @throws IllegalStateException if there is such a run already that has not ended
     * @throws WalwireException if the table cannot be read, as when no handler asks for its rows
     */
    public KitBackfill backfill(String table) {
        steps.through(tables.get(table).name());
        try {
            return new KitBackfill(
                    instance, steps, instance.walwire().backfill(table).start());
        } catch (RuntimeException e) {
            steps.end();
            throw e;
        }
    }

    /**
     * Waits until handlers have got all rows of a table by a backfill that the application has started, or {@code walwire.backfill=new}.
     *
     * @param table as it was declared
     * @throws AssertionError if it takes too long
     */
    public void awaitBackfilled(String table) {
        TableName name = TableName.parse(table);
        instance.await("not all rows of " + name + " were handled", atMost -> steps.awaitComplete(name, atMost));
    }

    /**
     * Waits until everything is handled that was committed by now, and confirmed; 30 seconds at most, or as the builder says.
     *
     * @throws AssertionError if the time passed, and says what the instance was busy with; or if the instance failed
     */
    public void awaitHandled() {
        instance.awaitHandled();
    }

    /**
     * As {@link #awaitHandled()}, with a time of its own.
     *
     * @param atMost how long to wait
     * @throws AssertionError as {@link #awaitHandled()}
     */
    public void awaitHandled(Duration atMost) {
        instance.awaitHandled(atMost);
    }

    /**
     * Waits until the instance has failed, for tests of what happens then.
     *
     * @return how it failed
     * @throws AssertionError if it does not fail in time
     */
    public WalwireException awaitFailure() {
        return instance.awaitFailure();
    }

    /**
     * The instance, for its watches and its status.
     *
     * @return the one that runs now; another one after a restart
     */
    public Walwire walwire() {
        return instance.walwire();
    }

    /**
     * What handlers have got: the events of transactions, or parts of large ones, for which all handlers have returned; and
     * gaps and messages outside of transactions. What was delivered twice is here twice.
     *
     * @return a copy, in the order of delivery
     */
    public List<Event> delivered() {
        return delivered.events();
    }

    /**
     * Of {@link #delivered()}, one table's events.
     *
     * @param table as it was declared
     * @return a copy, in the order of delivery
     */
    public List<Event> delivered(String table) {
        TableName name = TableName.parse(table);
        return delivered.events(name.schema(), name.table());
    }

    /**
     * The transactions, or parts of large ones, for which all handlers have returned.
     *
     * @return a copy, in the order of delivery
     */
    public List<Transaction> transactions() {
        return delivered.transactions();
    }

    /** Forgets what was delivered, but confirms and redelivers nothing. */
    public void forgetDelivered() {
        delivered.forget();
    }

    /**
     * The slot's confirmed position.
     *
     * @return everything that ends at or before it will not come again
     */
    public Lsn confirmed() {
        Lsn known = (Lsn) instance.walwire().status().confirmed(); // the kit's source is a log
        Lsn reported = tape.confirmed();
        return reported.isBefore(known) ? known : reported;
    }

    /**
     * Whether a transaction is confirmed, so that it will not come again.
     *
     * @param transaction one of this kit's
     * @return true once it is
     */
    public boolean isConfirmed(Committed transaction) {
        return !confirmed().isBefore(transaction.endLsn());
    }

    /**
     * The next calls of a handler's callbacks fail, before its code runs.
     *
     * @param handler as it was given to the builder
     * @param times how many calls; those of functions and repeated calls count, too
     * @param failure what they throw
     */
    public void failCalls(EventHandler handler, int times, Exception failure) {
        FaultyHandler.of(handlers, handler).fail(times, failure, false);
    }

    /**
     * The next calls of a handler's callbacks fail after its code has run, as when the answer to its last step is lost. What is
     * called again must then not do its work twice.
     *
     * @param handler as it was given to the builder
     * @param times how many calls
     * @param failure what they throw
     */
    public void failAfterCalls(EventHandler handler, int times, Exception failure) {
        FaultyHandler.of(handlers, handler).fail(times, failure, true);
    }

    /**
     * As {@link #failCalls(EventHandler, int, Exception)}, of the handler of a name.
     *
     * @param handlerName as in messages and dead letters
     * @param times how many calls
     * @param failure what they throw
     */
    public void failCalls(String handlerName, int times, Exception failure) {
        FaultyHandler.of(handlers, handlerName).fail(times, failure, false);
    }

    /**
     * As {@link #failAfterCalls(EventHandler, int, Exception)}, of the handler of a name.
     *
     * @param handlerName as in messages and dead letters
     * @param times how many calls
     * @param failure what they throw
     */
    public void failAfterCalls(String handlerName, int times, Exception failure) {
        FaultyHandler.of(handlers, handlerName).fail(times, failure, true);
    }

    /** Breaks the connection now. The instance connects again by itself, and goes on from what is confirmed. */
    public void disconnect() {
        tape.cut();
    }

    /** Breaks the connection, and lets none be made until {@link #goOnline()}. */
    public void goOffline() {
        tape.offline(true);
    }

    /** Ends {@link #goOffline()}. */
    public void goOnline() {
        tape.offline(false);
    }

    /**
     * Loses the slot, and with it what was committed and has not arrived. The instance connects again, to a new slot at the end
     * of what is committed by now; handlers get a gap event first.
     */
    public void loseSlot() {
        tape.loseSlot("the slot was lost, as the test wanted");
    }

    /** Closes the instance, if it still runs, and starts another: what is not confirmed comes again. */
    public void restart() {
        instance.close();
        restartBefore(tape.confirmed());
    }

    /**
     * Restarts the instance as after a crash that came before a transaction was confirmed: it and all that follow it come again,
     * with the same identities, whether or not they were handled.
     *
     * @param transaction the first that comes again
     */
    public void restartBefore(Committed transaction) {
        instance.close();
        restartBefore(transaction.commitLsn());
    }

    private void restartBefore(Lsn position) {
        tape.rewind(position);
        instance.restart();
    }

    /**
     * Makes the kit ready for another test: closes the instance and starts another, to which nothing comes that was committed before.
     * What was delivered is forgotten, and what was to go wrong does not. Tables stay declared.
     *
     * @throws AssertionError as {@link #close()} does; the other instance has started then, too
     */
    public void reset() {
        instance.close();
        WalwireException failure = instance.unreported();
        tape.skipAll();
        steps.reset();
        handlers.forEach(FaultyHandler::reset);
        delivered.forget();
        instance.restart();
        RunningInstance.require(failure);
    }

    /**
     * Closes the instance.
     *
     * @throws AssertionError if it had failed, unless {@link #awaitHandled} or {@link #awaitFailure} has returned
     */
    @Override
    public void close() {
        try {
            instance.close();
        } finally {
            tape.close();
        }
        RunningInstance.require(instance.unreported());
    }
}
