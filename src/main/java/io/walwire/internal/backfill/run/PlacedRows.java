package io.walwire.internal.backfill.run;

import io.walwire.internal.transaction.TransactionPart;

/**
 * Rows that have their place in the stream, for handlers.
 *
 * @param part the rows
 * @param handled to be called when handlers have returned; by any thread
 */
public record PlacedRows(TransactionPart part, Runnable handled) {}
