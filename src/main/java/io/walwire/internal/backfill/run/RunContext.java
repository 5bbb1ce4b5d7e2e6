package io.walwire.internal.backfill.run;

import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.text.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What runs see of their instance. Thread-safe. */
public interface RunContext {
    /** Whether the instance is ending. */
    boolean isStopping();

    /** Whether it streams at this moment, as far as it knows. */
    boolean isStreaming();

    /** Whether handlers are held back, so that rows are not handled until the instance is resumed. */
    boolean isHeld();

    /** When the oldest change that waits for handlers was committed, by the server's clock; null if none waits. */
    @Nullable
    Instant oldestCommit();

    /**
     * Waits for a while, or until the instance is ending.
     *
     * @return whether it is ending
     */
    boolean pause(Duration atMost) throws InterruptedException;

    /** Whether changes of a table are delivered. */
    boolean isSubscribed(TableName table);

    /** Whether anybody gets reads of a table. */
    boolean hearsReads(TableName table);

    /**
     * Makes sure that somebody gets the rows.
     *
     * @param handlers the handlers that a run is for; null for all
     * @throws ConfigurationException if one does not exist, or does not ask for reads of the table
     */
    void requireReadable(TableName table, @Nullable List<String> handlers);

    /**
     * Whether handlers get every event of a table that has a whole row, so that such a row need not be read again.
     *
     * @param handlers the handlers that a run is for; null for all
     */
    boolean everyEventHeard(TableName table, @Nullable List<String> handlers);

    /** Everything that was committed before this position went to handlers. */
    Lsn handedOver();

    /** More may be confirmed than when the last transaction was handled. */
    void confirmAgain();

    /** A setting cannot be fulfilled: ends the instance. */
    void fail(WalwireException why);
}
