package io.walwire.listener;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call of a handler's code that is about to be made. Valid until the listener's method returns. After that Walwire uses the same object again. Implemented by Walwire alone, and later versions may add methods.
 */
public interface StartedCall {
    /**
     * The handler's name.
     *
     * @return as {@link HandlerCall#handler()}
     */
    String handler();

    /**
     * What the handler is called for.
     *
     * @return as {@link HandlerCall#kind()}
     */
    String kind();

    /**
     * The table of the call's first event.
     *
     * @return as {@link HandlerCall#table()}
     */
    @Nullable
    String table();

    /**
     * How many events the call is given.
     *
     * @return as {@link HandlerCall#events()}
     */
    int events();

    /**
     * Which attempt this is.
     *
     * @return 1 for the first
     */
    int attempt();

    /**
     * What the writers of the events have said of their transactions: the JSON of each message with the prefix
     * {@code walwire.context}, in the order of the events. It is read for each call of this method. Any role can write such a
     * message, so it is a hint and no proof.
     *
     * @param atMost how many are wanted, 1 or more
     * @return one for each transaction that has a context, unmodifiable; mostly one, a batch has more
     */
    List<String> contexts(int atMost);
}
