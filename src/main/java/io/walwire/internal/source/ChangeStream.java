package io.walwire.internal.source;

import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.ReadRows;
import io.walwire.internal.transaction.TableFacts;
import io.walwire.internal.transaction.TransactionPart;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One connection's changes, in the order of commits, as the messages of pgoutput's protocol 1. One thread reads: {@link #next}
 * until the stream {@link #isDrained}, then {@link #await}. Any thread may confirm, ask, leave and abort. A stream is used once;
 * a lost one is replaced by a new one.
 *
 * <p>Positions grow with commits and are compared with each other alone: a source without a log has numbers of its own.
 */
public interface ChangeStream extends AutoCloseable {
    /** The server's encoding, in which the content of logical messages comes. */
    default Charset encoding() {
        return StandardCharsets.UTF_8;
    }

    /** Where it began, and in which history. */
    StreamStart start();

    /** Whether positions after its start may stand for other transactions than in the stream before, of this instance or an earlier one. */
    default boolean repeats() {
        return false;
    }

    /**
     * The next message. Does not wait for one.
     *
     * @return null if there is none for now, or what was read is of no interest outside the stream
     * @throws SQLException if the connection is broken or the server ended the stream
     */
    @Nullable
    PgOutputMessage next() throws SQLException, InterruptedException;

    /** Whether the last {@link #next} found nothing to read: all that was committed before {@link #received} has come. */
    boolean isDrained();

    /** Whether something was read of a transaction whose messages are still to come, so that the position is not settled. */
    default boolean isArriving() {
        return false;
    }

    /** Whether messages follow that were announced by the last one: the changes of a prepared transaction that has committed. */
    default boolean isReplaying() {
        return false;
    }

    /** The next gap that the source found beside its streams; null if there is none. Asked between transactions. */
    default @Nullable Gap due() {
        return null;
    }

    /** That gap is in the handlers' queue: {@link #due} gives the one after it. */
    default void dueQueued() {}

    /** Handlers have got that gap. Called by the handler thread. */
    default void dueDelivered() {}

    /**
     * A gap that this stream found in itself, once; null if there is none. Asked between transactions, and before the end of each.
     * It needs no note: until handlers have got it, the stream's position stays before it. If the gap may continue after its end,
     * the rest is {@link #due} later.
     *
     * @param complete up to here everything was handed over
     * @param read everything that was committed before this position has come; the gap must not end behind it
     */
    default @Nullable Gap leftOut(Lsn complete, Lsn read) throws SQLException, InterruptedException {
        return null;
    }

    /**
     * Whether the gap of {@link #leftOut} ends after a position: the source has passed the start of the gap, and does not know its
     * end yet.
     *
     * @param received the source's last position
     */
    default boolean leavesOutBeyond(Lsn received) {
        return false;
    }

    /**
     * Rows that were read beside the stream have their place here, between two transactions. Called by the reading thread.
     *
     * @param rows to be recorded
     */
    default void placed(ReadRows rows) {}

    /** Rows that the stream itself has, as of a recording, after {@link #next} found no message; null if there are none. */
    default @Nullable ReadRows rows() {
        return null;
    }

    /**
     * Handlers have returned from {@link #rows}. Called by the thread that has handled them.
     *
     * @param part what handlers got
     */
    default void handled(TransactionPart part) {}

    /**
     * Waits for a moment, or until there is something to read.
     *
     * @param briefly whether the caller also waits for something that another thread does
     */
    void await(boolean briefly) throws SQLException, InterruptedException;

    /** The highest position heard of. */
    Lsn received();

    /**
     * Everything up to this position is handled.
     *
     * @param lsn a transaction's end, or {@link #received}; never lower than before
     */
    void confirm(Lsn lsn);

    /**
     * As {@link #confirm}, of a stream that may have ended with an error: the last act of the reading thread before it closes.
     *
     * @param lsn as above
     */
    default void confirmLast(Lsn lsn) {
        confirm(lsn);
    }

    /** Called by the reading thread about twice a second while it does not read, so that the connection lives. */
    void stayAlive() throws SQLException;

    /**
     * Whether {@link #facts} of a table that has just been described are wanted before its first change: they may show that
     * its rows cannot be read.
     *
     * @param relation the table
     */
    default boolean asksAtOnce(Relation relation) {
        return false;
    }

    /**
     * What messages leave out of a table, as the catalog has it. May take long, and keeps the connection alive meanwhile.
     *
     * @return null if the instance is to end before the catalog can be asked
     */
    @Nullable
    TableFacts facts(Relation relation) throws SQLException, InterruptedException;

    /** Makes the reading thread find out soon how far the database is. */
    void ask();

    /** For how long nothing has come from the server; zero while nobody reads. */
    Duration silence();

    /** Whether a shutdown of the server waits until this stream has confirmed everything. */
    default boolean holdsUpShutdown() {
        return false;
    }

    /** Makes the reading thread give up the stream, because the server shuts down and waits for it. */
    default void leave() {}

    /** Cuts the connection without a last status. */
    void abort();

    /** Reports what is confirmed for the last time, and closes. Never throws: the connection ends in any case. */
    @Override
    void close();
}
