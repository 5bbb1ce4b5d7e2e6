package io.walwire.internal.backfill;

import io.walwire.internal.text.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run, as the table of the progress has it.
 *
 * @param slot the replication slot of its stream
 * @param id its own name
 * @param table the table that it reads
 * @param where which rows, as an SQL condition; null for all
 * @param handlers the handlers that get the rows; null for all
 * @param wanted what its user wants: {@link RunState#RUNNING}, PAUSED or CANCELLED
 * @param state where it stands
 * @param problem why it failed; null if it did not
 * @param keysToRead keys that are to be read again, as {@link DeliveredKeys#keysToRead}
 */
public record StoredRun(
        String slot,
        String id,
        TableName table,
        @Nullable String where,
        @Nullable List<String> handlers,
        RunState wanted,
        RunState state,
        @Nullable String problem,
        List<List<String>> keysToRead) {
    public StoredRun {
        handlers = handlers == null ? null : List.copyOf(handlers);
        keysToRead = keysToRead.stream().map(List::copyOf).toList();
    }

    /** The same in another state. */
    public StoredRun in(RunState next, @Nullable String why) {
        return new StoredRun(slot, id, table, where, handlers, wanted, next, why, keysToRead);
    }

    /** The same with other keys that are to be read again. */
    public StoredRun with(List<List<String>> keys) {
        return new StoredRun(slot, id, table, where, handlers, wanted, state, problem, keys);
    }
}
