package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.CopiedRows;
import io.walwire.internal.backfill.HeldReader;
import io.walwire.internal.backfill.HeldTable;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.TableName;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;

/** Gives rows that were read to their table, and waits until there is room for more. Used by one thread. */
final class HeldRows implements HeldReader.Target {
    private static final Logger LOG = Logs.of(HeldRows.class);

    private final RunSettings settings;
    private final RunList runs;
    private final TableName name;
    private final HeldTable table;
    private final HeldWait waiting;
    private boolean warned;

    /** For one reading of a table; {@code waiting} ends with it. */
    HeldRows(RunSettings settings, RunList runs, TableName name, HeldTable table, HeldWait waiting) {
        this.settings = settings;
        this.runs = runs;
        this.name = name;
        this.table = table;
        this.waiting = waiting;
    }

    @Override
    public void read(LeafPlan leaf, CopiedRows rows, boolean first, boolean last)
            throws SQLException, InterruptedException {
        long bytes = rows.size().text();
        long since = System.nanoTime();
        long nanos = settings.pace().of(bytes, 1).toNanos();
        table.read(leaf, rows.rows(), bytes, first, last);
        runs.wake();
        waiting.until(() -> hasRoom(since) && System.nanoTime() - since >= nanos);
    }

    private boolean hasRoom(long since) {
        boolean room = table.openChunks() < HeldTable.MAX_CHUNKS;
        Duration patience = settings.held().patience();
        if (!room && !warned && System.nanoTime() - since > patience.toNanos()) {
            warned = true;
            LOG.warn(
                    "The backfill of {} waits for handlers, which have not returned from its rows for {} s. Until they return, the"
                            + " table is locked in ACCESS SHARE mode, and the stream is held. Find out what the handlers do,"
                            + " or pause the run.",
                    name,
                    patience.toSeconds());
        }
        return room;
    }
}
