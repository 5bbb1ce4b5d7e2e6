package io.walwire.sink;

import io.walwire.doctor.Finding;
import io.walwire.event.Event;
import io.walwire.event.Transaction;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * A destination for all events of the subscribed tables, such as a log, a queue or a set of files. Given to
 * {@code WalwireBuilder.sink}. A sink gets transactions, not single calls for each event, and decides when they are stored: Walwire
 * confirms a transaction to PostgreSQL only after the {@link #flush} that covers it has completed.
 *
 * <p><b>Groups.</b> Everything that is written between two flushes is a group. Walwire flushes a group when nothing more waits, when it
 * holds 8 MiB, or when it is 100 ms old. The age begins with the handlers of its first part; Walwire looks at it before and after the
 * handlers of each part. It also flushes before a pause, before a failed handler waits for its next attempt, and when the instance drains
 * or closes. At most one flush is pending: while it is, Walwire goes on writing, and what it writes belongs to the next group. A gap is
 * written in a group of its own. What is written and not flushed counts against {@code walwire.buffer}, so that memory stays bounded.
 *
 * <p><b>Threads.</b> {@link #open} is called by the reader thread, once, before everything else. Then {@link #write}, {@link #flush}
 * and {@link #close} are called by the handler thread. No two of these calls overlap, and each sees what the one before it did; {@link #check} alone may come meanwhile. The
 * stage that {@code flush} returns may complete on any thread. It only wakes the handler thread up, which then confirms, and calls
 * watches and listeners. Each method may block. Meanwhile the instance keeps its connection to the server alive, and reads until
 * {@code walwire.buffer} is full. {@code close()} of the instance interrupts a call that lasts longer than
 * {@code walwire.close.timeout}. An interrupt flag that a method leaves behind is cleared, with a warning.
 *
 * <p><b>Order.</b> Transactions come in commit order, the parts of a large one in the order of {@link Transaction#part()}. The
 * handlers of an instance are done with each part before the sink gets it. So an instance with a sink refuses
 * {@code walwire.concurrency} above 1, and handlers that declare a batch or an asynchronous callback. It refuses a
 * {@code JdbcCheckpoint}, too. Filters and interceptors do not change what the sink gets.
 *
 * <p><b>Redelivery.</b> What was not confirmed comes again after a restart: at least once. A sink that {@link #keepsPosition keeps the
 * position} stores it together with each group, both or neither, and gives it back when it opens. Then Walwire leaves out what is
 * stored: exactly once. If the position shows that changes were lost, a gap comes first.
 *
 * <p><b>Errors.</b> There are no retries: a sink that can retry does so itself. What a method throws, an {@code Error} included, and a
 * stage that fails, ends the instance. Nothing of the group is confirmed, and nothing more is flushed. If the instance was being closed,
 * the error is logged and is the status's {@code lastError()}. An instance that has failed waits for a pending flush no longer than
 * {@code walwire.close.timeout}. The error shows the sink's {@code toString()}, which must hold no secret.
 *
 * <p>{@code Walwire.process} and the replay of dead letters call only handlers. A sink belongs to one instance: another one that is
 * given the same object does not start until the first has ended.
 */
public interface Sink {
    /**
     * Whether {@link #flush} stores the position together with the group, both or neither, and {@link #open} returns it. Walwire asks
     * when the instance is built, before {@link #open}. The answer does not change. A sink that keeps the position needs a
     * durable slot.
     *
     * @return false if only the slot knows the position; that is the default
     */
    default boolean keepsPosition() {
        return false;
    }

    /**
     * Whether the sink takes existing rows, which a backfill reads: see {@code Walwire.backfill} and the property {@code walwire.backfill}.
     * They come by {@link #write(Event)}. Walwire asks when the instance is built, before {@link #open}. The answer does not change.
     *
     * @return false if the sink gets only changes; that is the default
     */
    default boolean takesReads() {
        return false;
    }

    /**
     * Whether the sink stores notes together with the group, both or neither: how far the reading of existing rows has come. Then a row that is
     * stored does not come again after a restart. Walwire asks when the instance is built, before {@link #open}, and only a sink that
     * {@link #takesReads takes reads}. The answer does not change.
     *
     * @return false if reads come at least once; that is the default
     */
    default boolean keepsNotes() {
        return false;
    }

    /**
     * The notes that are stored, the last of each name. Called by the reader thread after {@link #open}, once, if the sink
     * {@link #keepsNotes keeps notes}.
     *
     * @return of the same stream as the position, in any order
     * @throws Exception if they cannot be read, which ends the instance
     */
    default Collection<SinkNote> notes() throws Exception {
        return List.of();
    }

    /**
     * Opens the sink. The slot is held by this instance when this is called, so that other instances on the same slot have ended or
     * lost it. What an earlier process wrote and did not flush must not become visible.
     *
     * @param context facts about the instance
     * @return the position of the last group that is stored; empty if the sink holds none, or does not keep it
     * @throws Exception if the sink cannot be opened, which ends the instance; {@link #close} is called after that
     */
    Optional<SinkPosition> open(SinkContext context) throws Exception;

    /**
     * Adds a transaction, or a part of a large one, to the group. It need not be stored when this returns.
     *
     * @param part immutable; it may be kept
     * @throws Exception if it cannot be written, which ends the instance
     */
    void write(Transaction part) throws Exception;

    /**
     * Adds an event that belongs to no transaction to the group: a gap, a logical message that is not transactional, or, if the sink
     * {@link #takesReads takes them}, a {@code ReadEvent} for each row that was read, and a {@code BackfilledEvent} behind the last
     * row of a table. Such messages and reads have no place in the position, so that they come at least once. A row that is read comes
     * in its place: it shows all changes of its key that were written before, and none that come later. Its group need not end with the
     * chunk that it was read in. How far a backfill has come is kept after the flush that covers its rows. A sink that
     * {@link #keepsNotes keeps notes} stores it with that flush, so that it gets reads once.
     *
     * @param event immutable; it may be kept
     * @throws Exception if it cannot be written, which ends the instance
     */
    void write(Event event) throws Exception;

    /**
     * Adds a note to the group. Called before {@link #flush}, if the sink {@link #keepsNotes keeps notes}.
     *
     * @param note to be stored if the group is stored, and only then
     * @throws Exception if it cannot be written, which ends the instance
     */
    default void write(SinkNote note) throws Exception {
        throw new UnsupportedOperationException("This sink keeps no notes");
    }

    /**
     * Ends the group and stores it, durably. The group may be empty: then only the position moves.
     *
     * @param position where the group ends; a sink that keeps the position stores it with the group, others may ignore it
     * @return completes when the group is stored, and with it everything that came before. A stage that fails ends the instance. Until a
     *     stage completes, the position does not move, and {@code close()} takes as long as {@code walwire.close.timeout}
     * @throws Exception as a stage that fails
     */
    CompletionStage<Void> flush(SinkPosition position) throws Exception;

    /**
     * Examines what the sink needs outside of PostgreSQL, without changing anything: for {@code check()} of Walwire and of its builder, and
     * for {@code walwire doctor}. Called by the thread that asks, whether the sink is open or not, and beside its other methods.
     *
     * @param context facts about the instance that runs, or might. The slot is empty if none is set. The system identifier is empty and the
     *     timeline 0 if the database does not answer
     * @param tables the subscribed and published tables; empty if the database does not answer
     * @return what was found, in any order; empty if all is well, or if the sink does not look, which is the default. A command that is no SQL
     *     is part of {@code what}
     * @throws Exception is a finding, too
     */
    default List<Finding> check(SinkContext context, List<SinkTable> tables) throws Exception {
        return List.of();
    }

    /**
     * Ends the sink and frees what it holds. Called once, also if {@link #open} has thrown, but not without it. What is not flushed
     * will come again, and must not become visible. A flush may still be pending when the instance ends before its stage completes.
     *
     * @throws Exception is logged
     */
    void close() throws Exception;
}
