package io.walwire.listener;

import io.walwire.error.WalwireException;
import io.walwire.lifecycle.Details;
import io.walwire.lifecycle.SlotUsage;
import io.walwire.lifecycle.Status;
import java.util.List;
import java.util.Optional;

/**
 * The instance that a listener observes. It can be asked on any thread, and for as long as it is kept, after the end of the
 * instance too. Implemented by Walwire alone, and later versions may add methods.
 */
public interface ObservedInstance {
    /**
     * State, positions and counts, as {@code Walwire.status()}.
     *
     * @return a glance at this moment
     */
    Status status();

    /**
     * What the instance reads, and from where, as {@code Walwire.details()}.
     *
     * @return as of this moment
     */
    Details details();

    /**
     * The runs that read existing rows and have not ended, as {@code Walwire.backfills()}.
     *
     * @return as of this moment; unmodifiable
     */
    List<ObservedBackfill> backfills();

    /**
     * Asks the server how much of its log the instance's slot keeps, on a connection of its own. This waits for the server,
     * within the connection's timeouts, so that no method of a listener may call it. The slot need not be in use.
     *
     * @return empty if there is no such slot, if its name is not known yet, and with {@code walwire.source=triggers}
     * @throws WalwireException if the server cannot be asked
     */
    Optional<SlotUsage> slotUsage();
}
