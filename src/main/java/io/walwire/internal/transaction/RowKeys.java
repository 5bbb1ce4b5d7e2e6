package io.walwire.internal.transaction;

import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.internal.codec.ValueEquality;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rows that a change is about: one, or the two that an update of a key leads from and to. {@link ValueEquality} says when keys
 * are equal, and answers two questions: whether two keys certainly name one row, and whether they may.
 */
public final class RowKeys {
    private RowKeys() {}

    /**
     * Keys that are equal only if they name the same row. Two keys of one row may differ.
     *
     * @param event an insert, update or delete
     * @return the key, and after it the one before the update where that is another; empty where the table has no key; null
     *     where PostgreSQL did not send enough to know
     */
    public static @Nullable List<Row> certain(ReceivedRow event) {
        return distinct(event, key -> key);
    }

    /**
     * Texts that are equal whenever keys may name the same row. Those of two rows may be equal.
     *
     * @param event an insert, update or delete
     * @return as {@link #certain}
     */
    public static @Nullable List<String> possible(ReceivedRow event) {
        return distinct(event, KeyRow::possibleIdentity);
    }

    /** Texts of the keys, equal where {@link #certain} keys are. */
    static @Nullable List<String> texts(ReceivedRow event) {
        return distinct(event, KeyRow::identity);
    }

    private static <T> @Nullable List<T> distinct(ReceivedRow event, Function<KeyRow, T> identity) {
        List<KeyRow> keys = keys(event);
        if (keys == null || keys.isEmpty()) {
            return keys == null ? null : List.of();
        }
        T now = identity.apply(keys.get(0));
        T before = keys.size() == 1 ? now : identity.apply(keys.get(1));
        return now.equals(before) ? List.of(now) : List.of(now, before);
    }

    private static @Nullable List<KeyRow> keys(ReceivedRow event) {
        Table table = event.table();
        if (table.key().isEmpty()) {
            return List.of();
        }
        TupleRow now = event.keyed();
        if (now == null) {
            return null;
        }
        TupleRow before = event.kind() == Kind.UPDATE ? event.beforeRow() : null;
        if (before != null) {
            return before.knowsKey() ? List.of(new KeyRow(now), new KeyRow(before)) : null;
        }
        return event.kind() == Kind.UPDATE && !table.sendsChangedKeys() ? null : List.of(new KeyRow(now));
    }
}
