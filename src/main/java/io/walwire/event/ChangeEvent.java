package io.walwire.event;

import org.jspecify.annotations.Nullable;

/**
 * A change of a table's rows: a {@link RowEvent}, or a {@link TruncateEvent}, which is about all rows at once. A callback that
 * needs the row asks for the type:
 *
 * <pre>{@code
 * on.table("users", User.class).onChange(change -> {
 *     if (change instanceof RowEvent<User> user) {
 *         cache.refresh(user.row());
 *     } else {
 *         cache.clear(); // a truncate
 *     }
 * });
 * }</pre>
 *
 * @param <T> what rows are read as: a record, or {@link Row}
 */
public sealed interface ChangeEvent<T> extends Event permits RowEvent, TruncateEvent {
    /**
     * The row's key. Under replica identity DEFAULT the primary key, under INDEX the index's columns, under FULL and NOTHING
     * the primary key where the table has one, as the catalog has it when the stream describes the table. Of an insert and an
     * update the new values, of a delete the old.
     *
     * <p>Keys are equal, and have the same hash code, where database, schema and table have the same names and the key's columns
     * the same values: in whatever order, format ({@code walwire.binary}), event or run of the program. Values are compared by
     * PostgreSQL's text. The scale of numbers ({@code 1.0} and {@code 1.00}), the blanks at the end of a {@code char(n)} and the
     * white space of JSON make no difference. PostgreSQL holds more texts of other types for equal: two spellings of one
     * {@code citext} are two keys here. {@code latestPerKey} of handlers and {@code conflate} of watches follow the same rule. A key
     * keeps the bytes of its row in memory.
     *
     * @return only the columns of the key; null for a truncate, where a publication leaves out a part of the key, where the table
     *     has none, and where a partition's replica identity leaves out a part of it
     */
    @Nullable
    Row key();

    /**
     * The transaction that the change belongs to.
     *
     * @return its facts, never null
     */
    @Override
    TransactionInfo transaction();
}
