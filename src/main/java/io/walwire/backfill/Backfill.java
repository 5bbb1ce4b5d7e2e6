package io.walwire.backfill;

/** What is to be read of a table. Begun by {@code Walwire.backfill}; used by one thread. */
public interface Backfill {
    /**
     * Reads only the rows that meet a condition. The stream goes on with changes of all rows.
     *
     * @param condition an SQL condition on the table's columns, such as {@code tenant = 7}. It is run by the role of the instance, so
     *     it must not come from outside. Functions and types outside of pg_catalog need their schema
     * @return this
     */
    Backfill where(String condition);

    /**
     * Gives the rows only to these handlers. So a new handler can be filled without the others.
     *
     * @param names the handlers' names, see {@code EventHandler.handlerName}; in place of those of an earlier call
     * @return this
     */
    Backfill handlers(String... names);

    /**
     * Starts the run. It begins with the next transaction or pause of the stream. Where the slot is durable, a run of the same table,
     * condition and handlers that has not ended goes on, and this is that run.
     *
     * @return the run
     * @throws io.walwire.error.ConfigurationException with every reason why the table cannot be read, and the SQL that helps
     * @throws io.walwire.error.WalwireException if the database cannot be asked, the table of the progress is missing or not safe, or
     *     the instance is closed or does not stream
     */
    BackfillRun start();
}
