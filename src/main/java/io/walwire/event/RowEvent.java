package io.walwire.event;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An insert, update or delete of one row, or a {@link ReadEvent read} of it, which the handler reads as {@code T}: a record of its
 * own, or {@link Row}. The same rows are also there untyped, as {@link #afterRow()} and {@link #beforeRow()}.
 *
 * @param <T> what a row is read as
 */
public non-sealed interface RowEvent<T> extends ChangeEvent<T> {
    /**
     * The row that the event is about: of a read the row, of an insert and an update the row after it, of a delete what is known of
     * the row before it. Of a deleted row only the replica identity is known, which is the key unless the table's REPLICA IDENTITY is
     * FULL; a record needs all of its columns, so use {@link #key()} for deletes of other tables.
     *
     * @return the row, mapped each time it is asked for
     * @throws io.walwire.error.WalwireException if the row does not fit the record, see {@code ErrorCode.MAPPING}
     * @throws io.walwire.error.ValueException if a column of the record was not sent
     */
    T row();

    /**
     * The row before an update or delete. As a record only where all of the record's columns are known, which
     * REPLICA IDENTITY FULL sees to. As a {@link Row} it is {@link #beforeRow()}, which may know only the key.
     *
     * @return the old row, mapped each time it is asked for; null for an insert and a read, and where not enough of it is known
     * @throws io.walwire.error.WalwireException if the row does not fit the record, see {@code ErrorCode.MAPPING}
     */
    @Nullable
    T before();

    /**
     * The row after an insert or update, or the row that was read. An unchanged TOASTed value is taken from the old row where that
     * carries it.
     *
     * @return the row; null for a delete
     */
    @Nullable
    Row afterRow();

    /**
     * What the replica identity carries of the row before an update or delete. (The JSON leaves an update's out unless
     * {@code walwire.old-record} is true.)
     *
     * @return what is known of the old row; null for an insert and a read, and where nothing is known
     */
    @Nullable
    Row beforeRow();

    /**
     * What an update is known to have changed.
     *
     * @return the changes; null for an insert, a delete or a read, and where nothing of the old row is known or its key alone is
     *     known and equal. Null means not known, never unchanged.
     */
    @Nullable
    Changes changes();

    /**
     * Whether an update is known to have changed a column.
     *
     * @param column its name
     * @return false also where that is not known, see {@link #changes()}
     */
    default boolean changed(String column) {
        Changes changes = changes();
        return changes != null && changes.contains(column);
    }

    /**
     * Whether an update is known not to have changed a column: both values were sent and are the same, or PostgreSQL would have
     * sent more if they were not, as of a key column and of a TOASTed value.
     *
     * @param column its name
     * @return false also where that is not known, where the table has no such column, and for an insert or delete
     */
    boolean unchanged(String column);

    /**
     * The columns of {@link #afterRow()} whose value PostgreSQL did not send, unchanged TOASTed values.
     *
     * @return their names, mostly empty
     */
    List<String> unavailable();
}
