package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.text.TableName;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The columns of the table of the progress that the row of a run and the row of a leaf have in common. */
record ProgressRow(
        RunSlot slot,
        String run,
        long leaf,
        TableName table,
        RunState state,
        @Nullable String problem,
        Lsn doneTo,
        long fileNode,
        @Nullable String ranges,
        @Nullable String keysToRead,
        long rows,
        long bytes,
        long totalBytes) {
    /**
     * Of a run.
     *
     * @param keysToRead as JSON; null if there are none
     */
    static ProgressRow of(StoredRun run, @Nullable String keysToRead) {
        return new ProgressRow(
                run.slot(),
                run.id(),
                0,
                run.table(),
                run.state(),
                run.problem(),
                run.doneTo(),
                0,
                null,
                keysToRead,
                0,
                0,
                0);
    }

    static ProgressRow of(StoredRun run, StoredLeaf leaf) {
        return new ProgressRow(
                run.slot(),
                run.id(),
                leaf.oid(),
                leaf.name(),
                leaf.done() ? RunState.DONE : RunState.RUNNING,
                null,
                Lsn.ZERO,
                leaf.readAs(),
                leaf.ranges(),
                null,
                leaf.rows(),
                leaf.bytes(),
                leaf.totalBytes());
    }

    /**
     * Sets the parameters of a statement: what is written, and then the key.
     *
     * @return the next parameter
     */
    int set(PreparedStatement statement) throws SQLException {
        int i = 1;
        statement.setString(i++, table.toString());
        statement.setString(i++, state.text());
        statement.setString(i++, problem);
        statement.setString(i++, doneTo.toString());
        statement.setLong(i++, fileNode);
        statement.setString(i++, ranges);
        statement.setString(i++, keysToRead);
        statement.setLong(i++, rows);
        statement.setLong(i++, bytes);
        statement.setLong(i++, totalBytes);
        return key(statement, i, slot, run, leaf);
    }

    /**
     * Sets the parameters of a key.
     *
     * @param first the first one
     * @return the next parameter
     */
    static int key(PreparedStatement statement, int first, RunSlot slot, String run, long leaf) throws SQLException {
        int i = first;
        statement.setString(i++, slot.systemId());
        statement.setString(i++, slot.name());
        statement.setString(i++, run);
        statement.setLong(i++, leaf);
        return i;
    }
}
