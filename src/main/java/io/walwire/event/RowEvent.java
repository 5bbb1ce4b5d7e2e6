package io.walwire.event;

/**
 * An event of a table whose rows the handler reads as {@code T}: a record of its own, or {@link Row}.
 *
 * @param <T> what a row is read as
 */
public interface RowEvent<T> extends Event {
    /**
     * The row that the event is about: of an insert and an update the row after it, of a delete what is known of the row
     * before it.
     *
     * @return the row, mapped each time it is asked for
     * @throws IllegalStateException for a truncate or a schema change, which have no row
     * @throws io.walwire.error.WalwireException if the row does not fit the record, see {@code ErrorCode.MAPPING}
     */
    T row();
}
