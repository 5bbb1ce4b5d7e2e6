package io.walwire.handler;

import io.walwire.event.BackfilledEvent;
import io.walwire.event.ChangeEvent;
import io.walwire.event.Condition;
import io.walwire.event.ReadEvent;
import io.walwire.event.RowEvent;
import io.walwire.event.SchemaEvent;
import io.walwire.event.TruncateEvent;
import java.time.Duration;
import java.util.List;

/**
 * What a handler does with one table's events. Every method adds a declaration and returns this.
 *
 * <p>A singular name ({@link #onInsert}) is called with one event, a plural name ({@link #onInserts}) with a run: a list of
 * the events of one kind of this table, in order, within one transaction or part of it. An event of another kind of this
 * table ends the run; events of other tables do not. So insert, delete, insert of one row is three calls in that order.
 * {@link #onChanges} gets a table's inserts, updates, deletes and truncates unbroken. Calls are ordered by their first event.
 * With {@code walwire.concurrency} above 1 a run is the events of one key, and the calls of different keys are made in
 * parallel.
 *
 * <p>A name that ends in {@code Async} ({@link #onInsertAsync}) is for work that completes later: see {@link AsyncCallback}.
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
     * For the declarations that follow: keeps only events for which a condition holds or is not known, as
     * {@link #filter(Filter)}. An insert or delete changes no column: declare it before a condition that asks for a change.
     *
     * @param condition what has to hold of a row event
     * @return this
     */
    default TableEvents<T> filter(Condition condition) {
        return filter(Filter.of(condition));
    }

    /**
     * Leaves out of each run or batch, of the declarations that follow, every event that a later one of the same key replaces:
     * for work that looks at a row's latest state, such as filling a cache. What is left keeps its order. A delete counts as an
     * event of its key like any other. An update that changes a key is about both keys: it stays as long as nothing later
     * is about the old one. Filters come first. Events without a key, and truncates, all stay. Not for counting, and not for
     * {@code changes()}, which compares with the row before the event that is left.
     *
     * @return this
     */
    TableEvents<T> latestPerKey();

    /**
     * The table's inserts, updates, deletes and truncates of several transactions in one call, for writing in bulk. The call is
     * made when enough events are gathered, or some time after the first, or earlier when something waits for it: the full
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
    TableEvents<T> batch(int size, Duration delay, Callback<List<ChangeEvent<T>>> callback);

    /**
     * Inserts, one by one, in order.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onInsert(Callback<RowEvent<T>> callback);

    /**
     * Updates, one by one, in order.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onUpdate(Callback<RowEvent<T>> callback);

    /**
     * Deletes, one by one, in order.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onDelete(Callback<RowEvent<T>> callback);

    /**
     * Inserts, updates, deletes and truncates, one by one, in order. A {@link ChangeEvent} has the key; the rows are those of
     * a {@link RowEvent}. Schema changes are not among them, so that an ALTER TABLE does not bring events to handlers that were
     * written for rows; ask for them with {@link #onSchema}.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onChange(Callback<ChangeEvent<T>> callback);

    /**
     * Inserts, one by one, each done when its stage completes. With an interceptor the next transaction waits for the stages of this
     * one. The {@code Async} methods cannot be used together with a {@code JdbcCheckpoint} or with a sink:
     * both get a transaction before the work is done.
     *
     * @param callback called for each event, in order; the next call may begin before the stage of the former has completed
     * @return this
     */
    TableEvents<T> onInsertAsync(AsyncCallback<RowEvent<T>> callback);

    /**
     * Updates, one by one, each done when its stage completes.
     *
     * @param callback as of {@link #onInsertAsync}
     * @return this
     */
    TableEvents<T> onUpdateAsync(AsyncCallback<RowEvent<T>> callback);

    /**
     * Deletes, one by one, each done when its stage completes.
     *
     * @param callback as of {@link #onInsertAsync}
     * @return this
     */
    TableEvents<T> onDeleteAsync(AsyncCallback<RowEvent<T>> callback);

    /**
     * Inserts, updates, deletes and truncates as {@link #onChange} gets them, one by one, each done when its stage completes.
     *
     * @param callback as of {@link #onInsertAsync}
     * @return this
     */
    TableEvents<T> onChangeAsync(AsyncCallback<ChangeEvent<T>> callback);

    /**
     * Runs of inserts.
     *
     * @param callback called with an unmodifiable list, never empty
     * @return this
     */
    TableEvents<T> onInserts(Callback<List<RowEvent<T>>> callback);

    /**
     * Runs of updates.
     *
     * @param callback called with an unmodifiable list, never empty
     * @return this
     */
    TableEvents<T> onUpdates(Callback<List<RowEvent<T>>> callback);

    /**
     * Runs of deletes.
     *
     * @param callback called with an unmodifiable list, never empty
     * @return this
     */
    TableEvents<T> onDeletes(Callback<List<RowEvent<T>>> callback);

    /**
     * All of the table's inserts, updates, deletes and truncates in a transaction. Schema changes are not among them, as with
     * {@link #onChange}.
     *
     * @param callback called with an unmodifiable list, never empty
     * @return this
     */
    TableEvents<T> onChanges(Callback<List<ChangeEvent<T>>> callback);

    /**
     * Rows that are there already, one by one, where a backfill reads them ({@code Walwire.backfill}). No other declaration but
     * {@link #onReads}, {@link #onUpsert} and {@link #onUpserts} gets reads. {@link Filter#changed} keeps reads; a condition that
     * asks for a change leaves them out, as it does inserts.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onRead(Callback<ReadEvent<T>> callback);

    /**
     * Runs of rows that are there already, as {@link #onRead}: all that were read at once, up to {@code walwire.backfill.chunk}.
     *
     * @param callback called with an unmodifiable list, never empty
     * @return this
     */
    TableEvents<T> onReads(Callback<List<ReadEvent<T>>> callback);

    /**
     * The row as it is now: reads, inserts and updates, one by one, in order. For each row the states come in order and none is
     * older than one before. With {@link #onDelete} and {@link #onTruncate} that is all that a copy of the table needs.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onUpsert(Callback<RowEvent<T>> callback);

    /**
     * Runs of reads, inserts and updates, as {@link #onUpsert}. Inserts and updates do not end each other's run; a delete does.
     *
     * @param callback called with an unmodifiable list, never empty
     * @return this
     */
    TableEvents<T> onUpserts(Callback<List<RowEvent<T>>> callback);

    /**
     * A backfill has delivered all rows that the table had, and handlers have returned from them, see {@link BackfilledEvent}. Passes
     * every filter.
     *
     * @param callback called once for each run and table
     * @return this
     */
    TableEvents<T> onBackfilled(Callback<BackfilledEvent> callback);

    /**
     * Truncates, one by one, in order.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onTruncate(Callback<TruncateEvent<T>> callback);

    /**
     * Schema changes of the table, one by one, in order: its definition differs from what it was at its last change, see
     * {@link SchemaEvent}. Such an event comes right before the change that shows it, ends the runs before it as another kind
     * of event does, and passes every filter. If the table was renamed or moved, handlers of its old name get the event too,
     * for the last time.
     *
     * @param callback called for each event
     * @return this
     */
    TableEvents<T> onSchema(Callback<SchemaEvent> callback);

    /**
     * A function applied to every row event (insert, update, delete) in parallel, in no order, on the instance's bounded
     * function threads. All are awaited before the transaction is confirmed. One that throws is treated as a callback that
     * throws, and only that call is retried. Call it again for a second function; put a {@link #filter} before it for only
     * some of the events.
     *
     * @param function applied to each event
     * @return this
     */
    TableEvents<T> parallel(Callback<RowEvent<T>> function);
}
