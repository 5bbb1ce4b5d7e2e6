package io.walwire.listener;

import io.walwire.event.Lsn;
import java.time.Instant;

/**
 * A transaction that is handled. Valid until the listener's method returns. After that Walwire uses the same object again. {@link #detach()} gives one to keep. Implemented by Walwire alone, and later versions may add methods.
 */
public interface HandledTransaction {
    /**
     * The number of the transaction.
     *
     * @return as {@code Transaction.xid()}
     */
    long xid();

    /**
     * Where the transaction ends.
     *
     * @return the position that can be confirmed now
     */
    Lsn endLsn();

    /**
     * When it was committed, by the server's clock. With your own clock it gives the time from commit to handled.
     *
     * @return as {@code Transaction.timestamp()}
     */
    Instant timestamp();

    /**
     * How many events handlers were given of it in this process.
     *
     * @return over all parts; fewer than the transaction has, if parts of it were handled before a restart
     */
    long events();

    /**
     * A copy that stays as it is.
     *
     * @return valid for as long as it is kept; this one if it is such a copy
     */
    HandledTransaction detach();
}
