package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
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
 * @param keysToRead keys that are to be read again, as {@link DeliveredKeys#kept}
 * @param timeline the server's timeline when its reading began
 * @param reading names its reading of the table, another one each time that it begins again because events may have been missed; empty if
 *     no instance has begun to read
 * @param owner the instance that writes its progress; null if none has taken it up yet
 * @param doneTo the progress is all that a stream has to know that begins here, or earlier
 */
public record StoredRun(
        RunSlot slot,
        String id,
        TableName table,
        @Nullable String where,
        @Nullable List<String> handlers,
        RunState wanted,
        RunState state,
        @Nullable String problem,
        List<List<String>> keysToRead,
        int timeline,
        String reading,
        @Nullable String owner,
        Lsn doneTo) {
    public StoredRun {
        handlers = handlers == null ? null : List.copyOf(handlers);
        keysToRead = keysToRead.stream().map(List::copyOf).toList();
    }

    /** The same in another state. */
    public StoredRun in(RunState next, @Nullable String why) {
        return new StoredRun(
                slot, id, table, where, handlers, wanted, next, why, keysToRead, timeline, reading, owner, doneTo);
    }

    /**
     * The same with other progress.
     *
     * @param keys the keys that are to be read again
     * @param upTo a stream may begin here
     */
    public StoredRun with(List<List<String>> keys, Lsn upTo) {
        return new StoredRun(
                slot, id, table, where, handlers, wanted, state, problem, keys, timeline, reading, owner, upTo);
    }

    /** The same without any progress. */
    public StoredRun fromStart() {
        return with(List.of(), Lsn.ZERO);
    }

    /**
     * The same, which begins another reading, without any progress.
     *
     * @param next no other reading has this name
     */
    public StoredRun again(String next) {
        return new StoredRun(
                slot, id, table, where, handlers, wanted, state, problem, List.of(), timeline, next, owner, Lsn.ZERO);
    }

    /** The same, taken by an instance. */
    public StoredRun ownedBy(String instance) {
        return new StoredRun(
                slot,
                id,
                table,
                where,
                handlers,
                wanted,
                RunState.RUNNING,
                null,
                keysToRead,
                timeline,
                reading,
                instance,
                doneTo);
    }

    /** Whether it has ended on another timeline than this one, and does not have to begin again. */
    public boolean isEndedElsewhere(int here) {
        boolean isEnded = state == RunState.DONE || state == RunState.CANCELLED || state == RunState.FAILED;
        return isEnded && timeline != 0 && timeline != here;
    }

    /**
     * The same, whose reading begins.
     *
     * @param of the slot, whose server may be another one
     * @param line the server's timeline
     */
    public StoredRun on(RunSlot of, int line) {
        return new StoredRun(
                of, id, table, where, handlers, wanted, state, problem, keysToRead, line, reading, owner, doneTo);
    }
}
