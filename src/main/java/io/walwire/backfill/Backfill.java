package io.walwire.backfill;

/** A request to read rows of a table. {@code Walwire.backfill} creates it; one thread uses it. */
public interface Backfill {
    /**
     * Reads only the rows that meet a condition. The stream goes on with changes of all rows.
     *
     * @param condition an SQL condition on the table's columns, such as {@code tenant = 7}. The role of the instance runs it, so
     *     it must not contain input of users. Functions and types outside of pg_catalog need their schema
     * @return this
     */
    Backfill where(String condition);

    /**
     * Delivers the rows only to these handlers. So a new handler can get all rows, and the other handlers do not get them again.
     *
     * @param names the handlers' names, see {@code EventHandler.handlerName}. They replace the names of an earlier call
     * @return this
     */
    Backfill handlers(String... names);

    /**
     * Starts the run. Reading begins with the next transaction or pause of the stream. With a durable slot, if a run of the same table,
     * condition and handlers has not ended, that run goes on and is returned.
     *
     * @return the run
     * @throws io.walwire.error.ConfigurationException with every reason why the table cannot be read, and the SQL that helps
     * @throws io.walwire.error.WalwireException if the database does not answer, the table {@code walwire_backfill} is missing or not
     *     safe, or the instance is closed or does not stream
     */
    BackfillRun start();
}
