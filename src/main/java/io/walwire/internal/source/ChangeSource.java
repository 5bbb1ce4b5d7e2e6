package io.walwire.internal.source;

import io.walwire.doctor.Finding;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.internal.backfill.ReadableTables;
import io.walwire.internal.replication.Progress;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.transaction.PositionKind;
import io.walwire.internal.transaction.UnreadableInBinaryException;
import io.walwire.internal.watch.Watches;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where an instance's changes come from. It opens one {@link ChangeStream} after another and answers questions about its database.
 * Everything that is common to sources is behind it. The reader thread opens the streams; any thread may ask.
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
     * Opens a stream. While another process has what it reads, the source stands by.
     *
     * @param progress how far the earlier streams came, null if there was none
     * @return the stream; null if the instance is ending
     * @throws SQLException if the source cannot be reached or refuses; the next attempt may succeed
     * @throws WalwireException if a user has to correct something
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

    /** From now on streams are in text, because a value cannot be read in binary. */
    default void endBinary(UnreadableInBinaryException why) {
        throw why;
    }

    /** Whether a stream was ever opened. */
    boolean hasStreamed();

    /** Ends an attempt to open a stream that would not end by itself. Called by any thread. */
    default void abort() {}

    /** The instance is stopping, and no further stream is opened: ends what runs beside the streams. Called once. */
    default void ended() throws InterruptedException {}

    /**
     * Explains why no further stream can be opened.
     *
     * @param failure what the server's error alone says
     * @return the same, or what the source knows better
     */
    default WalwireException explain(WalwireException failure) {
        return failure;
    }

    /**
     * Notes in the database, where that is possible, that handlers have to get a gap event: the next instance delivers it if this
     * one ends before. Called again if the stream ends before the gap is in the handlers' queue.
     *
     * @param from as in the gap
     */
    default void noteGap(@Nullable Lsn from) throws SQLException, InterruptedException {}

    /** The gap that was noted is in the handlers' queue. */
    default void gapQueued() {}

    /**
     * Handlers have got the gap that was noted. The note stays while they have not got another one. Called by the handler thread.
     */
    default void gapDelivered() {}

    /**
     * How to continue after the instance has failed: where the source stands, and what that costs the server.
     *
     * @param last the last stream's start, null if there was none
     * @param confirmed up to where everything is confirmed
     * @return sentences for the log; empty if there is nothing to say
     */
    default String howToContinue(@Nullable StreamStart last, Lsn confirmed) {
        return "";
    }

    /**
     * Makes sure that a running instance can take one more handler.
     *
     * @param handler the tables that it names, which have to be subscribed and readable
     * @throws WalwireException if one is not
     */
    void requireHandler(HandledTables handler);

    /**
     * Makes sure that a running instance can have more subscriptions.
     *
     * @param patterns those that are to be added
     * @throws WalwireException if one of their tables cannot be read
     */
    void requireSubscriptions(List<TablePattern> patterns);

    /** What watches need to know of tables. */
    Watches.Tables tables();

    /** Which positions users see. */
    default PositionKind positions() {
        return PositionKind.LOG;
    }

    /** A position at or after all changes that are committed by now. An idle stream reaches it. */
    Lsn current() throws SQLException;

    /**
     * The position to wait for.
     *
     * @param asked a position that the application has asked the database for
     * @return the end of the last change at or before it
     * @throws WalwireException if the source has positions of another kind
     */
    default Lsn reached(Position asked) {
        if (asked instanceof Lsn lsn) {
            return lsn;
        }
        throw new WalwireException(
                ErrorCode.CONFIGURATION,
                "A transaction id such as " + asked.value() + " is no position of the log, which this instance reads.",
                "Wait for an Lsn, or call awaitCurrent() after the commit.");
    }

    /** The tables whose rows can be read beside the stream; null if there are none. */
    default @Nullable ReadableTables existingRows() {
        return null;
    }

    /** Looks for what keeps the source from working, or will. */
    default List<Finding> check() {
        return List.of();
    }
}
