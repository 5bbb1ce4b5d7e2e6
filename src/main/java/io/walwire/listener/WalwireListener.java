package io.walwire.listener;

import io.walwire.event.Gap;
import io.walwire.event.Position;
import io.walwire.lifecycle.State;

/**
 * Observes an instance, for metrics and logs. Added by {@code WalwireBuilder.listener}. It decides nothing: what it is called
 * about has happened.
 *
 * <p>Methods are called on Walwire's own threads, and on a thread that calls {@code Walwire.process} or {@code replay}. The stream or
 * the handler waits for them. So they return at once: count, or hand over to a thread of your own. Several threads may call at the
 * same time. A listener that throws is removed, and one line of level ERROR says so; the instance goes on. An interrupt flag that
 * a listener leaves is cleared.
 *
 * <p>No method gets a row's values, except what a handler writes into its own exception. Later versions may add methods.
 */
public interface WalwireListener {
    /**
     * The instance begins. Once, before everything else, on the thread that calls {@code WalwireBuilder.start}; not in
     * {@code WalwireBuilder.replay}, which starts no instance. A builder that is used again starts another instance.
     *
     * @param instance what can be asked of it, now and later
     */
    default void onStart(ObservedInstance instance) {}

    /**
     * The state has changed. In order, and never by two threads at once. The first change is from {@link State#STARTING}; the
     * last one is to {@link State#STOPPED} or {@link State#FAILED}, and may come a moment after {@code Walwire.close()} has returned.
     *
     * @param before the state that ended
     * @param after the state that began
     */
    default void onStateChange(State before, State after) {}

    /**
     * A call of a handler's code has ended, well or not. On the thread that made the call. With a {@code JdbcCheckpoint} its
     * transaction is committed after that; a call that succeeded is made and reported again if the commit fails. Do not call
     * {@code Walwire.process} or {@code replay} here: their calls are reported with the same object, and this one would change. A
     * {@link CountingListener} may get short calls by a method of its own.
     *
     * @param call what was called, and how it ended; valid until this method returns, {@link HandlerCall#detach()} to keep it
     */
    default void onCall(HandlerCall call) {}

    /**
     * Events of subscribed tables are handled, whether or not a handler listens to them. In the order of commits, before
     * {@link #onTransaction}; a large transaction's after each of its parts. Each event is counted once, whatever the number of
     * handlers and attempts. After a lost connection or a restart it may come again. Rows that a backfill has read are reported, too, as
     * events of the kind {@code READ}.
     *
     * @param events which, and how many; valid until this method returns
     */
    default void onEvents(HandledEvents events) {}

    /**
     * A transaction is handled: every handler has returned from it, or its failure policy has skipped the call or stored it as a
     * dead letter. In the order of commits; a large transaction counts once, after its last part. After a lost connection or a
     * restart a transaction that was not confirmed may come again.
     *
     * @param transaction which one; valid until this method returns, {@link HandledTransaction#detach()} to keep it
     */
    default void onTransaction(HandledTransaction transaction) {}

    /**
     * Changes are missing, or may be. Reported once in a process, about when handlers get the event.
     *
     * @param gap between which positions, and why
     */
    default void onGap(Gap gap) {}

    /**
     * The server may discard everything before a position. Positions never fall on one server; the same one may be reported
     * again.
     *
     * @param position the confirmed position, which the next status message carries to the server
     */
    default void onConfirmed(Position position) {}
}
