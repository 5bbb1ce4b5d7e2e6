package io.walwire.event;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which columns an update is known to have changed. What is listed differs for certain; whether what is not listed is
 * equal, {@link #complete()} says.
 */
public interface Changes {
    /**
     * Whether every column could be compared, which needs REPLICA IDENTITY FULL. If false, a column that is not listed is
     * unknown, not unchanged.
     *
     * @return true if columns not listed are known to be equal
     */
    boolean complete();

    /**
     * The columns that differ, in the table's order.
     *
     * @return unmodifiable, maybe empty
     */
    List<Change> list();

    /**
     * The change of one column.
     *
     * @param column its name
     * @return the change, or null where the column is not known to differ
     */
    @Nullable
    Change get(String column);

    /**
     * Whether a column is known to differ.
     *
     * @param column its name
     * @return true if listed
     */
    default boolean contains(String column) {
        return get(column) != null;
    }
}
