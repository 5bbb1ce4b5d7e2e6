package io.walwire.internal.source;

import io.walwire.doctor.Finding;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.replication.Progress;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.transaction.UnreadableInBinaryException;
import io.walwire.internal.watch.Watches;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where an instance's changes come from. It opens one {@link ChangeStream} after another and answers what only it can know;
 * all that is common to sources stands behind it. Streams are opened by the reader thread; anybody may ask.
 */
public interface ChangeSource {
    /** Makes the source of one instance. */
    @FunctionalInterface
    interface Factory {
        /**
         * Makes a source, which connects to nothing yet.
         *
         * @param context what it may see of its instance
         */
        ChangeSource source(SourceContext context);
    }

    /**
     * Opens a stream, standing by for as long as another process has what it reads.
     *
     * @param progress how far the streams before came, null if there was none
     * @return the stream; null if the instance is to stop
     * @throws SQLException if the source cannot be reached or refuses
     * @throws WalwireException if somebody must correct something
     */
    @Nullable
    ChangeStream connect(@Nullable Progress progress) throws SQLException, InterruptedException;

    /**
     * The stream that goes on from one that ended although nothing failed.
     *
     * @param ended still open
     * @param progress how far it came
     * @return null if there is none, so that the next one is {@link #connect connected}
     */
    default @Nullable ChangeStream successor(ChangeStream ended, @Nullable Progress progress) {
        return null;
    }

    /** Makes all streams that follow be in text. */
    default void endBinary(UnreadableInBinaryException why) {
        throw why;
    }

    /** Whether a stream was ever open. */
    boolean hasStreamed();

    /** Ends an attempt to open a stream that may take for ever. By any thread. */
    void abort();

    /** The instance is stopping, and no further stream is opened: ends what runs beside the streams. */
    default void ended() throws InterruptedException {}

    /** Why a stream ended for good, where the source knows it better than what was said. */
    WalwireException cause(WalwireException said);

    /**
     * Notes, where that is possible, that handlers have to be told of a gap: what ends the instance before they are must not
     * make it unknown. Called again if the stream ends before the gap is in the handlers' queue.
     *
     * @param from as in the gap
     */
    default void noteGap(@Nullable Lsn from) throws SQLException, InterruptedException {}

    /** The gap that was noted is in the handlers' queue. */
    default void gapQueued() {}

    /** Handlers know that gap. The note stays while there are others that they do not know. By the handler thread. */
    default void gapTold() {}

    /**
     * Where the source stands after the instance has failed, what that costs the server, and how to go on from there.
     *
     * @param last the last stream's start, null if there was none
     * @param confirmed up to where everything is confirmed
     * @return sentences for the log; empty if there is nothing to say
     */
    default String wayOn(@Nullable StreamStart last, Lsn confirmed) {
        return "";
    }

    /** Makes sure that a running instance can take one more handler: the tables that it names can be read. */
    void requireHandler(HandledTables handler);

    /** Makes sure that a running instance can have these subscriptions beside those that it has. */
    void requireSubscriptions(List<TablePattern> patterns);

    /** What is known of the tables that somebody watches. */
    Watches.Tables tables();

    /** A position that no change which is committed by now lies beyond, and that an idle stream will reach. */
    Lsn current() throws SQLException;

    /** The position at which everything is handled that ends at or before another one, which somebody asked the database for. */
    Lsn reached(Lsn asked);

    /** Looks for what keeps the source from working, or will. */
    List<Finding> check();
}
