package io.walwire.lifecycle;

import io.walwire.event.Position;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an instance is doing, at a moment. The values are read one after the other, so that they may differ by what happens
 * meanwhile.
 *
 * With {@code walwire.source=triggers} positions are {@link io.walwire.event.TransactionId transaction ids}, the slot is a cursor, and what counts
 * bytes of the log counts transactions.
 *
 * <p>Immutable. Implemented by Walwire alone, and later versions may add methods.
 */
public interface Status {
    /**
     * What the instance is doing.
     *
     * @return never null
     */
    State state();

    /**
     * The replication slot, or the cursor.
     *
     * @return its name; null until it is known
     */
    @Nullable
    String slot();

    /**
     * Where the current or last stream began.
     *
     * @return {@link Position#isNone() none} before the first stream
     */
    Position streamingFrom();

    /**
     * The highest position received from the server.
     *
     * @return {@link Position#isNone() none} before the first
     */
    Position received();

    /**
     * The position up to which everything is handled. It is reported to the server within a second.
     *
     * @return {@link Position#isNone() none} before the first
     */
    Position confirmed();

    /**
     * How many transactions are handled.
     *
     * @return the count since the instance was started
     */
    long transactions();

    /**
     * How many events of subscribed tables are handled.
     *
     * @return the count since the instance was started
     */
    long events();

    /**
     * How many bytes of received changes wait to be handled.
     *
     * @return 0 or more, about {@code walwire.buffer} at most
     */
    long queuedBytes();

    /**
     * How often a lost connection was replaced.
     *
     * @return the count since the instance was started
     */
    long reconnects();

    /**
     * How many failed calls of handlers were made again, as their failure policies say.
     *
     * @return the count since the instance was started
     */
    long retries();

    /**
     * How many failed calls were given up without stopping: skipped, or handed over as dead letters.
     *
     * @return the count since the instance was started
     */
    long setAside();

    /**
     * Whether {@code Walwire.pause()} holds handlers back, whatever the state.
     *
     * @return whether it does
     */
    boolean paused();

    /**
     * How many bytes of the server's log lie between {@link #confirmed} and the highest position that the server has sent.
     * What it has not sent yet, because handlers are slow, is not known here.
     *
     * @return 0 or more
     */
    long lagBytes();

    /**
     * How long ago the oldest transaction was committed that is received and not finished, by the clocks of both machines.
     *
     * @return zero when everything received is finished; never negative
     */
    Duration lag();

    /**
     * How long ago something came from the server.
     *
     * @return zero while the reader does not read, because handlers are behind; null while there is no connection
     */
    @Nullable
    Duration silence();

    /**
     * Why the connection was last lost, or the instance failed.
     *
     * @return null if neither happened
     */
    @Nullable
    String lastError();
}
