package io.walwire.event;

/**
 * A row that was there already, read from its table by a backfill, see {@code Walwire.backfill}. It is no change: it has the row and
 * the key, no old row and no {@link #changes()}. Handlers get reads only where they ask for them.
 *
 * <p>A read has its place in the stream. It is the row as of the transactions that were delivered before it, and every change of the
 * row that is delivered later is newer. Its {@link #id()} is made of the run, its reading, the table and the key. It is the same
 * when the row is read again after a crash, and another one when it is read again because changes may have been missed, or the table was
 * rewritten. {@link #transaction()} stands for a transaction: its {@code position()} is {@link #position()}, its xid is 0, its end
 * is null, and its timestamp is the time of this machine at which the row got its place. With {@code walwire.source=triggers} its xid is the
 * number of that position.
 *
 * <p>The rows of a table without a key all have one {@link #position()}, and a higher one when the table is read again. Their {@link #id()} is
 * made of the run, its reading, the position and the number of the row.
 *
 * @param <T> what a row is read as
 */
public interface ReadEvent<T> extends RowEvent<T> {
    /**
     * The row's version, to be compared with the {@code position()} of changes: higher than that of every change before it, and lower
     * than that of every change after it. So "write only if the version is higher" is exact.
     *
     * @return a position in the log at which no transaction commits, or with {@code walwire.source=triggers} the id of a transaction that has
     *     no change
     */
    Position position();

    /**
     * The run that read the row.
     *
     * @return as {@code BackfillRun.id()}
     */
    String run();
}
