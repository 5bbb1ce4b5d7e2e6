package io.walwire.event;

import org.jspecify.annotations.Nullable;

/**
 * One column that differs between the old and the new row of an update. The values are read when they are asked for, as
 * {@link Row#get(String)} reads them.
 */
public interface Change {
    /**
     * The column.
     *
     * @return its name
     */
    String column();

    /**
     * The value before.
     *
     * @return as {@link Row#get(String)}; null for SQL NULL
     * @throws io.walwire.error.ValueException if its Java type cannot hold it
     */
    @Nullable
    Object oldValue();

    /**
     * The value after.
     *
     * @return as {@link Row#get(String)}; null for SQL NULL
     * @throws io.walwire.error.ValueException if its Java type cannot hold it
     */
    @Nullable
    Object newValue();
}
