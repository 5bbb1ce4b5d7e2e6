package io.walwire.handler;

import io.walwire.event.Kind;
import io.walwire.event.RowEvent;
import java.time.Duration;
import java.util.List;

/**
 * What a handler does with one table's events. Every method adds a declaration and returns this.
 *
 * <p>The list forms are called with a run: events of one kind of this table, in order, within one transaction or part of
 * it. An event of another kind of this table ends the run, events of other tables do not: insert, delete, insert of one row
 * is three calls in that order. {@link #any} gets a table's inserts, updates, deletes and truncates unbroken. Calls are
 * ordered by their first event. With {@code walwire.concurrency} above 1 a run is the events of one key, and the calls of
 * different keys are made side by side.
 *
 * @param <T> what rows are read as
 */
public interface TableEvents<T> {
    /**
     * Lets through only what the filter accepts, for the declarations that follow it; a second filter narrows further. Filters
     * are about rows: a schema change passes them all.
     *
     * @param filter which events to keep
     * @return this
     */
    TableEvents<T> filter(Filter filter);

    /**
     * Leaves out of each run or batch, of the declarations that follow, every event that a later one of the same key replaces:
     * for work that looks at a row's latest state, such as filling a cache. What is left keeps its order, and a delete is the
     * latest word of its key as any other event. An update that changes a key is about both: it stays as long as nothing later
     * is about the old one. Filters come first. Events without a key, and truncates, all stay. Not for counting, and not for
     * {@code changes()}, which is of the event that is left.
     *
     * @return this
     */
    TableEvents<T> latestPerKey();

    /**
     * The table's inserts, updates, deletes and truncates of several transactions in one call, for writing in bulk. The call is
     * made when enough events are gathered, or some time after the first, or earlier when somebody waits: the full
     * {@code walwire.buffer}, a barrier such as {@code awaitCurrent}, drain and close. With {@code walwire.concurrency} above 1
     * close makes no call, but drops what is gathered, unconfirmed: drain first to have it made. A gap and a change of the table's
     * definition end a batch; a truncate does, and comes alone. What is gathered is not confirmed until the call has returned
     * or its failure policy has settled it: the policy is about the whole batch. Not together with a {@code JdbcCheckpoint}.
     * With an interceptor a batch ends with its transaction, which the interceptor is around.
     *
     * @param size how many events make a batch, before {@link #latestPerKey}; 1 or more
     * @param delay how long an event waits at most for others, if the instance has nothing else to do
     * @param callback called with an unmodifiable list, never empty, in order
     * @return this
     * @throws IllegalArgumentException if size or delay is too small
     */
    TableEvents<T> batch(int size, Duration delay, Callback<List<RowEvent<T>>> callback);

    /**
     * Runs of events of one kind.
     *
     * @param kind insert, update, delete, truncate or schema
     * @param callback called with an unmodifiable list, never empty
     * @return this
     */
    TableEvents<T> on(Kind kind, Callback<List<RowEvent<T>>> callback);

    /**
     * All of the table's inserts, updates, deletes and truncates in a transaction. Schema changes are not among them, so that
     * an ALTER TABLE does not bring events without a key or a row to handlers that were written for rows; ask for them with
     * {@link #schema}.
     *
     * @param callback called with an unmodifiable list, never empty
     * @return this
     */
    TableEvents<T> any(Callback<List<RowEvent<T>>> callback);

    /**
     * A function applied to every row event (insert, update, delete), on the instance's bounded function threads: side by
     * side, in no order. All are awaited before the transaction is confirmed; one that throws is treated as a callback that
     * throws, and is tried again alone.
     *
     * @param function applied to each event
     * @return this
     */
    TableEvents<T> each(Callback<RowEvent<T>> function);

    /**
     * Two functions, each as {@link #each(Callback)}.
     *
     * @param first applied to each event
     * @param second applied to each event
     * @return this
     */
    default TableEvents<T> each(Callback<RowEvent<T>> first, Callback<RowEvent<T>> second) {
        return each(first).each(second);
    }

    /**
     * Three functions, each as {@link #each(Callback)}; more by calling again.
     *
     * @param first applied to each event
     * @param second applied to each event
     * @param third applied to each event
     * @return this
     */
    default TableEvents<T> each(
            Callback<RowEvent<T>> first, Callback<RowEvent<T>> second, Callback<RowEvent<T>> third) {
        return each(first).each(second).each(third);
    }

    /**
     * A function, as {@link #each(Callback)}, applied to events of one kind.
     *
     * @param kind the kind
     * @param function applied to each event
     * @return this
     */
    TableEvents<T> each(Kind kind, Callback<RowEvent<T>> function);

    /**
     * Runs of inserts.
     *
     * @param callback called with an unmodifiable list, never empty
     * @return this
     */
    default TableEvents<T> insert(Callback<List<RowEvent<T>>> callback) {
        return on(Kind.INSERT, callback);
    }

    /**
     * Runs of updates.
     *
     * @param callback called with an unmodifiable list, never empty
     * @return this
     */
    default TableEvents<T> update(Callback<List<RowEvent<T>>> callback) {
        return on(Kind.UPDATE, callback);
    }

    /**
     * Runs of deletes.
     *
     * @param callback called with an unmodifiable list, never empty
     * @return this
     */
    default TableEvents<T> delete(Callback<List<RowEvent<T>>> callback) {
        return on(Kind.DELETE, callback);
    }

    /**
     * Truncates; such events have no row.
     *
     * @param callback called with an unmodifiable list, never empty
     * @return this
     */
    default TableEvents<T> truncate(Callback<List<RowEvent<T>>> callback) {
        return on(Kind.TRUNCATE, callback);
    }

    /**
     * Schema changes of the table: its definition differs from what it was at its last change, see
     * {@link io.walwire.event.SchemaChange}. Such an event comes right before the change that shows it, ends the runs before
     * it as another kind of event does, passes every filter, and has no row. Where the table was renamed or moved, who listens
     * to the name that it had hears it too, for the last time.
     *
     * @param callback called with an unmodifiable list, never empty
     * @return this
     */
    default TableEvents<T> schema(Callback<List<RowEvent<T>>> callback) {
        return on(Kind.SCHEMA, callback);
    }

    /**
     * Inserts one by one, in order.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onInsert(Callback<RowEvent<T>> callback);

    /**
     * Updates one by one, in order.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onUpdate(Callback<RowEvent<T>> callback);

    /**
     * Deletes one by one, in order.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onDelete(Callback<RowEvent<T>> callback);

    /**
     * Truncates one by one, in order.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onTruncate(Callback<RowEvent<T>> callback);

    /**
     * Schema changes one by one, in order, see {@link #schema}.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onSchema(Callback<RowEvent<T>> callback);

    /**
     * Inserts, updates, deletes and truncates one by one, in order.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onAny(Callback<RowEvent<T>> callback);
}
