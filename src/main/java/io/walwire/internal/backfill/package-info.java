/**
 * Reading the rows that exist already, while the stream runs.
 *
 * <h2>The problem</h2>
 *
 * A row can be read from its table, and its changes come by the stream. A copy that is made of both has to know which of the two is newer.
 * Comparing positions in the log does not answer it: a commit is in the log before other sessions see it, and long before where it waits
 * for a synchronous standby. A row that is read after its newer event was delivered may still be the old one.
 *
 * <h2>The solution</h2>
 *
 * A chunk is read in one snapshot. PostgreSQL says which transactions a snapshot does not see. The backfill remembers for each key
 * the last transaction of which an event was delivered ({@link io.walwire.internal.backfill.DeliveredKeys}). A row of a chunk is
 * delivered only if the chunk's snapshot sees that transaction. If not, the row may be older than the event, and is dropped.
 *
 * <p>A chunk gets its place in the stream behind its horizon: the end of the log when its snapshot was taken. So everything that the
 * snapshot sees was delivered before.
 *
 * <h2>Why it is right</h2>
 *
 * <ol>
 *   <li>Two transactions that change one row change it one after the other. The second waits for the lock of the first, which
 *       is released after the first has become visible. So for one row the order of the log is the order in which changes become
 *       visible. If a snapshot sees the last event of a key, it sees all of them.
 *   <li>Everything that a snapshot sees has its commit in the log before the horizon, so it is delivered before the chunk.
 *   <li>So a row that is delivered is the state after the last event of its key that was delivered, and each later event is newer:
 *       the states of a key that are delivered never go back.
 *   <li>A TRUNCATE counts as an event of every key. An update that changes the key counts for both keys. An event whose key is
 *       not fully known counts for any key: chunks whose snapshot does not see it are read again.
 *   <li>What was delivered before the backfill began is not known key by key. So the first snapshot has to see all transactions
 *       that were delivered before ({@link io.walwire.internal.backfill.UnseenTransactions}). Later snapshots see them too.
 * </ol>
 *
 * <h2>Rows that are read again by their keys</h2>
 *
 * An update that does not touch a TOASTed value does not send it. If such an update has a row dropped, nobody has the whole row.
 * With ranges of blocks, an update can also move a row from a block that is not read yet to one that was read. The keys of such rows
 * are collected, and read once all ranges are read, by the same rule. They are needed only where a handler may not have got the
 * whole row from the event ({@link io.walwire.internal.backfill.ReadMode}):
 *
 * <ul>
 *   <li>A key whose row is dropped waits again. So does one whose row is not found because its last event is not visible yet.
 *   <li>A row that changes each time it is read would never be delivered. After two attempts its events are collected. They complete
 *       the row that is read next, if its snapshot sees every event before these. The result is the row as of the last event:
 *       a value that no event since has sent did not change.
 *   <li>An update that gives another key to a row that still waits, and that lacks a value, has the new key wait.
 *   <li>If there are too many keys, the table is read again by ranges of its key: between these, updates move no row.
 *   <li>The keys are part of the progress. They are kept before a position of the stream is confirmed at which they are known;
 *       after a crash the events that named them do not come again.
 * </ul>
 *
 * <h2>Tables without a key</h2>
 *
 * Their rows cannot be compared with events ({@link io.walwire.internal.backfill.HeldTable}). They are read in the snapshot of a
 * replication slot, whose position in the log PostgreSQL knows: what was committed before that position is visible, and nothing else. The
 * stream is held there until all rows are delivered. So no event comes between them, and none needs to be compared.
 *
 * <h2>Changes that triggers capture</h2>
 *
 * They come in the order of transaction ids, and a transaction comes when all below it have ended. A position is such an id
 * ({@link io.walwire.internal.backfill.Sender#isLogged}). When a chunk is read, its reader takes an id, whose end is the horizon: the snapshot
 * sees none above it. So everything that it sees was delivered when the stream has passed the horizon. What was delivered has ended, so every
 * later snapshot sees it. An event that comes later has a higher id than all that the snapshot sees. The server's log has the id on disk before
 * the rows are delivered, so that no crash makes the server give it to a change.
 *
 * <p>The order of ids is that in which changes of one row become visible, but for a transaction that has got its id before another one, and
 * changes the row after it. Its event comes too early, with or without a backfill. A row that is read then is as old as the last event of its
 * key, or newer.
 *
 * <p>There is no place between two ids that follow each other. So rows have their place where at least one id lies between the last transaction
 * that was delivered and the next one. The stream cannot be held at a snapshot that does not see all ids below its last one, so tables
 * without a key are not read.
 *
 * <h2>Before the first change</h2>
 *
 * The slot of an instance has a snapshot, too, when it is created: all that was committed before the slot's position, and nothing else.
 * Tables can be read in it in the same way, with a key or without, while the stream is held at its start. The locks come before the slot.
 * If that is interrupted, the slot is there and has every change since the snapshot. So nothing of it has to be kept: the tables
 * that are left are read like those that were never read, beside the stream or while it is held. Rows that came of the snapshot
 * are older than all changes, and each one that was changed or deleted since has an event.
 *
 * <h2>What a chunk's transaction does</h2>
 *
 * It locks the table first, then takes its snapshot. A TRUNCATE or rewrite between both would leave nothing to be seen, without an
 * error. It compares the table with the plan: a rewritten table has its rows in other blocks, and of a table that was detached, or not
 * published or logged for a while, changes are missing. It switches row security off, so that
 * hidden rows are an error. COPY prints values with the functions that pgoutput uses, so that its rows become the same tuples.
 *
 * <h2>On a standby</h2>
 *
 * <ul>
 *   <li>A snapshot lists no running transactions. So what counts as seen is what is before its xmin, and what was replayed before it
 *       was taken. A transaction that stays open on the primary keeps the xmin low, so without the latter nothing would be forgotten.
 *   <li>A standby may be promoted between a snapshot and the question whether the server is a standby. So an earlier look decides how a
 *       snapshot is read. What was replayed before stays visible after a promotion.
 *   <li>A commit is replayed before the position of replay moves behind it. So the position at a snapshot is not its horizon: see
 *       {@code Sight}.
 *   <li>The stream sends what was replayed. So what was delivered is visible on the server that has sent it. A standby that was started
 *       again may have to replay that once more, and another standby may be behind. Each chunk's transaction begins on a server
 *       that has replayed everything that was delivered when the chunk was begun. So it sees all that is forgotten by then.
 *   <li>Nothing can be written: the log of a transaction that is still open comes with what the primary writes next.
 *   <li>A table without a key is not read: the snapshot of its slot would wait for what the primary logs of running transactions.
 * </ul>
 *
 * <h2>Bounds</h2>
 *
 * A chunk has at most the bytes that the reader is given, or one row. Delivered keys are forgotten when the snapshots of all open
 * chunks and the newest one see their transactions. If they take more memory than allowed, only their transactions are kept, as if
 * their keys were not known.
 *
 * <h2>Threads</h2>
 *
 * {@link io.walwire.internal.backfill.TableBackfill} joins the parts for one table, without threads and connections of its own.
 * Readers take jobs and bring back chunks ({@link io.walwire.internal.backfill.ChunkReader}). The thread that delivers events reports
 * each one before it is delivered, and asks between transactions which rows have their place there. When handlers have returned from
 * these, the progress is kept ({@link io.walwire.internal.backfill.ProgressTable}). A sink may store it with the rows before
 * ({@link io.walwire.internal.backfill.RunNotes}).
 */
@NullMarked
package io.walwire.internal.backfill;

import org.jspecify.annotations.NullMarked;
