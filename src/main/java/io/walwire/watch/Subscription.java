package io.walwire.watch;

import io.walwire.error.WalwireException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One subscriber's place on a watch. Safe to use from any thread, the subscriber's own callback too. */
public interface Subscription extends AutoCloseable {
    /**
     * The watch's label.
     *
     * @return the label; null where it has none
     */
    @Nullable
    String label();

    /**
     * The watched table.
     *
     * @return its name with its schema, quoted only where it needs it
     */
    String table();

    /**
     * Whether events still come in.
     *
     * @return false once it was closed or failed, or the instance ended; what is in the buffer may still be delivered
     */
    boolean isActive();

    /**
     * How many events were handed to the subscriber.
     *
     * @return a count that only grows
     */
    long delivered();

    /**
     * How many events the buffer had to drop, or replaced by later ones of the same key.
     *
     * @return a count that only grows
     */
    long missed();

    /**
     * How the subscription ends: normally when it is closed, or when the instance is and the buffer is empty; exceptionally
     * with a {@link WalwireException} when the subscriber, a predicate or the instance failed, or the buffer was full and was
     * to end the subscription then.
     *
     * @return a stage of its own for each call; completing it has no effect on the subscription
     */
    CompletionStage<Void> completion();

    /**
     * Ends the subscription: nothing is delivered from now on, except to a call that runs already, which is not waited for.
     * Again, does nothing.
     */
    @Override
    void close();
}
