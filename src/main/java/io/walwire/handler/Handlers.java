package io.walwire.handler;

import io.walwire.event.GapEvent;
import io.walwire.event.MessageEvent;
import io.walwire.event.Row;
import io.walwire.event.Transaction;

/** Where an {@link EventHandler} declares what it listens to. Any number of declarations, of the same table too. */
public interface Handlers {
    /**
     * One table, its rows as {@link Row}.
     *
     * @param table {@code user} (in schema public), {@code billing.invoice} or {@code billing."Weird, name"}; names are taken
     *     literally, not folded to lower case
     * @return where to declare callbacks
     * @throws IllegalArgumentException if the name cannot be read
     */
    TableEvents<Row> table(String table);

    /**
     * One table, its rows as a record. Components match columns by their name in snake_case or by
     * {@link io.walwire.mapping.ColumnName}; the table may have more columns than the record. A component without a
     * column, or of a type that the column's cannot become, fails the call that asks for the row, with an error that names both and
     * the position at which the table was so. An {@code Optional} without a column is empty.
     *
     * @param table as {@link #table(String)}
     * @param record the record's class
     * @param <T> the record
     * @return where to declare callbacks
     */
    <T extends Record> TableEvents<T> table(String table, Class<T> record);

    /**
     * Every subscribed table. Runs and their order then are across tables, but with {@code walwire.concurrency} above 1.
     *
     * @return where to declare callbacks
     */
    TableEvents<Row> allTables();

    /**
     * Every transaction that has an event of a subscribed table; a large one in parts. Called after the callbacks of tables.
     *
     * @param callback called once for each transaction or part
     * @return this
     */
    Handlers onTransaction(Callback<Transaction> callback);

    /**
     * Logical messages, {@code pg_logical_emit_message}, of one prefix: a transactional one in its place among the calls of
     * its transaction, one that is not in its place between transactions. Not sent if {@code walwire.messages=false}.
     *
     * @param prefix the whole prefix
     * @param callback called with each message
     * @return this
     */
    Handlers onMessage(String prefix, Callback<MessageEvent> callback);

    /**
     * Logical messages of every prefix, as {@link #onMessage(String, Callback)}.
     *
     * @param callback called with each message
     * @return this
     */
    Handlers onMessage(Callback<MessageEvent> callback);

    /**
     * Lost continuity: called before the first event after the gap.
     *
     * @param callback called with each gap
     * @return this
     */
    Handlers onGap(Callback<GapEvent> callback);
}
