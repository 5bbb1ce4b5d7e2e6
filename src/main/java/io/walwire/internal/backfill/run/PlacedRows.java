package io.walwire.internal.backfill.run;

import io.walwire.internal.checkpoint.RowsProgress;
import io.walwire.internal.transaction.ReadRows;
import io.walwire.internal.transaction.TransactionPart;
import org.jspecify.annotations.Nullable;

/**
 * Rows that have their place in the stream, for handlers.
 *
 * @param part the rows, or that there are no more; null if there is nothing to hear
 * @param read the same, to be recorded; null if there is nothing to hear
 * @param progress to be kept with what handlers write; null if it is kept by itself
 * @param handled to be called when handlers have returned, and what they wrote is kept; by any thread
 */
public record PlacedRows(
        @Nullable TransactionPart part,
        @Nullable ReadRows read,
        @Nullable RowsProgress progress,
        Runnable handled) {}
