package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.CopiedRows;
import io.walwire.internal.backfill.HeldReader;
import io.walwire.internal.backfill.HeldTable;
import io.walwire.internal.backfill.LeafPlan;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;

/**
 * Gives rows that were read to their table, and waits until there is room for more.
 *
 * @param waiting ends with what reads the table
 */
record HeldRows(RunSettings settings, RunList runs, HeldTable table, HeldWait waiting) implements HeldReader.Target {
    @Override
    public void read(LeafPlan leaf, CopiedRows rows, boolean first, boolean last)
            throws SQLException, InterruptedException {
        long bytes = rows.size().text();
        long since = System.nanoTime();
        long nanos = settings.rate() == 0 ? 0 : TimeUnit.SECONDS.toNanos(1) / 1000 * (1000 * bytes / settings.rate());
        table.read(leaf, rows.rows(), bytes, first, last);
        runs.wake();
        waiting.until(() -> table.openChunks() < HeldTable.MAX_CHUNKS && System.nanoTime() - since >= nanos);
    }
}
